/** What the demo's command line may say. */
import { Problem } from '../base/errors.ts';
import { parseDuration } from '../base/units.ts';
import { WORKERS } from './supervise/group.ts';

export interface StartOptions {
  dataDir: string;
  controlPort: number;
  shopPort: number;
  /** OTLP/HTTP address of a product that runs already; null: one is started. */
  attach: string | null;
  /** Normal load, visitors per second. */
  visitors: number;
  seed: number;
  workers: number;
  story: boolean;
  /** Flags for the product, as they were given. */
  product: string[];
}

export type Command =
  | { kind: 'help' }
  | { kind: 'start'; options: StartOptions }
  | { kind: 'faults'; controlPort: number }
  | { kind: 'fault'; controlPort: number; name: string; for: string | null; end: boolean }
  | { kind: 'workers'; controlPort: number; count: number | null };

const CONTROL_PORT = 8090;

/** @throws Problem `usage` that says what is wrong */
export function parseCommandLine(argv: readonly string[]): Command {
  const [first, ...rest] = argv;
  if (argv.includes('--help') || argv.includes('-h') || first === 'help') return { kind: 'help' };
  if (first === undefined || first.startsWith('-')) return { kind: 'start', options: startOptions(argv) };
  const words = new Words(rest);
  const controlPort = port(words, 'control-port', CONTROL_PORT);
  const command = commandOf(first, words, controlPort);
  words.mustBeEmpty();
  return command;
}

function commandOf(name: string, words: Words, controlPort: number): Command {
  if (name === 'faults') return { kind: 'faults', controlPort };
  if (name === 'fault') {
    const end = words.flag('end');
    const lasts = words.value('for');
    if (lasts !== undefined) parseDuration(lasts);
    const fault = words.next();
    if (fault === undefined) throw usage('Which fault? "npm run demo -- faults" lists them.');
    return { kind: 'fault', controlPort, name: fault, for: lasts ?? null, end };
  }
  if (name === 'workers') {
    const count = words.next();
    return { kind: 'workers', controlPort, count: count === undefined ? null : workersOf(count) };
  }
  throw usage(`There is no command "${name}". Known: fault, faults, workers; without one the demo starts.`);
}

function startOptions(argv: readonly string[]): StartOptions {
  const words = new Words(argv);
  const story = words.flag('story');
  const noStory = words.flag('no-story');
  if (story && noStory) throw usage('--story and --no-story exclude each other.');
  const options = {
    dataDir: words.value('data-dir') ?? './data/demo',
    controlPort: port(words, 'control-port', CONTROL_PORT),
    shopPort: port(words, 'shop-port', 8091),
    attach: addressOf(words.value('attach')),
    visitors: numberOf(words, 'visitors', 6, 0, 50),
    seed: numberOf(words, 'seed', 1, 0, 2 ** 31),
    workers: workersOf(words.value('workers') ?? '2'),
    story: !noStory,
    product: words.rest(),
  };
  if (options.attach !== null && options.product.length > 0)
    throw usage(`${options.product[0]} is not a flag of the demo, and with --attach no product is started.`);
  return options;
}

/** The command line's words; what was taken is gone. */
class Words {
  readonly #words: string[];

  constructor(words: readonly string[]) {
    this.#words = [...words];
  }

  flag(name: string): boolean {
    const at = this.#words.indexOf(`--${name}`);
    if (at >= 0) this.#words.splice(at, 1);
    return at >= 0;
  }

  /** Of `--name VALUE` or `--name=VALUE`; the last one counts. */
  value(name: string): string | undefined {
    let found: string | undefined;
    for (;;) {
      const at = this.#words.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
      if (at < 0) return found;
      if (this.#words[at]!.includes('=')) found = this.#words.splice(at, 1)[0]!.slice(name.length + 3);
      else found = this.#words.splice(at, 2)[1];
      if (found === undefined || found.startsWith('--')) throw usage(`--${name} needs a value.`);
    }
  }

  /** The first word that is no flag. */
  next(): string | undefined {
    const at = this.#words.findIndex((word) => !word.startsWith('-'));
    return at < 0 ? undefined : this.#words.splice(at, 1)[0];
  }

  rest(): string[] {
    return this.#words.splice(0);
  }

  mustBeEmpty(): void {
    const [word] = this.#words;
    if (word !== undefined) throw usage(`"${word}" is not understood here; see --help.`);
  }
}

const usage = (message: string): Problem => new Problem('usage', message);

const port = (words: Words, name: string, fallback: number): number =>
  numberOf(words, name, fallback, 0, 65_535, true);

function numberOf(
  words: Words,
  name: string,
  fallback: number,
  min: number,
  max: number,
  whole = false,
): number {
  const text = words.value(name);
  const value = text === undefined ? fallback : Number(text);
  if (text?.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value)))
    throw usage(`--${name} wants a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${text}".`);
  return value;
}

function workersOf(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > WORKERS.max)
    throw usage(`The checkout can have 1 to ${WORKERS.max} workers, not "${text}".`);
  return value;
}

function addressOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw usage(`--attach wants an OTLP/HTTP address like http://localhost:4318, not "${text}".`);
  return text.replace(/\/+$/, '');
}

export const HELP = `A small shop to watch: six services in processes of their own, visitors, and faults by name.

Usage: npm run demo -- [flags]                  starts Loopwatch and the shop, and tells how its rules act
       npm run demo -- faults                   lists the faults, which are active and when they end
       npm run demo -- fault NAME [--for 2m]    begins one; it ends by itself
       npm run demo -- fault NAME --end         ends it now
       npm run demo -- workers [N]              shows the checkout's workers, or sets how many there are

  --no-story              only the shop in health; for faults of your own choice
  --attach URL            use a running product's OTLP/HTTP address instead of starting one; a token goes into
                          OTEL_EXPORTER_OTLP_HEADERS
  --visitors N            normal load per second (6); 0: nobody but you
  --workers N             of the checkout, each takes four orders at once (2)
  --seed N                of the visitors (1)
  --data-dir DIR          for the product's data and the shop's databases (./data/demo)
  --shop-port PORT        of the shop's pages (8091); 0 takes a free one
  --control-port PORT     of the demo's control API (8090); 0 takes a free one
  --help                  this text

Any other flag goes to the product, e.g. --http-port 0 (npm start -- --help lists them).
Ctrl-C ends everything. Exit codes: 0 ended as asked, 1 could not start or failed, 2 wrong usage.
`;
