import { createDeflate, createGzip, createZstdCompress } from 'node:zlib';
import { message } from '../wire/grpc.ts';

/** A hostile request and the answer that is right. */
export interface Bomb {
  name: string;
  transport: 'http' | 'grpc';
  headers: Readonly<Record<string, string>>;
  body: Buffer | Iterable<Buffer>;
  /** HTTP status, or gRPC's. */
  right: number;
  /** Much to carry, or legal and much to check: fewer of them are sent. */
  isHeavy?: boolean;
}

const MIB = 2 ** 20;
const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const TOO_LARGE = { http: 413, grpc: 8 };
const BAD = { http: 400, grpc: 3 };

/** All cases, given once by each transport where it applies. @param scale 1 in full; smaller makes smaller bombs */
export async function bombs(scale: number): Promise<Bomb[]> {
  const unpacked = Math.round(1024 * scale) * MIB;
  const found: Bomb[] = [];
  for (const [encoding, create] of [
    ['gzip', createGzip],
    ['deflate', createDeflate],
    ['zstd', createZstdCompress],
  ] as const) {
    const packed = await pack(create(), unpacked);
    found.push(...both(`${encoding} of ${unpacked / MIB} MiB`, packed, TOO_LARGE, encoding));
    const flood = await pack(create(), 48 * MIB, Buffer.from([0x0a, 0x02, 0x0a, 0x00]));
    const legal = both(`${encoding} of 12 million empty resources`, flood, { http: 200, grpc: 0 }, encoding);
    found.push(...legal.map((bomb) => ({ ...bomb, isHeavy: true })));
  }
  found.push(...both('a string of 2 GiB in 14 bytes', hugeLength(), BAD));
  found.push(...both('values 100,000 deep', nested(100_000), BAD));
  found.push(
    json('arrays 1,000,000 deep', `{"resourceSpans":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 400),
    json('a million empty objects', `{"resourceSpans":[${'{},'.repeat(1e6)}{}]}`, 400),
    json('4 MiB of long integers', `{"x":[${'12345678901234567,'.repeat(220_000)}1]}`, 200),
    json('more JSON than JSON may have', `{"x":"${'x'.repeat(5 * MIB)}"}`, 413),
    json('compressed JSON', await pack(createGzip(), 1024 * MIB * scale, Buffer.from('[{}')), 413, 'gzip'),
  );
  found.push({ ...json('a body without end', '', 413), headers: PROTOBUF, body: endless(), isHeavy: true });
  return found;
}

function both(name: string, body: Buffer, right: { http: number; grpc: number }, encoding?: string): Bomb[] {
  const named = (header: string): Record<string, string> =>
    encoding === undefined ? {} : { [header]: encoding };
  return [
    {
      name,
      transport: 'http',
      headers: { ...PROTOBUF, ...named('Content-Encoding') },
      body,
      right: right.http,
    },
    {
      name,
      transport: 'grpc',
      headers: named('grpc-encoding'),
      body: message(body, encoding !== undefined),
      right: right.grpc,
    },
  ];
}

function json(name: string, body: string | Buffer, right: number, encoding?: string): Bomb {
  const headers = encoding === undefined ? JSON_TYPE : { ...JSON_TYPE, 'Content-Encoding': encoding };
  return { name: `JSON: ${name}`, transport: 'http', headers, body: Buffer.from(body), right };
}

/** Packs so many bytes of a pattern without holding them. */
async function pack(packer: ReturnType<typeof createGzip>, bytes: number, pattern?: Buffer): Promise<Buffer> {
  const chunk = Buffer.alloc(MIB, pattern ?? 0);
  const packed: Buffer[] = [];
  packer.on('data', (piece: Buffer) => packed.push(piece));
  const ended = new Promise((resolve, reject) => packer.once('end', resolve).once('error', reject));
  for (let written = 0; written < bytes; written += chunk.length)
    if (!packer.write(chunk)) await new Promise((resolve) => packer.once('drain', resolve));
  packer.end();
  await ended;
  return Buffer.concat(packed);
}

/** ResourceSpans.schema_url of 2 GiB that is not there. */
const hugeLength = (): Buffer =>
  Buffer.from([0x0a, 0x0c, 0x1a, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0, 0, 0, 0, 0]);

/** Resource attribute whose value is an array in an array in … */
function nested(levels: number): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const wrap = (tag: number) => {
    const head = Buffer.from([tag, ...varint(length)]);
    parts.push(head);
    length += head.length;
  };
  for (let level = 0; level < levels; level++) {
    wrap(0x0a);
    wrap(0x2a);
  }
  for (const tag of [0x12, 0x0a, 0x0a, 0x0a]) wrap(tag);
  return Buffer.concat(parts.reverse());
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** Chunked, so that no length tells how much comes: 96 MiB. */
function* endless(): Generator<Buffer> {
  const chunk = Buffer.alloc(MIB);
  for (let i = 0; i < 96; i++) yield chunk;
}
