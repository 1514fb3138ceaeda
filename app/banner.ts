import type { SyntheticsSummary } from './synthetics.ts';

interface CommonFacts {
  seconds: number;
  dataFolder: string;
  engine: string;
  /** '' when the store is fine. */
  storeDetail: string;
}

interface Doors {
  otlpUrl: string;
  otlpGrpcUrl: string;
}

interface Rules {
  folder: string;
  loaded: number;
  problems: number;
}

export interface BannerFacts extends CommonFacts, Doors {
  dashboardUrl: string;
  /** '' when there is an administrator, or no log-in. */
  administratorLink: string;
  rules: Rules;
  synthetics: SyntheticsSummary;
  needsToken: boolean;
}

/** What runs where, and what to paste: the first thing a person sees of Loopwatch. */
export function banner(facts: BannerFacts): string {
  const header = facts.needsToken
    ? ' OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $LOOPWATCH_INGEST_TOKEN"'
    : '';
  return `
Loopwatch ready in ${facts.seconds.toFixed(1)} s
  Dashboard  ${facts.dashboardUrl}
${doors(facts)}
  Store      ${facts.engine}, data in ${facts.dataFolder}
  Rules      ${rulesText(facts.rules)}
${probes(facts.synthetics)}
${warning(facts)}${invitation(facts.administratorLink)}
Send a service:
  export OTEL_EXPORTER_OTLP_ENDPOINT=${facts.otlpUrl} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_SERVICE_NAME=my-service${header}
  node --require @opentelemetry/auto-instrumentations-node/register app.js
Nothing at hand? npm run demo

`;
}

/** The same of a process that only takes telemetry in. */
export function collectorBanner(facts: CommonFacts & Doors): string {
  return `
Loopwatch takes telemetry in, ready in ${facts.seconds.toFixed(1)} s
${doors(facts)}
  Store      ${facts.engine}, journal in ${facts.dataFolder}
${warning(facts)}
`;
}

/** The same of one that decides and shows. @param endpoint where collectors listen */
export function serverBanner(
  facts: CommonFacts & { dashboardUrl: string; administratorLink: string; rules: Rules; endpoint: string },
): string {
  return `
Loopwatch decides and shows, ready in ${facts.seconds.toFixed(1)} s
  Dashboard  ${facts.dashboardUrl}
  Store      ${facts.engine}, state in ${facts.dataFolder}
  Rules      ${rulesText(facts.rules)}
  Collectors ${facts.endpoint}
${warning(facts)}${invitation(facts.administratorLink)}
`;
}

const doors = ({ otlpUrl, otlpGrpcUrl }: Doors) => `  OTLP/HTTP  ${otlpUrl}\n  OTLP/gRPC  ${otlpGrpcUrl}`;

const warning = ({ storeDetail }: CommonFacts) => (storeDetail === '' ? '' : `\n  ! ${storeDetail}\n`);

const invitation = (link: string) =>
  link === '' ? '' : `\nBecome the administrator, within an hour, once:\n  ${link}\n`;

/** `./rules, 12 loaded`: the user's and the shipped ones. */
function rulesText({ folder, loaded, problems }: Rules): string {
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
