/** From the frozen roll to the receipt (protocol section 3, Registering's end and Casting). */
import { ProtocolError, b64, equalBytes, jcs, requireFields, unb64, utf8 } from "./encoding.js";
import { checkEntry } from "./checkpoint.js";
import { verifyEd25519 } from "./ed25519.js";
import { leafHash, rootFromLeafHashes } from "./merkle.js";
import { castMessage, receiptMessage, tracker, trackerCode } from "./messages.js";
import { signP256 } from "./p256.js";

/**
 * @typedef {{issued: number, registered: number, root: Uint8Array}} Frozen root: 32 bytes
 * @typedef {{marks: {id: string, label: string}[], limits: Object<string, number>}} Scale
 * @typedef {{key: string, marks: (number | null)[], poll: string, sig: string}} Ballot b64 texts
 */

/**
 * The roll's root and figures as the log shows them.
 * @param {object} definition
 * @param {Uint8Array} poll the definition's poll hash
 * @param {string} entryText the `roll_frozen` line
 * @param {number} index its place in the log
 * @param {string[]} proof b64, its proof of inclusion
 * @param {string} checkpointText
 * @returns {Promise<Frozen>}
 * @throws {ProtocolError} bad_entry, roll_too_large (more seals than ballots issued: proof of fraud),
 *   and those of checkEntry
 */
export async function checkFrozen(definition, poll, entryText, index, proof, checkpointText) {
  const entry = await checkEntry(definition, entryText, index, proof, checkpointText);
  requireFields(entry, "at event issued poll registered root seq");
  const { event, issued, registered } = entry;
  if (event !== "roll_frozen" || entry.poll !== b64(poll) || ![issued, registered].every(isCount)) {
    throw new ProtocolError("bad_entry", "not the freeze of this poll's roll");
  }
  if (registered > issued) throw new ProtocolError("roll_too_large", "more registered than issued");
  return { issued, registered, root: unb64(entry.root, 32) };
}

function isCount(value) {
  return Number.isInteger(value) && value >= 0;
}

/**
 * Refuses a roll that has another root or size than the log shows.
 * @param {Uint8Array} leafHashes 32 bytes a line, in the roll's order
 * @param {Frozen} frozen
 * @returns {Promise<Uint8Array[]>} its lines' hashes
 * @throws {ProtocolError} bad_roll
 */
export async function checkLeaves(leafHashes, frozen) {
  const hashes = [];
  for (let at = 0; at < leafHashes.length; at += 32) hashes.push(leafHashes.subarray(at, at + 32));
  const whole = leafHashes.length === 32 * frozen.registered;
  if (!whole || !equalBytes(await rootFromLeafHashes(hashes), frozen.root)) {
    throw new ProtocolError("bad_roll", "the roll is not the one in the log");
  }
  return hashes;
}

/**
 * Refuses a roll that has another root or size than the log shows, or lacks this tablet's line.
 * The whole list is taken because asking for one proof would name the tablet.
 * @param {Uint8Array} leafHashes 32 bytes a line, in the roll's order
 * @param {Frozen} frozen
 * @param {object} ownLine the roll line that was registered
 * @returns {Promise<void>}
 * @throws {ProtocolError} bad_roll, or not_on_roll (with the promise, proof of fraud)
 */
export async function checkRoll(leafHashes, frozen, ownLine) {
  const hashes = await checkLeaves(leafHashes, frozen);
  const own = await leafHash(utf8(jcs(ownLine)));
  if (!hashes.some((hash) => equalBytes(hash, own))) {
    throw new ProtocolError("not_on_roll", "the roll lacks this tablet's line");
  }
}

/**
 * The first limit of the scale that the marks exceed.
 * @param {(number | null)[]} marks
 * @param {number} itemCount
 * @param {Scale} scale
 * @returns {{mark: number, max: number, chosen: number} | null}
 * @throws {ProtocolError} bad_marks: not one mark of the scale, or null, an item
 */
export function marksProblem(marks, itemCount, scale) {
  const isMark = (mark) => mark === null || (isCount(mark) && mark < scale.marks.length);
  if (marks.length !== itemCount || !marks.every(isMark)) {
    throw new ProtocolError("bad_marks", "not one mark of the scale, or null, an item");
  }
  for (const [index, max] of Object.entries(scale.limits)) {
    const mark = Number(index);
    const chosen = marks.filter((each) => each === mark).length;
    if (chosen > max) return { mark, max, chosen };
  }
  return null;
}

/**
 * The ballot, to be stored first and then sent, always these bytes.
 * @param {{poll: Uint8Array, rollRoot: Uint8Array, marks: (number | null)[], privateKey: CryptoKey,
 *   publicKey: Uint8Array}} parts the keys of this ballot
 * @returns {Promise<Ballot>}
 */
export async function prepareCast({ poll, rollRoot, marks, privateKey, publicKey }) {
  const sig = await signP256(privateKey, castMessage(poll, rollRoot, marks));
  return { key: b64(publicKey), marks, poll: b64(poll), sig: b64(sig) };
}

/**
 * What is sent of a ballot: as long for any marks, since a connection's length shows through TLS, and
 * would tell the network how many items were chosen, and who left the ballot blank.
 * @param {Ballot} ballot
 * @returns {string} JSON, with spaces behind it
 */
export function castBody(ballot) {
  const shorter = ballot.marks.map((mark) => jcs(null).length - jcs(mark).length);
  return jcs(ballot) + " ".repeat(shorter.reduce((sum, spare) => sum + spare, 0));
}

/**
 * The receipt's code, once its tracker is this ballot's and its promise the log's.
 * @param {Uint8Array} poll
 * @param {Uint8Array} logKey
 * @param {Ballot} ballot as it was sent
 * @param {{tracker: string, promise: string}} receipt b64 texts
 * @returns {Promise<string>} XXXX-XXXX-XXXX-XXXX-XXXX
 * @throws {ProtocolError} bad_receipt or bad_base64
 */
export async function checkReceipt(poll, logKey, ballot, receipt) {
  const expected = await tracker(poll, unb64(ballot.key, 65), unb64(ballot.sig, 64), ballot.marks);
  if (!equalBytes(unb64(receipt.tracker, 32), expected)) {
    throw new ProtocolError("bad_receipt", "the receipt is for another ballot");
  }
  if (!(await verifyEd25519(logKey, unb64(receipt.promise, 64), receiptMessage(poll, expected)))) {
    throw new ProtocolError("bad_receipt", "not the log's promise");
  }
  return trackerCode(expected);
}
