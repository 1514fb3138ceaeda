import type { FoundBrowser } from '../synthetics/browser.ts';

export interface BannerFacts {
  seconds: number;
  dashboardUrl: string;
  otlpUrl: string;
  otlpGrpcUrl: string;
  dataFolder: string;
  engine: string;
  /** '' when the store is fine. */
  storeDetail: string;
  rules: { folder: string; loaded: number; problems: number };
  browser: FoundBrowser | null;
  needsToken: boolean;
}

/** What runs where, and what to paste: the first thing a person sees of Loopwatch. */
export function banner(facts: BannerFacts): string {
  const header = facts.needsToken
    ? ' OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $LOOPWATCH_INGEST_TOKEN"'
    : '';
  const browser =
    facts.browser === null
      ? 'not found; journeys will need it: npx playwright install chromium'
      : `found (${facts.browser.path})`;
  const warning = facts.storeDetail === '' ? '' : `\n  ! ${facts.storeDetail}\n`;
  return `
Loopwatch ready in ${facts.seconds.toFixed(1)} s
  Dashboard  ${facts.dashboardUrl}
  OTLP/HTTP  ${facts.otlpUrl}
  OTLP/gRPC  ${facts.otlpGrpcUrl}
  Store      ${facts.engine}, data in ${facts.dataFolder}
  Rules      ${rulesText(facts.rules)}
  Chromium   ${browser}
${warning}
Send a service:
  export OTEL_EXPORTER_OTLP_ENDPOINT=${facts.otlpUrl} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_SERVICE_NAME=my-service${header}
  node --require @opentelemetry/auto-instrumentations-node/register app.js
Nothing at hand? npm run demo

`;
}

/** `./rules, 12 loaded`: the user's and the shipped ones. */
function rulesText({ folder, loaded, problems }: BannerFacts['rules']): string {
  const wrong =
    problems === 0 ? '' : `, ${problems} ${problems === 1 ? 'mistake' : 'mistakes'}: npm run rules -- check`;
  return `${folder}, ${loaded} loaded${wrong}`;
}
