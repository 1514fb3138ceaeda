/** The list of changes a walk asks for: byte ranges, and the length-delimited messages around them. */

/**
 * What happens to a range; `cut` leaves nothing, `text` makes a string_value of the AnyValue field in it, `stamp` puts
 * the time of arrival in front of a log record's fields (an empty range), `hash` puts a hash in place of the value of
 * the attribute in it.
 */
export const Edit = { cut: 0, text: 1, stamp: 2, hash: 3 } as const;

/** A state to come back to, when an item with edits inside is dropped as a whole. */
export interface Mark {
  ranges: number;
  frames: number;
}

/** Most requests need no edit. */
const NONE = new Int32Array(0);

/**
 * Grows with what is to be changed and with nothing else: 12 bytes for an edit, 4 for each message around one. The
 * smallest attribute that needs an edit has six bytes and needs 20 here, so the lists stay below seven times the body
 * (they double when they grow).
 */
export class Edits {
  /** [edit × 3]: from, until (offsets in the body), what. Ascending, never overlapping. */
  ranges = NONE;
  count = 0;
  /** Offset of the length varint of every message that holds an edit, ascending. */
  frames = NONE;
  frameCount = 0;
  /** Unix nanoseconds that `Edit.stamp` writes. */
  stamp = 0;

  add(from: number, until: number, what: number): void {
    if (this.count * 3 === this.ranges.length) this.ranges = grown(this.ranges, 96);
    let at = this.count++ * 3;
    // An item's own fields are judged at its end, behind edits further inside: at most MAX_SLOTS moves an item.
    while (at > 0 && this.ranges[at - 3]! > from) {
      this.ranges.copyWithin(at, at - 3, at);
      at -= 3;
    }
    this.ranges[at] = from;
    this.ranges[at + 1] = until;
    this.ranges[at + 2] = what;
  }

  addFrame(lengthAt: number): void {
    if (this.frameCount === this.frames.length) this.frames = grown(this.frames, 64);
    this.frames[this.frameCount++] = lengthAt;
  }

  mark(mark: Mark): void {
    mark.ranges = this.count;
    mark.frames = this.frameCount;
  }

  backTo(mark: Mark): void {
    this.count = mark.ranges;
    this.frameCount = mark.frames;
  }
}

function grown(array: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(least, array.length * 2));
  larger.set(array);
  return larger;
}
