// What is known from outside the record: from signed notes, the hall screen, deputies' receipts.
import { base32, unb64 } from "./bytes.js";
import { readOutsideNote } from "./checkpoints.js";
import { Fault, fail, need } from "./fault.js";
import { isSoundKey } from "./ed25519.js";

const RECEIPT = /^[A-Z2-7]{20}$/;

/** Reads the fields as people fill them in; `code` may also be a whole poll_hash. */
export function readOutside({ code = "", logKey = "", checkpoints = "", receipts = "" }) {
  const outside = { pollHash: null, code: null, logKey: null, checkpoints: [], receipts: [] };
  const poll = bare(code);
  if (/^[0-9]{8}$/.test(poll)) outside.code = poll;
  else if (poll) outside.pollHash = field("code", () => unb64(poll, 32));
  if (bare(logKey)) outside.logKey = field("logKey", () => readKey(bare(logKey)));
  outside.checkpoints = field("checkpoints", () => splitNotes(checkpoints).map(readOutsideNote));
  outside.receipts = field("receipts", () => receiptsOf(receipts).map(readReceipt));
  return outside;
}

/** A fault in what was typed names the field. */
function field(name, read) {
  try {
    return read();
  } catch (fault) {
    if (fault instanceof Fault) fail(`typed.${name}`);
    throw fault;
  }
}

/** Codes are printed in groups. */
const bare = (typed) => typed.replace(/\s/g, "");

function readKey(typed) {
  const key = unb64(typed, 32);
  need(isSoundKey(key), "typed.logKey");
  return key;
}

/** Notes one below the other: each begins with its origin, a line after an empty one. */
function splitNotes(typed) {
  const lines = typed.replace(/\r\n/g, "\n").split("\n").map((line) => line.trim());
  const starts = lines.flatMap((line, i) => (/^[1-9][0-9]*$/.test(line) && i > 0 ? [i - 1] : []));
  if (starts.length === 0) need(lines.every((line) => line === ""), "note.form");
  return starts.map((from, i) => {
    const note = lines.slice(from, starts[i + 1]);
    while (note.at(-1) === "") note.pop();
    return `${note.join("\n")}\n`;
  });
}

const receiptsOf = (typed) => typed.split("\n").filter((line) => line.trim() !== "");

/** 20 characters in groups, as on a tablet, or the JSON of its QR code. */
function readReceipt(typed) {
  if (!typed.trim().startsWith("{")) {
    const start = typed.replace(/[\s-]/g, "").toUpperCase();
    need(RECEIPT.test(start), "typed.receipts");
    return { start, tracker: null, promise: null };
  }
  let read;
  try {
    read = JSON.parse(typed);
  } catch {
    fail("typed.receipts");
  }
  need(Object.keys(read).sort().join() === "promise,tracker", "typed.receipts");
  const tracker = unb64(read.tracker, 32);
  return { start: base32(tracker).slice(0, 20), tracker, promise: unb64(read.promise, 64) };
}
