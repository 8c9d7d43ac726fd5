// A member of lines: it keeps the bytes and where each line ends, and reads a line when asked.
import { text } from "./bytes.js";
import { need, within } from "./fault.js";
import { readJson } from "./json.js";

const LF = 10;
const LONGEST = 2 ** 20;
// Bytes a line on average, LF included: in any record there are more, and nobody can have an index
// made that is larger than the file.
const SHORTEST = 16;

export class Lines {
  constructor(member, bytes) {
    need(bytes.length === 0 || bytes.at(-1) === LF, "line.end", { member });
    let count = 0;
    for (let at = 0; at < bytes.length; at++) if (bytes[at] === LF) count++;
    need(count * SHORTEST <= bytes.length, "line.short", { member });
    const ends = new Uint32Array(count);
    for (let at = 0, from = 0, i = 0; i < count; at++) {
      if (bytes[at] !== LF) continue;
      need(at - from <= LONGEST, "line.long", { member, line: i + 1 });
      ends[i++] = at;
      from = at + 1;
    }
    Object.assign(this, { member, all: bytes, ends, count });
  }

  /** The bytes of line `i` (from 0), without its LF. */
  bytes(i) {
    return this.all.subarray(i === 0 ? 0 : this.ends[i - 1] + 1, this.ends[i]);
  }

  text(i) {
    return text(this.bytes(i));
  }

  /** The value of line `i`, which `check` has been through before. */
  read(i) {
    return JSON.parse(this.text(i));
  }

  /** Reads each line strictly, as a value that `shape` takes. */
  check(shape, tell) {
    for (let i = 0; i < this.count; i++) {
      within(this.member, i + 1, () => shape(readJson(this.bytes(i))));
      tell(1);
    }
  }

  /** What a fault on line `i` says of where it is. */
  at(i, values = {}) {
    return { member: this.member, line: i + 1, ...values };
  }
}
