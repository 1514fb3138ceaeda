/** Finds the series of data points in an approved metrics request, and cuts out the points of those not wanted. */
import { createHash } from 'node:crypto';
import { Edit, Edits } from './edits.ts';
import { Fields } from './fields.ts';
import { serviceIn } from './services.ts';
import { splice } from './splice.ts';
import { readLength, varintEnd } from './varint.ts';

/** Fields of metrics.proto: of Metric the five kinds, and for each the field number of its points' attributes. */
const ATTRIBUTES_OF: Readonly<Record<number, number>> = { 5: 7, 7: 7, 9: 9, 10: 1, 11: 7 };

/** Asked once for each metric, then for each of its points: null lets the whole metric pass. */
export type SeriesFilter = (service: string, metric: string) => ((series: string) => boolean) | null;

/**
 * A series is a resource, a scope and a set of attributes in any order; it is known by a hash of their bytes.
 * @param body an approved ExportMetricsServiceRequest @returns the same buffer when every point may stay
 */
export function cutSeries(body: Uint8Array, filter: SeriesFilter): Uint8Array {
  const cut = new Cutter(body, filter);
  cut.request();
  return cut.edits.count === 0 ? body : splice(body, cut.edits);
}

class Cutter {
  readonly edits = new Edits();
  private readonly bytes: Buffer;
  private readonly filter: SeriesFilter;
  /** Where the length of each open message stands; the first `framed` are in the edits already. */
  private readonly open: number[] = [];
  private framed = 0;

  constructor(body: Uint8Array, filter: SeriesFilter) {
    this.bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.filter = filter;
  }

  request(): void {
    this.each(0, this.bytes.length, 1, (from, until) => this.resource(from, until));
  }

  private resource(from: number, until: number): void {
    const service = serviceIn(this.bytes, from, until);
    const resource = this.first(from, until, 1);
    this.each(from, until, 2, (scopeFrom, scopeUntil) => {
      const source = Buffer.concat([resource, this.first(scopeFrom, scopeUntil, 1)]);
      this.each(scopeFrom, scopeUntil, 2, (a, b) => this.metric(service, source, a, b));
    });
  }

  private metric(service: string, source: Buffer, from: number, until: number): void {
    const keeps = this.filter(service, this.first(from, until, 1).toString('utf8'));
    if (keeps === null) return;
    for (const kind of Object.keys(ATTRIBUTES_OF).map(Number))
      this.each(from, until, kind, (dataFrom, dataUntil) => {
        const data = new Fields(this.bytes, dataFrom, dataUntil);
        for (let tagAt = data.until; data.next(); tagAt = data.until)
          if (data.number === 1 && !keeps(this.series(source, data.from, data.until, ATTRIBUTES_OF[kind]!)))
            this.cut(tagAt, data.until);
      });
  }

  private series(source: Buffer, from: number, until: number, attributesField: number): string {
    const attributes: Buffer[] = [];
    const point = new Fields(this.bytes, from, until);
    while (point.next())
      if (point.number === attributesField) attributes.push(this.bytes.subarray(point.from, point.until));
    const hash = createHash('sha1').update(source);
    for (const attribute of attributes.sort(Buffer.compare)) hash.update(attribute).update('\0');
    return hash.digest('base64');
  }

  /** Steps into every field of that number, and keeps the messages open on the way. */
  private each(from: number, until: number, number: number, step: (from: number, until: number) => void) {
    const fields = new Fields(this.bytes, from, until);
    for (let tagAt = fields.until; fields.next(); tagAt = fields.until) {
      if (fields.number !== number) continue;
      readLength(this.bytes, tagAt, until);
      this.open.push(varintEnd);
      step(fields.from, fields.until);
      this.open.pop();
      this.framed = Math.min(this.framed, this.open.length);
    }
  }

  private first(from: number, until: number, number: number): Buffer {
    const fields = new Fields(this.bytes, from, until);
    while (fields.next()) if (fields.number === number) return this.bytes.subarray(fields.from, fields.until);
    return this.bytes.subarray(0, 0);
  }

  private cut(from: number, until: number): void {
    for (; this.framed < this.open.length; this.framed++) this.edits.addFrame(this.open[this.framed]!);
    this.edits.add(from, until, Edit.cut);
  }
}
