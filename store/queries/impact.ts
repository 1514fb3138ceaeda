import { Problem } from '../../base/errors.ts';
import {
  type Change,
  changesOf,
  type ImpactView,
  type ReleaseView,
  type Sample,
  type ServiceImpact,
  useChange,
  verdictOf,
  type Window,
} from '../../model/impact.ts';
import type { TimeRange } from '../../model/service.ts';
import type { Engine } from '../engine.ts';
import { apdexOf, redOf } from './buckets.ts';
import { readUses } from './capacity.ts';
import { type Release, releasesBetween, releasesOf } from './releases.ts';
import { BASIS, type Basis, basisOf } from './services.ts';

const MINUTE_MS = 60_000;
/** How long before and after is looked at, at most. */
const LONGEST_MINUTES = 60;
/** Parts of a window, from whose differences the noise is known. */
const SLOTS = 12;
/** Two versions may serve side by side while one takes over. */
const UNDONE_MS = 2 * MINUTE_MS;
const MOST_NEIGHBOURS = 12;
const MOST_RELEASES = 20;

interface Row {
  service: string;
  basis: Basis;
  /** Minutes after the release's own, negative before it. */
  minute: number;
  index: number;
  count: number;
  errors: number;
}

/** Releases first seen in the range with what became of their service, newest first. @param service '' for all */
export async function listReleases(
  engine: Engine,
  range: TimeRange,
  env: string,
  service: string,
  now: number,
): Promise<ReleaseView[]> {
  const found =
    service === ''
      ? await releasesBetween(engine, Math.floor(range.from), Math.ceil(range.to))
      : (await releasesOf(engine, service)).slice(1).reverse();
  const releases = found.filter(({ at }) => at > range.from && at <= range.to).slice(0, MOST_RELEASES);
  return Promise.all(
    releases.map(async (release) => {
      const around = await surroundings(engine, release, now);
      const rows = await readMinutes(engine, around, env, [release.service]);
      const { previous, undone } = around;
      const { service: name, version, at } = release;
      return { service: name, version, at, previous, undone, verdict: verdictOf(changesIn(rows, around)) };
    }),
  );
}

/** Before and after of one release, of its service and those it calls and is called by. @throws Problem `not_found` */
export async function readImpact(
  engine: Engine,
  service: string,
  version: string,
  env: string,
  now: number,
): Promise<ImpactView> {
  const release = (await releasesOf(engine, service)).find((each) => each.version === version);
  if (release === undefined)
    throw new Problem(
      'not_found',
      `"${service.slice(0, 200)}" was never seen with version "${version.slice(0, 200)}"`,
    );
  const around = await surroundings(engine, release, now);
  const neighbours = await readNeighbours(engine, around, env, service);
  const all = [{ service, role: 'released' as const }, ...neighbours];
  const [rows, uses] = await Promise.all([
    readMinutes(
      engine,
      around,
      env,
      all.map((each) => each.service),
    ),
    readUses(engine, { from: around.before.from, to: around.after.to }, env),
  ]);
  const services = all.map(({ service: name, role }): ServiceImpact => {
    const own = rows.filter((row) => row.service === name);
    const changes: Change[] = changesIn(own, around);
    for (const use of uses.filter(({ owner }) => owner === name)) {
      const within = ({ from, to }: TimeRange) =>
        use.points.flatMap((point) => (point.at >= from && point.at < to ? [point.use] : []));
      changes.push(useChange(use.id, within(around.before), within(around.after)));
    }
    const [before, after] = windowsOf(own, around);
    return {
      service: name,
      role,
      requests: { before: before.total.requests, after: after.total.requests },
      changes,
    };
  });
  const { before, after, previous, undone } = around;
  return {
    service,
    version,
    at: release.at,
    previous,
    undone,
    before,
    after,
    services,
    verdict: verdictOf(services[0]!.changes),
  };
}

interface Around {
  /** Unix seconds of the minute of the release, which belongs to neither side: both versions ran in it. */
  minute: number;
  before: TimeRange;
  after: TimeRange;
  previous: string;
  undone: boolean;
}

