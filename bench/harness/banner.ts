/** Where a started product can be reached. */
export interface Addresses {
  dashboardUrl: string;
  otlpUrl: string;
  otlpGrpcUrl: string;
}

/** Finds the addresses in what the product prints when it is ready (`app/banner.ts`). */
export function readBanner(text: string): Addresses | null {
  const said = text.slice(Math.max(0, text.indexOf('Loopwatch ready in ')));
  const dashboardUrl = /^\s*Dashboard\s+(https?:\S+)$/m.exec(said)?.[1];
  const otlpUrl = /^\s*OTLP\/HTTP\s+(https?:\S+)$/m.exec(said)?.[1];
  const otlpGrpcUrl = /^\s*OTLP\/gRPC\s+(https?:\S+)$/m.exec(said)?.[1];
  return dashboardUrl && otlpUrl && otlpGrpcUrl ? { dashboardUrl, otlpUrl, otlpGrpcUrl } : null;
}
