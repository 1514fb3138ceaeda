/** Who may import whom: data flows one way, and so do the imports. See ARCHITECTURE.md. */
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { code, exists, imports, modules, roomOf } from './sources.ts';

/** Rooms that a room may import from, besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  model: [],
  store: ['model', 'base'],
  collector: ['store', 'model', 'base'],
  rules: ['store', 'model', 'base'],
  api: ['store', 'model', 'base'],
  synthetics: ['model', 'base'],
  // And types of the api, see below.
  dashboard: ['model', 'base'],
};
/** They may import anything, and nobody imports them. `app` is one of them: it wires the rest together. */
const ON_TOP = ['app', 'bench', 'drills', 'demo', 'docs', 'test'];
/** Among themselves: workloads and processes are shared by benches, drills and tests; a test may import what it tests. */
const SHARED_ON_TOP: Record<string, readonly string[]> = {
  bench: ['drills', 'demo', 'docs', 'test'],
  app: ['test'],
  drills: ['test'],
  docs: ['test'],
  demo: ['bench', 'drills', 'docs', 'test'],
  test: [],
};
/** Packages that the words of the domain may be written with. */
const OF_MODEL = ['zod'];

interface Edge {
  from: string;
  to: string;
  typeOnly: boolean;
}

const MODULES = modules();
const EDGES: Edge[] = MODULES.flatMap((from) =>
  imports(from).flatMap(({ target, typeOnly }) =>
    target === undefined ? [] : [{ from, to: target, typeOnly }],
  ),
);
const INSIDE = MODULES.filter((path) => roomOf(path) in MAY_IMPORT);

const say = ({ from, to }: Edge) => `${from} imports ${to}`;

function isAllowed({ from, to, typeOnly }: Edge): boolean {
  const [here, there] = [roomOf(from), roomOf(to)];
  if (here === there || there === '') return true;
  if (here === '') return false;
  if (here === 'dashboard' && there === 'api') return typeOnly;
  const may = MAY_IMPORT[here];
  if (may) return may.includes(there);
  return there in MAY_IMPORT || SHARED_ON_TOP[there]?.includes(here) === true;
}

test('every room has its rule', () => {
  const rooms = new Set(MODULES.map(roomOf).filter(Boolean));
  expect([...rooms].filter((room) => !(room in MAY_IMPORT) && !ON_TOP.includes(room))).toEqual([]);
});

test('imports point the one way', () => {
  expect(EDGES.filter((edge) => !isAllowed(edge)).map(say)).toEqual([]);
});

test('imports are found at all, of every kind', () => {
  const found = (from: string, to: string) => EDGES.some((edge) => edge.from === from && edge.to === to);
  expect(found('app/ingest.ts', 'collector/drain.ts')).toBe(true);
  expect(found('app/start.js', 'app/main.ts'), 'dynamic').toBe(true);
  expect(
    EDGES.some(({ from, to }) => from.endsWith('.svelte') && to.startsWith('model/')),
    'in Svelte',
  ).toBe(true);
});

test('a file that is imported is there', () => {
  expect(EDGES.filter(({ to }) => !exists(to)).map(say)).toEqual([]);
});

test('nobody goes round in a circle', () => {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of EDGES) if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
    if (done.has(path) || way.includes(path)) return;
    for (const to of next.get(path) ?? []) visit(to, [...way, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  expect(circles).toEqual([]);
});

test('the model is written with the schema library and itself only', () => {
  const foreign = INSIDE.filter((path) => roomOf(path) === 'model').flatMap((path) =>
    imports(path)
      .filter(({ specifier, target }) => target === undefined && !OF_MODEL.includes(specifier))
      .map(({ specifier }) => `${path} imports ${specifier}`),
  );
  expect(foreign).toEqual([]);
});

describe('the engine is known to the store only:', () => {
  test.each(['chdb', '@clickhouse/client', 'node:sqlite'])('%s', (name) => {
    const users = INSIDE.filter((path) => imports(path).some(({ specifier }) => specifier === name));
    expect(users.filter((path) => roomOf(path) !== 'store')).toEqual([]);
  });
});

test('the OpenTelemetry SDK is known to the own telemetry only', () => {
  const users = MODULES.filter((path) => roomOf(path) in MAY_IMPORT || roomOf(path) === 'app').filter(
    (path) => imports(path).some(({ specifier }) => specifier.startsWith('@opentelemetry/')),
  );
  expect(users.filter((path) => !path.startsWith('app/telemetry/'))).toEqual([]);
  expect(users).not.toEqual([]);
});

/** Where a program meets the environment; everything else is handed in. */
const READS_ENVIRONMENT = [
  // The engine's process is handed its whole specification in LOOPWATCH_ENGINE: it has no other way in, for its
  // arguments would be visible to every user of the machine, password and all.
  'store/embedded/child.ts',
  // Hands PATH on to that process, and nothing else.
  'store/embedded/supervisor.ts',
  // Journeys run in the runner's process, whose environment is made for them.
  'synthetics/examples/dashboard.journey.ts',
  'synthetics/examples/shop.journey.ts',
  // A build, not the product.
  'dashboard/build.js',
  'dashboard/vite.config.ts',
];

test('only app reads the environment', () => {
  const readers = INSIDE.filter(
    (path) => /\bprocess\.env\b/.test(code(path).text) && !READS_ENVIRONMENT.includes(path),
  );
  expect(readers).toEqual([]);
});

test('nothing is said past the log', () => {
  const talkers = MODULES.filter((path) => {
    let talks = false;
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'console') talks = true;
      ts.forEachChild(node, visit);
    };
    visit(code(path));
    return talks;
  });
  expect(talkers).toEqual([]);
});
