// Checkpoints of the log: signed notes as they stand in a record or on a scrutineer's paper.
import { equal, text, unb64Padded, utf8 } from "./bytes.js";
import { verifyEd25519 } from "./ed25519.js";
import { need, within } from "./fault.js";
import { sha256 } from "./hashes.js";
import { Lines } from "./lines.js";

const MEMBER = "checkpoints.txt";
export const NOTE_LINES = 5;
const SHORTEST = 12; // bytes of a signature line: key id and time
const SIZE = /^[1-9][0-9]{0,15}$/;
const OWN = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/;
const OTHER = /^— ([^\p{White_Space}\x1c-\x1f+]+) ([A-Za-z0-9+/=]+)$/u;

/** The notes of checkpoints.txt, at most so many with so many cosignatures each, not verified yet. */
export function readNotes(bytes, most, witnesses = 0) {
  const lines = new Lines(MEMBER, bytes);
  const notes = [];
  for (let from = 0, end = 0; end < lines.count || notes.length === 0; from = end + 1) {
    need(notes.length < most, "note.many", { member: MEMBER });
    end = endOfNote(lines, from);
    need(end - from <= NOTE_LINES + witnesses, "note.lines", lines.at(from));
    const own = Array.from({ length: end - from }, (_, k) => lines.bytes(from + k));
    const note = within(MEMBER, from + 1, () => readNote(own));
    notes.push({ ...note, line: from + 1 });
  }
  return notes;
}

/** A note reaches from line `from` to the first empty line below its signature. */
function endOfNote(lines, from) {
  let end = Math.min(from + NOTE_LINES, lines.count);
  while (end < lines.count && lines.bytes(end).length > 0) end++;
  return end;
}

/** A note noted outside: lines of witnesses and of others may follow that of the log. */
export function readOutsideNote(source) {
  need(source.endsWith("\n"), "note.form");
  return readNote(source.slice(0, -1).split("\n").map(utf8));
}

function readNote(lines) {
  const whole = lines.length >= NOTE_LINES && lines[0].length > 0 && lines[3].length === 0;
  need(whole, "note.form");
  const [origin, size, root, , own, ...others] = lines.map(text);
  const rootBytes = unb64Padded(root);
  need(SIZE.test(size), "note.size");
  const { name, bytes } = readLine(own, OWN);
  need(rootBytes?.length === 32 && bytes.length === 68, "note.form");
  return {
    origin,
    size: Number(size),
    root: rootBytes,
    name,
    keyId: bytes.subarray(0, 4),
    signature: bytes.subarray(4),
    cosignatures: others.map((line) => readLine(line, OTHER)),
    signed: `${origin}\n${size}\n${root}\n`,
    whole: lines.slice(0, NOTE_LINES).map(text).join("\n") + "\n",
  };
}

/** A signature line: whose it is, and whether it is good, is seen later. */
function readLine(line, form) {
  const parts = form.exec(line);
  const bytes = parts && unb64Padded(parts[2]);
  need(bytes?.length >= SHORTEST, "note.form");
  return { name: parts[1], bytes };
}

/** Whether the log's key signed this note under the congress's name. */
export async function isSigned({ origin, name, keyId, signature, signed }, congress, logKey) {
  if (origin !== `piaojue/${congress}` || name !== origin) return false;
  const id = (await sha256(utf8(`${name}\n`), Uint8Array.of(1), logKey)).subarray(0, 4);
  return equal(keyId, id) && verifyEd25519(logKey, utf8(signed), signature);
}
