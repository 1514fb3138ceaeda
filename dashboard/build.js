/**
 * Builds the dashboard into dashboard/dist. Plain JavaScript, because npm's `prepare` calls it with whatever Node the
 * machine has, before Node 24 is known to be there.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const room = dirname(fileURLToPath(import.meta.url));
const house = dirname(room);
const dist = join(room, 'dist');
const stampFile = join(dist, '.built-from');

const HELP = `node dashboard/build.js [--if-needed]

Builds the dashboard into dashboard/dist.
  --if-needed   do nothing when dist was built from these very sources; never fail an install
  --help        this text`;

/** What dist depends on: the room itself, the model it draws, the tools that build it. */
function sources() {
  const own = ['index.html', 'vite.config.ts', 'build.js'].map((name) => join(room, name));
  const model = filesIn(join(house, 'model'));
  return [...own, ...model, ...filesIn(join(room, 'src')), ...filesIn(join(room, 'public'))].sort();
}

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function stamp() {
  const hash = createHash('sha256');
  for (const file of sources()) hash.update(relative(house, file)).update('\0').update(readFileSync(file));
  for (const tool of ['vite', 'svelte', '@sveltejs/vite-plugin-svelte'])
    hash.update(`${tool} ${versionOf(tool)}\n`);
  return hash.digest('hex');
}

function versionOf(tool) {
  const file = join(house, 'node_modules', tool, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'none';
}

/** Kilobytes, gzipped, of the scripts and styles together: the number the budget is about. */
function weight() {
  const files = filesIn(dist).filter((file) => /\.(js|css)$/.test(file));
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0) / 1000;
}

async function loadVite() {
  try {
    return await import('vite');
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

async function main(args) {
  const unknown = args.filter((arg) => !['--if-needed', '--help'].includes(arg));
  if (unknown.length > 0) return fail(`Unknown argument ${unknown[0]}.\n${HELP}`, 2);
  if (args.includes('--help')) return say(HELP);

  const ifNeeded = args.includes('--if-needed');
  const wanted = stamp();
  const built = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';
  // Silent: it runs before every start, and before each of the demo's commands.
  if (ifNeeded && built === wanted) return;

  const vite = await loadVite();
  if (vite === null) {
    const state = existsSync(dist) ? 'is kept as it was built before' : 'was not built';
    const sentence = `The dashboard ${state}: Vite is missing. Run "npm install" with development dependencies, then "npm run prepare".`;
    // An install for production leaves Vite out on purpose; it brings its own dist and must not break here.
    return ifNeeded ? say(sentence) : fail(sentence, 1);
  }
  const started = Date.now();
  await vite.build({ configFile: join(room, 'vite.config.ts'), logLevel: 'error' });
  writeFileSync(stampFile, wanted);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(
    `Dashboard built in ${seconds} s: ${filesIn(dist).length - 1} files, ${weight().toFixed(1)} kB gzipped script and style.`,
  );
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(text, code) {
  process.stderr.write(`${text}\n`);
  process.exitCode = code;
}

main(process.argv.slice(2)).catch((error) => fail(`The dashboard could not be built: ${error.message}`, 1));
