import { systemClock } from '../../base/clock.ts';
import type { SignalSpec } from '../../model/signal.ts';
import type { Engine } from '../../store/engine.ts';
import { createSignalSource, type PlannedQuery } from '../../store/signals/source.ts';
import { signalsOf } from '../run/schedule.ts';
import type { Command } from './command.ts';
import { count } from './print.ts';
import { readSources } from './sources.ts';
import { type OpenStore, STORE_HELP, STORE_OPTIONS, withStore } from './store.ts';

interface Cost {
  /** Rows that the engine expects to read. */
  rows: number;
  /** Milliseconds it took once. */
  ms: number;
}

/** `rules plan`: which queries the rules become, and what each costs. */
export function planCommand(defaultFolder: string, open: OpenStore): Command {
  return {
    summary: 'Show the queries that the rules share, with the rows they read and the time they take.',
    usage: '[--rule NAME] [--sql] [--json]',
    options: {
      ...STORE_OPTIONS,
      rule: { type: 'string' },
      sql: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    help: [
      '--rule NAME           of this rule only',
      '--sql                 with the text of each query',
      '--json                one JSON object instead of text',
      ...STORE_HELP(defaultFolder),
      'Tables that end in _5s and _1m are rollups; otel_traces and otel_logs are read where a rule asks for an',
      'attribute that the rollups do not have, which costs the most.',
    ],
    run: async ({ flags, out }) => {
      const { loaded } = readSources(String(flags.folder ?? defaultFolder), true);
      const rules = loaded.set.rules.filter(
        ({ name, mode }) => mode !== 'disabled' && (flags.rule === undefined || name === flags.rule),
      );
      const signals = signalsOf(rules);
      return withStore(open, flags, async ({ engine }) => {
        const plan = await costed(engine, signals);
        if (flags.json) out(`${JSON.stringify({ rules: rules.length, queries: plan }, null, 2)}\n`);
        else print(plan, rules.length, signals.size, flags.sql === true, out);
        return true;
      });
    },
  };
}

async function costed(
  engine: Engine,
  signals: ReadonlyMap<string, SignalSpec>,
): Promise<(PlannedQuery & Cost)[]> {
  const queries = await createSignalSource(engine, systemClock).plan(signals);
  const t = Math.floor(Date.now() / 5_000) * 5;
  const plan: (PlannedQuery & Cost)[] = [];
  for (const query of queries) {
    const params = { ...query.params, t };
    const estimate = await engine
      .query<{ rows: number }>(`EXPLAIN ESTIMATE ${query.sql}`, params)
      .catch(() => []);
    const began = performance.now();
    await engine.query(query.sql, params);
    const rows = estimate.reduce((sum, one) => sum + Number(one.rows), 0);
    plan.push({ ...query, rows, ms: Math.round((performance.now() - began) * 10) / 10 });
  }
  return plan.sort((a, b) => b.ms - a.ms);
}

function print(
  plan: readonly (PlannedQuery & Cost)[],
  rules: number,
  signals: number,
  withSql: boolean,
  out: (text: string) => void,
): void {
  out(`${count(rules, 'rule')}, ${count(signals, 'signal')}, ${plan.length} queries\n\n`);
  out(
    `${'table'.padEnd(36)} ${'signals'.padStart(8)} ${'columns'.padStart(8)} ${'rows'.padStart(12)} ${'ms'.padStart(8)}\n`,
  );
  for (const { table, signals: names, columns, rows, ms, sql } of plan) {
    out(
      `${table.padEnd(36)} ${String(names.length).padStart(8)} ${String(columns).padStart(8)} ${String(rows).padStart(12)} ${ms.toFixed(1).padStart(8)}\n`,
    );
    const shown = names.slice(0, 3).join(', ');
    out(`  ${shown}${names.length > 3 ? ` and ${names.length - 3} more` : ''}\n`);
    if (withSql) out(`  ${sql.replace(/\s+/g, ' ')}\n`);
  }
}
