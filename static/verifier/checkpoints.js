// Checkpoints of the log: signed notes as they stand in a record or on a scrutineer's paper.
import { equal, text, unb64Padded, utf8 } from "./bytes.js";
import { verifyEd25519 } from "./ed25519.js";
import { need, within } from "./fault.js";
import { sha256 } from "./hashes.js";
import { Lines } from "./lines.js";

const MEMBER = "checkpoints.txt";
const NOTE_LINES = 5;
const SIZE = /^[1-9][0-9]{0,15}$/;
const SIGNATURE = /^— ([^ +]+) ([A-Za-z0-9+/=]+)$/;

/** The notes of checkpoints.txt, at most so many, none of them verified yet. */
export function readNotes(bytes, most) {
  const lines = new Lines(MEMBER, bytes);
  need((lines.count + 1) / (NOTE_LINES + 1) <= most, "note.many", { member: MEMBER });
  const notes = [];
  for (let i = 0; i < lines.count; i += NOTE_LINES + 1) {
    need(i + NOTE_LINES <= lines.count, "note.form", lines.at(lines.count - 1));
    const five = Array.from({ length: NOTE_LINES }, (_, k) => lines.bytes(i + k));
    const note = within(MEMBER, i + 1, () => readNote(five));
    notes.push({ ...note, line: i + 1 });
    const next = i + NOTE_LINES;
    const isLast = next === lines.count;
    const apart = isLast || (lines.bytes(next).length === 0 && next + 1 < lines.count);
    need(apart, "note.form", lines.at(Math.min(next, lines.count - 1)));
  }
  need(notes.length > 0, "note.form", { member: MEMBER });
  return notes;
}

/** A note noted outside: witnesses' lines may follow that of the log. */
export function readOutsideNote(source) {
  const lines = utf8Lines(source);
  const note = readNote(lines.slice(0, NOTE_LINES));
  const cosignatures = lines.slice(NOTE_LINES).map((line) => SIGNATURE.exec(text(line)));
  for (const parts of cosignatures) {
    need(parts && (unb64Padded(parts[2])?.length ?? 0) >= 12, "note.form");
  }
  return { ...note, cosignatures: cosignatures.map((parts) => parts[1]) };
}

function utf8Lines(source) {
  need(source.endsWith("\n"), "note.form");
  return source.slice(0, -1).split("\n").map(utf8);
}

function readNote(lines) {
  need(lines.length === NOTE_LINES && lines[3].length === 0, "note.form");
  const [origin, size, root, , last] = lines.map(text);
  const parts = SIGNATURE.exec(last);
  const rootBytes = unb64Padded(root);
  const signature = parts && unb64Padded(parts[2]);
  need(SIZE.test(size) && Number.isSafeInteger(Number(size)), "note.size");
  need(rootBytes?.length === 32 && signature?.length === 68, "note.form");
  return {
    origin,
    size: Number(size),
    root: rootBytes,
    name: parts[1],
    keyId: signature.subarray(0, 4),
    signature: signature.subarray(4),
    signed: `${origin}\n${size}\n${root}\n`,
    whole: lines.map(text).join("\n") + "\n",
  };
}

/** Whether the log's key signed this note under the congress's name. */
export async function isSigned({ origin, name, keyId, signature, signed }, congress, logKey) {
  if (origin !== `piaojue/${congress}` || name !== origin) return false;
  const id = (await sha256(utf8(`${name}\n`), Uint8Array.of(1), logKey)).subarray(0, 4);
  return equal(keyId, id) && verifyEd25519(logKey, utf8(signed), signature);
}
