/** Capacity in words: what a resource is called, how much room it has, why a number is missing. */
import type { Bottleneck } from '../../../model/bottleneck.ts';
import { ENOUGH_DAYS, type ResourceView } from '../../../model/capacity.ts';
import type { FullIn } from '../../../model/filling.ts';
import { RESOURCE_KINDS } from '../../../model/resources.ts';
import { byUseAt, type NoRoom, type Room, SAFE_USE } from '../../../model/room.ts';
import { bytes, count, duration, MISSING, percent, plural, significant } from '../format.ts';
import { label } from '../text.ts';
import type { Tone } from './tones.ts';

const TITLES = new Map(RESOURCE_KINDS.map(({ id, title }) => [id, title]));
/** Room that is enough, as the design has it. */
const ENOUGH_ROOM = 1.5;
/** A line is not believed this far out. */
const FAR = 10;

/** "Disk /data", "Database connections orders", "Event loop". */
export function resourceName({ kind, member }: Pick<ResourceView, 'kind' | 'member'>): string {
  return [TITLES.get(kind) ?? kind, member === '' ? '' : label(member, 60)].filter(Boolean).join(' ');
}

export function usedWords({ used, amount }: Pick<ResourceView, 'used' | 'amount'>): string {
  if (used !== null) return percent(round(used));
  if (amount === null) return MISSING;
  if (amount.unit === 'By') return bytes(amount.value);
  if (amount.unit === '{cpu}') return `${significant(amount.value)} CPU`;
  return count(amount.value);
}

/** Use against the same time a week ago, "≈" below 5 % of it. */
export function weekWords({ used, amount, weekAgo }: ResourceView): string {
  const now = used ?? amount?.value ?? null;
  if (now === null || weekAgo === null) return MISSING;
  const change = weekAgo > 0 ? now / weekAgo - 1 : now > 0 ? Number.POSITIVE_INFINITY : 0;
  if (Math.abs(change) <= 0.05) return '≈';
  if (!Number.isFinite(change) || change > FAR) return 'far more';
  return `${change > 0 ? '+' : '−'}${percent(round(Math.abs(change)))}`;
}

export function saturationWords({ saturation }: Pick<ResourceView, 'saturation'>): string {
  if (saturation === null) return '';
  const { value, unit, title } = saturation;
  return `${title} ${unit === 's' ? duration(value * 1_000) : count(value)}`;
}

export function roomWords(room: Room): string {
  if (!room.known) return 'use only';
  return room.times > FAR ? `> ${FAR} ×` : `${significant(room.times)} ×`;
}

const NO_ROOM: Readonly<Record<NoRoom, string>> = {
  'no-limit': 'No limit is reported, so there is only an amount',
  'no-load': 'Its service served no requests in this time',
  'few-points': 'There are fewer than 10 points in this time',
  'steady-load': 'Load varied less than 2 ×, so nothing can be said of more of it',
  'weak-fit': 'Use does not follow load',
};

/** The whole sentence behind `roomWords`. */
export function roomSentence(room: Room): string {
  if (room.known)
    return `Fitted use reaches ${percent(SAFE_USE)} at ${count(room.safeLoad)} requests/min, ${roomWords(room)} the peak of ${count(room.peakLoad)} (R² ${significant(room.fit.r2)}).`;
  const fit = room.why === 'weak-fit' && room.fit ? ` (R² ${significant(room.fit.r2)})` : '';
  return `${NO_ROOM[room.why]}${fit}.`;
}

export function fullWords(full: FullIn | null): string {
  if (full === null || (!full.known && full.why !== 'far')) return MISSING;
  return full.known ? `${days(full.days)} (${days(full.earliest)}–${days(full.latest)})` : '> 1 year';
}

const days = (value: number): string =>
  value < 1 ? `${significant(Math.max(1, Math.round(value * 24)))} h` : `${significant(Math.round(value))} d`;

/** The whole sentence behind `fullWords`. */
export function fullSentence(full: FullIn | null): string {
  if (full === null) return 'It does not fill up.';
  if (full.known) return `Full in ${fullWords(full)} by the trend of its hourly peaks in the last 7 days.`;
  return {
    'no-limit': 'No limit is reported, so there is no end to reach.',
    short: 'No number: there are fewer than 3 days of history.',
    emptied: 'No number: it was emptied in the last 7 days.',
    unsteady: 'No number: no steady trend in the last 7 days.',
    'not-filling': 'It is not filling.',
    far: 'It fills so slowly that it lasts for more than a year.',
  }[full.why];
}

/** For those who cannot see the colour. */
export const TONE_WORDS: Readonly<Record<Tone, string>> = {
  bad: 'full',
  watch: 'tight',
  ok: 'enough room',
  new: 'room unknown',
  blind: '',
};

/** How a resource stands: over the safe use, or soon to be. */
export function toneOfResource({ used, room, full }: Pick<ResourceView, 'used' | 'room' | 'full'>): Tone {
  if ((used ?? 0) >= SAFE_USE || (room.known && room.times < 1)) return 'bad';
  if ((room.known && room.times < ENOUGH_ROOM) || (full?.known && full.days < ENOUGH_DAYS)) return 'watch';
  return used === null || (!room.known && !full?.known) ? 'new' : 'ok';
}

/** Where the slow traces spend their time, in one sentence. */
export function bottleneckSentence(bottleneck: Bottleneck, resources: readonly ResourceView[]): string {
  const { service, share, because, selfMs } = bottleneck;
  const most = `${percent(round(share))} of the time of slow traces`;
  const name = label(service, 60);
  if (because === null)
    return `Most time of slow traces is spent in ${name} (${percent(round(share))}), not a bottleneck.`;
  const resource = (id: string) => {
    const known = resources.find((each) => each.id === id);
    return known ? resourceName(known) : 'a resource';
  };
  if (because.kind === 'use')
    return `${name} is the bottleneck: ${most}, and its ${resource(because.resource)} is used to ${percent(round(because.used))}.`;
  if (because.kind === 'pending')
    return `${name} is the bottleneck: ${most}, and ${plural(because.pending, 'request')} wait for its ${resource(because.resource)}.`;
  return `${name} is the bottleneck: ${most}, ${duration(selfMs)} a trace, before that ${duration(because.before)}.`;
}

/** What breaks first at so many times the peak load, in one sentence. */
export function breaksSentence(resources: readonly ResourceView[], factor: number): string {
  const order = byUseAt(resources, factor);
  const times = `${significant(factor)} ×`;
  if (!resources.some(({ room }) => room.known))
    return 'Of no resource it is known how it follows load, so nobody can say what more load breaks.';
  const broken = order.filter(({ breaks }) => breaks);
  const [first] = broken;
  if (!first) return `Nothing whose use follows load reaches ${percent(SAFE_USE)} at ${times} the peak load.`;
  const { resource, use } = first;
  const more = broken.length > 1 ? `; ${count(broken.length - 1)} more reach ${percent(SAFE_USE)}` : '';
  return `At ${times} the peak load the ${resourceName(resource)} of ${label(resource.owner, 60)} breaks first, at ${percent(round(use ?? 0))} use${more}.`;
}

/** Percent without digits that mean nothing. */
function round(share: number): number {
  return Number(share.toPrecision(2));
}
