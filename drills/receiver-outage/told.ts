import type { Product } from '../../bench/harness/product.ts';
import type { WebhookReceiver } from '../../bench/harness/receiver.ts';
import { progress } from '../../bench/harness/report.ts';
import { waitUntil } from '../../bench/harness/settle.ts';
import type { IncidentsView } from '../../model/incident.ts';

/** Longer than the longest pause between two attempts, and a tick for the last end. */
const CAUGHT_UP_WITHIN_MS = 180_000;

/** Waits until all incidents are over and every message about them was delivered. */
export async function untilAllTold(product: Product): Promise<void> {
  await waitUntil('every incident is resolved', CAUGHT_UP_WITHIN_MS, async () => {
    const { incidents } = await ask<IncidentsView>(product, '/incidents?status=open&limit=1');
    return incidents.length === 0;
  });
  progress('waiting until nothing waits for the receiver');
  await waitUntil('nothing waits for the receiver', CAUGHT_UP_WITHIN_MS, async () => {
    const { receivers } = await ask<{ receivers: { waiting: number }[] }>(product, '/receivers');
    return receivers.every(({ waiting }) => waiting === 0);
  });
}

async function ask<T>({ dashboardUrl }: Product, path: string): Promise<T> {
  return (await (await fetch(`${dashboardUrl}/api${path}`)).json()) as T;
}

/** How many incidents there were since the data folder is new. */
export async function countIncidents(product: Product): Promise<number> {
  const { incidents } = await ask<IncidentsView>(product, '/incidents?limit=1');
  return incidents[0]?.number ?? 0;
}

/** What a receiver was told, against the incidents there were. */
export interface Told {
  /** Every incident is to be told when it opens and when it ends. */
  notifications: number;
  delivered: number;
  reordered: number;
  lost: number;
  /** Beyond the first, under an id that came before. */
  repeated: number;
}

/** Every incident is to be told when it opens and when it ends, in this order. */
export function judge({ calls }: WebhookReceiver, incidents: number): Told {
  const seen = new Set<string>();
  const types = new Map<number, string[]>();
  let repeated = 0;
  for (const { id, events } of calls) {
    if (seen.has(id)) {
      repeated += 1;
      continue;
    }
    seen.add(id);
    for (const { type, data } of events) types.set(data.number, [...(types.get(data.number) ?? []), type]);
  }
  const has = (number: number, type: string) => types.get(number)?.includes(type) === true;
  const expected = Array.from({ length: incidents }, (_, i) => i + 1).flatMap((number) =>
    ['incident.triggered', 'incident.resolved'].map((type) => ({ number, type })),
  );
  const lost = expected.filter(({ number, type }) => !has(number, type)).length;
  const reordered = [...types.values()].filter(
    (order) => order.indexOf('incident.resolved') < order.indexOf('incident.triggered'),
  ).length;
  return { notifications: expected.length, delivered: expected.length - lost, reordered, lost, repeated };
}

/** A sentence for each promise about notifications that was broken. */
export function brokenNotices({ notifications, lost, reordered }: Told): string[] {
  const broken: string[] = [];
  if (notifications === 0) broken.push('no incident was opened, so nothing was tested');
  if (lost > 0) broken.push(`${lost} notifications were lost`);
  if (reordered > 0) broken.push(`${reordered} incidents were told out of order`);
  return broken;
}
