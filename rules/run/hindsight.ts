/** Whether an incident could have been told earlier: other rules, and changes of its own, by replay. */
import { sleep } from '../../base/clock.ts';
import type { Hindsight, Proposal } from '../../model/findings.ts';
import type { Incident } from '../../model/incident.ts';
import type { Rule, RuleSet } from '../../model/rule.ts';
import type { SignalSource } from '../../model/signal.ts';
import { type Variant, variantsOf } from '../language/variants.ts';
import { pagesAmong } from './compare.ts';
import { involved } from './explain.ts';
import { unifiedDiff } from './patch.ts';
import { type Replay, replay } from './replay.ts';

export interface HindsightOptions {
  set: RuleSet;
  source: SignalSource;
  /** The text of the rule's file. @throws when it cannot be read */
  textOf: (rule: Rule) => string;
  /** How far back pages are counted, ms. */
  lookBackMs?: number;
  /** How long all of it may take, ms of the clock below. */
  withinMs?: number;
  monotonic: () => number;
  wait?: (ms: number) => Promise<void>;
  isStopped: () => boolean;
}

/** What began longer before the incident is another story. */
const BEFORE_MS = 30 * 60_000;
const LOOK_BACK_MS = 7 * 86_400_000;
const WITHIN_MS = 180_000;
/** Pages are counted from the end backwards, so much at a time. */
const STRETCH_MS = 3_600_000;
/** Live ticks share the store: one question at a time, and a pause of so many times what it took. */
const PAUSES = 3;
/** More rules than these are not replayed for one incident. */
const MOST_RULES = 500;

/**
 * Replays all rules over the half hour before the incident, and with them its own rule with a shorter `for` and with
 * nearer thresholds. For those that would have fired earlier it counts the pages that they would have cost before, as far
 * back as time allows.
 * @throws Problem as the source's
 */
export async function hindsightOf(
  incident: Incident,
  rule: Rule,
  options: HindsightOptions,
): Promise<Hindsight> {
  const { set } = options;
  const source = gentle(options);
  const text = options.textOf(rule);
  const variants = variantsOf(rule, text).map((variant, i) => ({ ...variant, rule: named(variant.rule, i) }));
  const others = set.rules.filter((one) => one.name !== rule.name && one.mode !== 'disabled');
  const rules = [rule, ...variants.map((variant) => variant.rule), ...others.slice(0, MOST_RULES)];
  const { openedAt } = incident;
  const seen = await replay({
    set: { ...set, rules },
    source,
    ...{ from: openedAt - BEFORE_MS, to: openedAt + rule.delay + rule.every },
  });
  const earlier = (name: string, isOwn: boolean) => earlierBy(seen, name, incident, isOwn);
  const found = others.flatMap(({ name, mode }) => {
    const earlierMs = earlier(name, false);
    return earlierMs > 0 ? [{ rule: name, isShadow: mode === 'shadow', earlierMs }] : [];
  });
  const gained = variants
    .map((variant) => ({ ...variant, earlierMs: earlier(variant.rule.name, true) }))
    .filter(({ earlierMs }) => earlierMs > 0);
  const best = gained.length === 0 ? null : await cheapest(rule, gained, incident, { ...options, source });
  return {
    others: found.toSorted((a, b) => b.earlierMs - a.earlierMs),
    proposal: best && { ...best.told, patch: unifiedDiff(rule.file, text, best.text) },
    missing: '',
  };
}

/** A name that no file can have, so that it is nobody's. */
const named = (rule: Rule, i: number): Rule => ({ ...rule, name: `${rule.name}~${i}`, previously: [] });

/** How long before the incident a rule began to fire, ms; 0 when it did not. */
function earlierBy(
  { transitions }: Replay,
  name: string,
  { openedAt, group }: Incident,
  isOwn: boolean,
): number {
  const first = transitions.find(
    ({ rule, to, at, labels }) =>
      rule === name &&
      to === 'firing' &&
      at < openedAt &&
      (!isOwn || Object.entries(group).every(([key, value]) => (labels[key] ?? value) === value)),
  );
  return first === undefined ? 0 : openedAt - first.at;
}

type Gained = Variant & { earlierMs: number };

/** The one with the fewest pages, and among those the earliest; with what it is told of it. */
async function cheapest(
  rule: Rule,
  gained: readonly Gained[],
  incident: Incident,
  { set, source, lookBackMs = LOOK_BACK_MS }: HindsightOptions,
): Promise<{ text: string; told: Omit<Proposal, 'patch'> }> {
  const lookedAt = involved(rule, set.rules).filter((one) => one !== rule);
  const rules = [rule, ...gained.map((variant) => variant.rule), ...lookedAt.map(shadowed)];
  const pages = new Map<string, number>();
  let over = 0;
  // The incident itself is no page more, so counting ends before it.
  for (let to = incident.openedAt - BEFORE_MS; over < lookBackMs; to -= STRETCH_MS) {
    const told = await replay({ set: { ...set, rules }, source, from: to - STRETCH_MS, to }).catch(overtime);
    if (told === null) break;
    for (const { incident: paged } of pagesAmong(told.notices))
      pages.set(paged.rule, (pages.get(paged.rule) ?? 0) + 1);
    over += STRETCH_MS;
  }
  const count = (name: string) => pages.get(name) ?? 0;
  const more = ({ rule: variant }: Gained) => count(variant.name) - count(rule.name);
  const best = gained.toSorted((a, b) => more(a) - more(b) || b.earlierMs - a.earlierMs)[0]!;
  const { what, earlierMs, text } = best;
  return { text, told: { what, earlierMs, morePages: more(best), over } };
}

class TimeIsUp extends Error {
  constructor() {
    super('it took too long');
  }
}

/** What was counted until then counts; everything else goes on. @throws all but `TimeIsUp` */
function overtime(thrown: unknown): null {
  if (thrown instanceof TimeIsUp) return null;
  throw thrown;
}

/** One reading after the other, with pauses; each fails with `TimeIsUp` when time is over or the product stops. */
function gentle({
  source,
  monotonic,
  wait = sleep,
  isStopped,
  withinMs = WITHIN_MS,
}: HindsightOptions): SignalSource {
  const until = monotonic() + withinMs;
  let last: Promise<unknown> = Promise.resolve();
  const readSlowly: SignalSource['read'] = async (signals, t) => {
    if (isStopped() || monotonic() >= until) throw new TimeIsUp();
    const began = monotonic();
    const readings = await source.read(signals, t);
    await wait(PAUSES * (monotonic() - began));
    return readings;
  };
  return {
    read: (signals, t) => {
      const turn = last.then(() => readSlowly(signals, t));
      last = turn.catch(() => {});
      return turn;
    },
  };
}

const shadowed = (rule: Rule): Rule => ({ ...rule, mode: 'shadow' });
