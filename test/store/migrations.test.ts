/** A schema is brought up whole or its state is told; an interruption costs nothing. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Engine } from '../../store/engine.ts';
import { applySchema, migrations } from '../../store/schema/apply.ts';
import { ORDER } from '../../store/schema/order.ts';
import { applyRetention } from '../../store/schema/retention.ts';
import { startTestEngine, store, type TestEngine } from '../helpers/engine.ts';
import { plainRequest } from '../helpers/otlp.ts';

const DAY = 86_400_000;
const STEPS = migrations();
const FILES = readdirSync(new URL('../../store/schema/', import.meta.url)).filter((file) =>
  file.endsWith('.sql'),
);

let it: TestEngine;
beforeAll(async () => {
  it = await startTestEngine({ schema: false });
});
beforeEach(() => dropAll(it.engine));
afterAll(() => it?.stop());

async function dropAll(engine: Engine): Promise<void> {
  const tables = await engine.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY engine != 'MaterializedView'`,
  );
  for (const { name } of tables) await engine.command(`DROP TABLE ${name} SYNC`);
}

/** Everything that is in the store's schema, and what it remembers of its steps. */
async function snapshot(engine: Engine) {
  return {
    tables: await engine.query(
      'SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name',
    ),
    steps: await engine.query('SELECT Version, Name, Checksum FROM schema_migrations ORDER BY Version'),
  };
}

/** The same engine, but it keeps what it is told to do. */
function watched(engine: Engine): Engine & { commands: string[] } {
  const commands: string[] = [];
  return {
    ...engine,
    commands,
    command: (sql, params) => {
      commands.push(sql);
      return engine.command(sql, params);
    },
  };
}

describe('the list of steps', () => {
  test('names every file of the folder and no other', () => {
    expect(FILES.sort()).toEqual(ORDER.map((name) => `${name}.sql`));
  });

  test('is numbered upwards, no number twice', () => {
    const versions = STEPS.map((step) => step.version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  test('leaves no placeholder behind, and each step can be repeated', () => {
    for (const step of STEPS) {
      expect(step.sql, step.name).not.toMatch(/\{\{|\}\}/);
      expect(step.sql, step.name).toMatch(/\bIF (?:NOT )?EXISTS\b/);
    }
  });
});

describe('an interruption', () => {
  let whole: Awaited<ReturnType<typeof snapshot>>;
  beforeAll(async () => {
    await dropAll(it.engine);
    await applySchema(it.engine, STEPS);
    whole = await snapshot(it.engine);
    expect(whole.steps).toHaveLength(STEPS.length);
  });

  test('before any step is recorded goes on and ends in the same schema', async () => {
    // Interrupted at every step, one after the other: each start finds one step done that nobody wrote down.
    for (const [at, step] of STEPS.entries()) {
      await applySchema(it.engine, STEPS.slice(0, at));
      await it.engine.command(step.sql);
    }
    await applySchema(it.engine, STEPS);
    expect(await snapshot(it.engine)).toEqual(whole);
  }, 60_000);

  test('anywhere leaves a store that takes data afterwards', async () => {
    await applySchema(it.engine, STEPS.slice(0, 6));
    await applySchema(it.engine, STEPS);
    expect(await store(it, plainRequest(3))).toBe(3);
    expect(await it.engine.query('SELECT sum(Spans) AS n FROM span_red_1m')).toEqual([{ n: 3 }]);
  });
});

describe('a schema that is in place', () => {
  beforeEach(() => applySchema(it.engine));

  test('is not touched by applying it again', async () => {
    const before = await snapshot(it.engine);
    const again = watched(it.engine);
    await applySchema(again);
    expect(again.commands.filter((sql) => !sql.includes('schema_migrations'))).toEqual([]);
    expect(await snapshot(it.engine)).toEqual(before);
  });

  test('of a newer release is refused with a sentence and left alone', async () => {
    await it.engine.command(
      `INSERT INTO schema_migrations (Version, Name, Checksum) SELECT 999, 'of_tomorrow', 'abc'`,
    );
    const before = await snapshot(it.engine);
    await expect(applySchema(it.engine)).rejects.toMatchObject({
      code: 'schema_newer',
      retryable: false,
      message: expect.stringMatching(/step 999 \(of_tomorrow\).*newer Loopwatch.*another data folder/),
    });
    expect(await snapshot(it.engine)).toEqual(before);
  });

  test('with a changed step is refused with a sentence and left alone', async () => {
    const before = await snapshot(it.engine);
    const changed = STEPS.map((step) => (step.version === 4 ? { ...step, checksum: 'changed' } : step));
    await expect(applySchema(it.engine, changed)).rejects.toMatchObject({
      code: 'schema_changed',
      retryable: false,
      message: expect.stringMatching(/step 4 \(span_red_5s\).*differs.*another data folder/),
    });
    expect(await snapshot(it.engine)).toEqual(before);
  });

  test('gets a further step on top', async () => {
    const next = {
      version: STEPS.at(-1)!.version + 1,
      name: 'next',
      checksum: 'x',
      sql: 'CREATE TABLE IF NOT EXISTS next (A UInt8) ENGINE = Memory',
    };
    const engine = watched(it.engine);
    await applySchema(engine, [...STEPS, next]);
    expect(
      engine.commands.filter((sql) => sql.startsWith('CREATE') && !sql.includes('schema_migrations')),
    ).toEqual([next.sql]);
  });
});

describe('retention', () => {
  const ttls = async () => {
    const tables = await it.engine.query<{ name: string; ddl: string }>(
      `SELECT name, create_table_query AS ddl FROM system.tables WHERE database = currentDatabase()
       AND name IN ('otel_traces', 'otel_traces_trace_id_ts', 'span_red_1m') ORDER BY name`,
    );
    return tables.map(({ ddl }) => /TTL .*?toIntervalDay\((\d+)\)/.exec(ddl)?.[1]);
  };
  beforeEach(() => applySchema(it.engine));

  test('is set once and not again', async () => {
    const engine = watched(it.engine);
    await applyRetention(engine, { traces: 7 * DAY });
    expect(engine.commands).toHaveLength(5);
    expect(await ttls()).toEqual(['7', '7', '7']);
    await applyRetention(engine, { traces: 7 * DAY });
    expect(engine.commands).toHaveLength(5);
  });

  test('follows the setting, in whole days, at least one', async () => {
    for (const [ms, days] of [
      [30 * DAY, '30'],
      [3 * DAY, '3'],
      [DAY * 1.5, '2'],
      [1_000, '1'],
    ] as const) {
      await applyRetention(it.engine, { traces: ms });
      expect(await ttls()).toEqual([days, days, days]);
    }
  });

  test('does not make the schema a changed one', async () => {
    await applyRetention(it.engine, { traces: 7 * DAY });
    await applySchema(it.engine);
    expect(await ttls()).toEqual(['7', '7', '7']);
    expect(await store(it, plainRequest(2))).toBe(2);
  });
});