/** From the release before it to its end, which is the next release or its undoing, an hour at most on each side. */
async function surroundings(engine: Engine, { service, at, version }: Release, now: number): Promise<Around> {
  const all = await releasesOf(engine, service);
  const here = all.findIndex((each) => each.version === version);
  const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const from = Math.max(minute - LONGEST_MINUTES * MINUTE_MS, nextMinute(all[here - 1]?.at ?? 0));
  const end = minute + (LONGEST_MINUTES + 1) * MINUTE_MS;
  const last = all[here]?.last ?? now;
  const undone = all.some((each, i) => i < here && each.last > last + UNDONE_MS);
  const until = Math.min(all[here + 1]?.at ?? now, undone ? last : now);
  const to = Math.min(end, Math.floor(until / MINUTE_MS) * MINUTE_MS);
  return {
    minute: minute / 1_000,
    before: { from: Math.min(from, minute), to: minute },
    after: { from: minute + MINUTE_MS, to: Math.max(to, minute + MINUTE_MS) },
    previous: all[here - 1]?.version ?? '',
    undone,
  };
}

const nextMinute = (at: number): number => (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;

async function readMinutes(
  engine: Engine,
  { minute, before, after }: Around,
  env: string,
  services: readonly string[],
): Promise<Row[]> {
  return engine.query<Row>(
    `SELECT ServiceName AS service, ${BASIS} AS basis, intDiv(toInt64(toUnixTimestamp(Minute)) - {minute:Int64}, 60) AS minute,
       Bucket AS index, sum(Requests) AS count, sum(span_red_1m.Errors) AS errors
     FROM span_red_1m
     WHERE ServiceName IN {services:Array(String)} AND Minute >= {from:UInt32} AND Minute < {to:UInt32} AND NOT Probe
       AND (SpanKind IN ('Server', 'Consumer') OR Root) AND ({env:String} = '' OR Environment = {env:String})
     GROUP BY service, basis, minute, index`,
    { services, env, minute, from: before.from / 1_000, to: after.to / 1_000 },
  );
}

async function readNeighbours(engine: Engine, { before, after }: Around, env: string, service: string) {
  const rows = await engine.query<{ other: string; calls: boolean | number }>(
    `SELECT if(Client = {service:String}, Server, Client) AS other, Server = {service:String} AS calls
     FROM service_edges_1m FINAL
     WHERE (Client = {service:String} OR Server = {service:String}) AND Client != Server
       AND Minute >= {from:UInt32} AND Minute < {to:UInt32} AND ({env:String} = '' OR Environment = {env:String})
     GROUP BY other, calls HAVING sum(Calls) > 0 ORDER BY sum(Calls) DESC LIMIT ${2 * MOST_NEIGHBOURS}`,
    { service, env, from: before.from / 1_000, to: after.to / 1_000 },
  );
  const known = new Map<string, 'caller' | 'callee'>();
  for (const { other, calls } of rows) if (!known.has(other)) known.set(other, calls ? 'caller' : 'callee');
  return [...known].slice(0, MOST_NEIGHBOURS).map(([name, role]) => ({ service: name, role }));
}

function changesIn(rows: readonly Row[], around: Around): Change[] {
  const [before, after] = windowsOf(rows, around);
  return changesOf(before, after);
}

function windowsOf(all: readonly Row[], { before, after }: Around): [Window, Window] {
  const basis = basisOf(all);
  const rows = all.filter((row) => row.basis === basis);
  const minutes = ({ from, to }: TimeRange) => (to - from) / MINUTE_MS;
  return [
    windowOf(
      rows.filter(({ minute }) => minute < 0),
      -minutes(before),
      minutes(before),
    ),
    windowOf(
      rows.filter(({ minute }) => minute > 0),
      1,
      minutes(after),
    ),
  ];
}

function windowOf(rows: readonly Row[], first: number, minutes: number): Window {
  const step = Math.max(1, Math.ceil(minutes / SLOTS));
  const slots = Map.groupBy(rows, ({ minute }) => Math.floor((minute - first) / step));
  return {
    total: sampleOf(rows, Math.max(1, minutes)),
    slots: [...slots.values()].map((own) => sampleOf(own, step)),
  };
}

function sampleOf(rows: readonly Row[], minutes: number): Sample {
  const merged = [...Map.groupBy(rows, ({ index }) => index)].map(([index, own]) => ({
    index,
    count: own.reduce((sum, row) => sum + row.count, 0),
    errors: own.reduce((sum, row) => sum + row.errors, 0),
  }));
  return { ...redOf(merged), apdex: apdexOf(merged), minutes };
}
