import { describe, expect, test } from 'vitest';
import { type Admission, admit } from '../../collector/wire/admit.ts';
import { WireError } from '../../collector/wire/errors.ts';
import { descriptor } from '../../collector/wire/reencode.ts';
import { decodeAs, encodeAs, isStrictlyValid } from '../../drills/fuzz/decoded.ts';
import { REQUEST, type Signal } from '../../model/otlp.ts';
import { expected } from './oracle.ts';
import { Chance, type Habits, NOW, randomMessage, SEED, WINDOW } from './wire.ts';

const TAME: Habits = { odd: 0, unknown: 0.02 };
const ODD: Habits = { odd: 0.01, unknown: 0.05 };
const ARRIVAL = { ...WINDOW, now: NOW };

describe.each<Signal>(['traces', 'metrics', 'logs'])('%s', (signal) => {
  const isValid = (body: Uint8Array) => isStrictlyValid(body, descriptor(REQUEST[signal]));
  const randomBody = (chance: Chance, habits: Habits) =>
    Uint8Array.from(randomMessage(chance, REQUEST[signal], habits));

  function verdict(body: Uint8Array): Admission | WireError {
    try {
      return admit(body, signal, ARRIVAL);
    } catch (error) {
      if (error instanceof WireError) return error;
      throw error;
    }
  }

  function expectContent(body: Uint8Array, admission: Admission, note: string): void {
    const { request, accepted, rejected } = expected(signal, body);
    expect([admission.accepted, admission.rejected], note).toEqual([accepted, rejected]);
    const content = encodeAs(signal, decodeAs(signal, admission.body));
    expect(content.equals(encodeAs(signal, request)), `content, ${note}`).toBe(true);
    expect(isValid(admission.body), note).toBe(true);
  }

  test.each([
    ['as SDKs write them', TAME],
    ['with repeated fields and numbers out of range', ODD],
  ])('random requests %s keep their content but for the normalisations', (_, habits) => {
    const chance = new Chance(SEED);
    for (let round = 0; round < 200; round++) {
      const note = `SEED=${SEED}, round ${round}`;
      const body = randomBody(chance, habits);
      const result = verdict(body);
      if (result instanceof WireError) throw new Error(`${result.message} ${note}`);
      expectContent(body, result, note);
      // What has been admitted once is admitted again as it is.
      const again = admit(result.body, signal, ARRIVAL);
      expect(again.body === result.body && again.accepted === result.accepted, note).toBe(true);
    }
  });

  test('broken requests get the verdict of a strict reader, and those admitted keep their content', () => {
    const chance = new Chance(SEED + 1);
    let admitted = 0;
    for (let round = 0; round < 2500; round++) {
      const note = `SEED=${SEED}, round ${round}`;
      const body = broken(chance, randomBody(chance, chance.of([TAME, ODD])));
      const result = verdict(body);
      expect(!(result instanceof WireError), `${String(result)}, ${note}`).toBe(isValid(body));
      if (result instanceof WireError) continue;
      admitted++;
      expectContent(body, result, note);
    }
    expect(admitted).toBeGreaterThan(200);
  });

  test('noise never throws anything but a WireError', () => {
    const chance = new Chance(SEED + 2);
    for (let round = 0; round < 20_000; round++) {
      const body = Uint8Array.from(chance.bytes(chance.below(40)));
      expect(!(verdict(body) instanceof WireError), `SEED=${SEED}, round ${round}`).toBe(isValid(body));
    }
  });
});

/** One to three of: a flipped bit, a cut end, a piece left out, a piece put in elsewhere, chance bytes. */
function broken(chance: Chance, body: Uint8Array): Uint8Array {
  let bytes = [...body];
  for (let i = chance.below(3); i >= 0; i--) {
    const at = chance.below(bytes.length + 1);
    const length = chance.below(chance.of([2, 8, 40]));
    const how = chance.below(5);
    if (how === 0 && at < bytes.length) bytes[at]! ^= 1 << chance.below(8);
    else if (how === 1 && chance.next() < 0.3) bytes = bytes.slice(0, at);
    else if (how === 2) bytes.splice(at, length);
    else if (how === 3) bytes.splice(at, 0, ...bytes.slice(chance.below(bytes.length + 1)).slice(0, length));
    else if (at < bytes.length) bytes[at] = chance.below(256);
  }
  return Uint8Array.from(bytes);
}
