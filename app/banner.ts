import type { SyntheticsSummary } from './synthetics.ts';

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
  synthetics: SyntheticsSummary;
  needsToken: boolean;
  /** '' when there is an administrator, or no log-in. */
  administratorLink: string;
}

/** What runs where, and what to paste: the first thing a person sees of Loopwatch. */
export function banner(facts: BannerFacts): string {
  const header = facts.needsToken
    ? ' OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $LOOPWATCH_INGEST_TOKEN"'
    : '';
  const link =
    facts.administratorLink === ''
      ? ''
      : `\nBecome the administrator, within an hour, once:\n  ${facts.administratorLink}\n`;
  const warning = facts.storeDetail === '' ? '' : `\n  ! ${facts.storeDetail}\n`;
  return `
Loopwatch ready in ${facts.seconds.toFixed(1)} s
  Dashboard  ${facts.dashboardUrl}
  OTLP/HTTP  ${facts.otlpUrl}
  OTLP/gRPC  ${facts.otlpGrpcUrl}
  Store      ${facts.engine}, data in ${facts.dataFolder}
  Rules      ${rulesText(facts.rules)}
${probes(facts.synthetics)}
${warning}${link}
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

export interface PlaceFacts {
  seconds: number;
  location: string;
  /** Where results are sent. */
  endpoint: string;
  synthetics: SyntheticsSummary;
}

/** The same of a place that runs journeys and checks only. */
export function placeBanner({ seconds, location, endpoint, synthetics }: PlaceFacts): string {
  return `
Loopwatch looks from ${location}, ready in ${seconds.toFixed(1)} s
  Sends to   ${endpoint}
${probes(synthetics)}

`;
}

function probes({ folder, journeys, checks, browser }: SyntheticsSummary): string {
  if (folder === '') return '  Journeys   switched off (--synthetics-folder)';
  const chromium =
    browser === null
      ? 'Chromium not found, so they are not run: npx playwright install chromium'
      : `Chromium found (${browser.path})`;
  return `  Journeys   ${folder}  ${journeys}, ${chromium}\n  Checks     ${folder}  ${checks}`;
}
