/** Attributes that must not be stored as they are: left out, or a keyed hash in place of their value. */
import { createHmac } from 'node:crypto';
import { Arena } from './arena.ts';
import { Edit } from './edits.ts';
import { Fields } from './fields.ts';
import { writeText } from './stringify.ts';

export interface RedactionRules {
  /** Keys; with a `*` at the end all that begin so. */
  drop: readonly string[];
  hash: readonly string[];
  /** Secret of this installation: without it nobody can try values until the hash fits. */
  salt: string;
}

/** Field numbers of KeyValue. */
const KEY = 1;
const VALUE = 2;
/** Tags of KeyValue.key, KeyValue.value and AnyValue.string_value. */
const TAGS = { key: 0x0a, value: 0x12, string: 0x0a };
/** Enough to tell values apart (2^32 of them before two are likely to meet), short enough to read. */
const HEX_DIGITS = 16;

/** What becomes of each attribute of a resource, scope, span, event, link, log record or data point. */
export class Redaction {
  readonly #drop: KeySet;
  readonly #hash: KeySet;
  readonly #salt: string;

  constructor({ drop, hash, salt }: RedactionRules) {
    this.#drop = keySet(drop);
    this.#hash = keySet(hash);
    this.#salt = salt;
  }

  /** The edit for the KeyValue in [pos, end), undefined when it stays. What is in both lists is dropped. */
  editOf(body: Uint8Array, pos: number, end: number): number | undefined {
    const field = new Fields(body, pos, end);
    while (field.next()) {
      if (field.number !== KEY) continue;
      const key = Buffer.from(body.buffer, body.byteOffset + field.from, field.until - field.from).toString(
        'latin1',
      );
      if (has(this.#drop, key)) return Edit.cut;
      return has(this.#hash, key) ? Edit.hash : undefined;
    }
    return undefined;
  }

  /** Appends the field in [from, until), a KeyValue with its tag and length, with the hash as its value. */
  write(out: Arena, body: Buffer, from: number, until: number): void {
    const whole = new Fields(body, from, until);
    whole.next();
    const { number } = whole;
    const text = new Arena(64);
    let key = [0, 0] as [number, number];
    const field = new Fields(body, whole.from, whole.until);
    while (field.next()) {
      if (field.number === KEY) key = [field.from, field.until];
      else if (field.number === VALUE) {
        const value = new Fields(body, field.from, field.until);
        if (value.next()) writeText(text, body, value);
      }
    }
    const content = new Arena(64);
    content.byte(TAGS.key);
    writeLength(content, key[1] - key[0]);
    content.copy(body, ...key);
    content.byte(TAGS.value);
    content.byte(HEX_DIGITS + 2);
    content.byte(TAGS.string);
    content.byte(HEX_DIGITS);
    content.ascii(this.#digest(text));
    writeLength(out, number * 8 + 2);
    writeLength(out, content.length);
    out.copy(content.bytes, 0, content.length);
  }

  #digest(text: Arena): string {
    const hmac = createHmac('sha256', this.#salt).update(text.bytes.subarray(0, text.length));
    return hmac.digest('hex').slice(0, HEX_DIGITS);
  }
}

interface KeySet {
  whole: ReadonlySet<string>;
  prefixes: readonly string[];
}

/** Keys as their UTF-8 bytes, one character each, in latin1. */
function keySet(keys: readonly string[]): KeySet {
  const bytes = keys.map((key) => Buffer.from(key).toString('latin1'));
  return {
    whole: new Set(bytes.filter((key) => !key.endsWith('*'))),
    prefixes: bytes.filter((key) => key.endsWith('*')).map((key) => key.slice(0, -1)),
  };
}

const has = ({ whole, prefixes }: KeySet, key: string): boolean =>
  whole.has(key) || prefixes.some((prefix) => key.startsWith(prefix));

function writeLength(out: Arena, value: number): void {
  for (; value > 127; value = Math.floor(value / 128)) out.byte((value % 128) | 128);
  out.byte(value);
}
