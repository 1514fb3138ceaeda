import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a folder of rules with one rule, which opens an incident for each service that failed within the last five
 * seconds, and tells one receiver. @returns the product's flags for it
 */
export function writeRules(folder: string, receiverUrl: string): string[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'failing.yaml'),
    `name: failing-service
every: 5s
delay: 0s
signals:
  failures: { spans: count, where: { status: error }, by: [service.name], window: 5s }
if: { signal: failures, gte: 1 }
then:
  - incident: { group_by: [service.name] }
  - notify: bench
else:
  - notify: bench
  - incident: { resolve: auto }
`,
  );
  writeFileSync(
    join(folder, 'receivers.yaml'),
    `receivers:
  - { name: bench, url: "${receiverUrl}", payload: incident.v1, allow_private: [127.0.0.1] }
`,
  );
  return ['--rules-folder', folder, '--default-rules', 'off'];
}

const SERVER = 2;
const ERROR = 2;

/** Sends one failed server span that ends now. @returns unix ms of its end @throws Error when it is refused */
export async function sendFailure(otlpUrl: string, service: string): Promise<number> {
  const end = Date.now();
  const span = {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'GET /checkout',
    kind: SERVER,
    startTimeUnixNano: String(BigInt(end - 20) * 1_000_000n),
    endTimeUnixNano: String(BigInt(end) * 1_000_000n),
    status: { code: ERROR, message: 'failed' },
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const answer = await fetch(`${otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`a span was answered with ${answer.status}`);
  return end;
}
