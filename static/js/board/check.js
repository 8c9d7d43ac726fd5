/**
 * The board as the log has it, and a receipt held against it: pure functions, no DOM, no network.
 */
import {
  ProtocolError, b64, base32, checkEvent, equalBytes, fromUtf8, leafHash, parseJcs, pollHash, receiptMessage,
  requireFields, rootFromLeafHashes, unb64, utf8, verifyEd25519,
} from "../protocol.js";

const TRACKER = /^[A-Z2-7]{51}[AQ]$/;
const CODE = 20; // base32 characters that a receipt shows of its tracker

/**
 * @typedef {object} Shown what the server gives of an entry: entry, index, proof, checkpoint
 *
 * @typedef {object} Board
 * @property {Uint8Array} poll
 * @property {Uint8Array} logKey
 * @property {Set<string>} trackers in base32
 * @property {string} checkpoint in which the log shows the board's root
 */

/**
 * The board, once its root is the one that the log published, and it has as many ballots as came back.
 * @param {string} name of the poll: its hash in b64, from the page's address
 * @param {Uint8Array} definition its bytes
 * @param {Uint8Array} bytes of board.txt
 * @param {Shown} published the proof of result_published
 * @param {Shown} closed the proof of voting_closed
 * @returns {Promise<Board>}
 * @throws {ProtocolError} bad_definition, bad_board, and those of checkEvent
 */
export async function checkBoard(name, definition, bytes, published, closed) {
  const poll = unb64(name, 32);
  if (!equalBytes(await pollHash(definition), poll)) {
    throw new ProtocolError("bad_definition", "the definition has another hash");
  }
  const facts = parseJcs(fromUtf8(definition));
  const lines = linesOf(bytes);
  const { board } = await checkEvent(facts, poll, "result_published", ...parts(published));
  const hashes = await Promise.all(lines.map((line) => leafHash(utf8(line))));
  if (b64(await rootFromLeafHashes(hashes)) !== board) {
    throw new ProtocolError("bad_board", "its tree hash is not the one in the log");
  }
  const { returned } = await checkEvent(facts, poll, "voting_closed", ...parts(closed));
  if (returned !== lines.length) throw new ProtocolError("bad_board", "not as many ballots as were cast");
  const logKey = unb64(facts.log_key, 32);
  return { poll, logKey, trackers: new Set(lines), checkpoint: published.checkpoint };
}

const parts = ({ entry, index, proof, checkpoint }) => [entry, index, proof, checkpoint];

function linesOf(bytes) {
  const lines = fromUtf8(bytes).split("\n");
  const rising = (line, place) => place === 0 || lines[place - 1] < line;
  if (lines.pop() !== "" || !lines.every((line, place) => TRACKER.test(line) && rising(line, place))) {
    throw new ProtocolError("bad_board", "not a list of trackers in their order");
  }
  return lines;
}

/**
 * What was typed or scanned: the text of a receipt's QR code, or its code as people read it from paper.
 * @param {string} text
 * @returns {{code: string, promise: Uint8Array | null, tracker: Uint8Array | null} | null} null: no receipt
 */
export function readReceipt(text) {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{")) {
    const code = asCode(trimmed);
    return code.length >= CODE && /^[A-Z2-7]+$/.test(code) ? { code, promise: null, tracker: null } : null;
  }
  try {
    const value = parseJcs(trimmed);
    requireFields(value, "promise tracker");
    const tracker = unb64(value.tracker, 32);
    return { code: base32(tracker), promise: unb64(value.promise, 64), tracker };
  } catch {
    return null;
  }
}

// No hyphens or spaces, and the letters that 0, 1 and 8 were read for.
function asCode(text) {
  const typed = text.normalize("NFKC").toUpperCase().replace(/[\s\-·–—]/g, "");
  return typed.replaceAll("0", "O").replaceAll("1", "I").replaceAll("8", "B");
}

/**
 * What a receipt proves against a board that was checked.
 * @param {Board} board
 * @param {{code: string, promise: Uint8Array | null, tracker: Uint8Array | null}} receipt
 * @returns {Promise<"counted" | "signed" | "missing" | "unknown" | "forged">} counted: its code is on the
 *   board. signed: so it is, and the server's signature is good. missing: signed by the server, and not on
 *   the board, a proof against the server. unknown: a code alone that is not there. forged: not signed.
 */
export async function judge(board, { code, promise, tracker }) {
  const listed = [...board.trackers].some((each) => each.startsWith(code));
  if (!promise) return listed ? "counted" : "unknown";
  const message = receiptMessage(board.poll, tracker);
  if (!(await verifyEd25519(board.logKey, promise, message))) return "forged";
  return listed ? "signed" : "missing";
}
