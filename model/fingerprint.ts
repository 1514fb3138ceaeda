import type { Labels } from './signal.ts';

const PRIME_LOW = 0x1b3;
const SEPARATOR = 0xff;
const encoder = new TextEncoder();

/**
 * 16 hex digits of FNV-1a-64 over the sorted labels, name and value each followed by 0xFF: the fingerprint of
 * Alertmanager (prometheus/common `model/signature.go`, `labelSetToFingerprint`).
 */
export function fingerprint(labels: Labels): string {
  const hash = { high: 0xcbf29ce4, low: 0x84222325 };
  for (const name of Object.keys(labels).sort(byBytes)) {
    add(hash, name);
    add(hash, labels[name]!);
  }
  return hex(hash.high) + hex(hash.low);
}

/** Go sorts strings by their bytes; UTF-16 order differs from that only beyond the basic plane. */
function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  return /[\ud800-\udfff]/.test(a + b) ? compareBytes(encoder.encode(a), encoder.encode(b)) : a < b ? -1 : 1;
}

/** In two halves of 32 bits: the prime is 2^40 + 0x1b3, and BigInt costs twenty times as much. */
function add(hash: { high: number; low: number }, text: string): void {
  for (const byte of encoder.encode(text)) step(hash, byte);
  step(hash, SEPARATOR);
}

function step(hash: { high: number; low: number }, byte: number): void {
  const low = (hash.low ^ byte) >>> 0;
  const product = low * PRIME_LOW;
  hash.high = (hash.high * PRIME_LOW + Math.floor(product / 2 ** 32) + low * 256) % 2 ** 32;
  hash.low = product % 2 ** 32;
}

const hex = (half: number): string => half.toString(16).padStart(8, '0');

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
