/**
 * Every byte string that a tablet signs, checks or hashes, each under its own tag (protocol sections
 * 2 and 3). Hashes and keys are Uint8Array: poll hash 32 bytes, P-256 key 65, Ed25519 key 32.
 */
import { base32, concat, jcs, sha256, tag, uint32, utf8 } from "./encoding.js";
import { bigFromBytes } from "./numbers.js";

/**
 * @param {Uint8Array} definition the bytes of definition.json
 * @returns {Promise<Uint8Array>} 32 bytes
 */
export function pollHash(definition) {
  return sha256(concat(tag("definition"), definition));
}

/** @param {Uint8Array} poll the poll hash @returns {string} 核验码, 8 digits */
export function verificationCode(poll) {
  return String(bigFromBytes(poll) % 100000000n).padStart(8, "0");
}

/**
 * @param {string} congressId
 * @param {string} meetingId
 * @param {Uint8Array} logKey
 * @returns {Promise<Uint8Array>} what the card signs to check in
 */
export async function checkinMessage(congressId, meetingId, logKey) {
  const [congress, meeting] = await Promise.all([sha256(utf8(congressId)), sha256(utf8(meetingId))]);
  return concat(tag("checkin"), congress, meeting, logKey);
}

/**
 * @param {Uint8Array} poll
 * @param {number} epoch
 * @param {Uint8Array} spki
 * @returns {Uint8Array} what an issuer signs about its issuing key
 */
export function issuingKeyMessage(poll, epoch, spki) {
  return concat(tag("issuing-key"), poll, uint32(epoch), spki);
}

/**
 * @param {Uint8Array} poll
 * @param {Uint8Array} ballotKey
 * @returns {Uint8Array} what issuers sign blindly; RFC 9474's prefix comes before it
 */
export function ballotKeyMessage(poll, ballotKey) {
  return concat(tag("ballot-key"), poll, ballotKey);
}

/**
 * @param {Uint8Array} poll
 * @param {number} epoch
 * @param {Uint8Array[]} spkis in the definition's order
 * @param {Uint8Array[]} blinded in the same order
 * @returns {Promise<Uint8Array>} what the card signs to ask for a ballot
 */
export async function issueMessage(poll, epoch, spkis, blinded) {
  const keys = await sha256(concat(tag("keys"), ...spkis));
  return concat(tag("issue"), poll, uint32(epoch), keys, ...blinded);
}

/**
 * @param {Uint8Array} poll
 * @param {Uint8Array} lineHash H of the roll line, 32 bytes
 * @returns {Uint8Array} what the log key promises about a registered ballot key
 */
export function registeredMessage(poll, lineHash) {
  return concat(tag("registered"), poll, lineHash);
}

/**
 * @param {Uint8Array} poll
 * @param {Uint8Array} rollRoot 32 bytes
 * @param {(number | null)[]} marks
 * @returns {Uint8Array} what the ballot key signs
 */
export function castMessage(poll, rollRoot, marks) {
  return concat(tag("cast"), poll, rollRoot, utf8(jcs(marks)));
}

/**
 * @param {Uint8Array} poll
 * @param {Uint8Array} ballotKey
 * @param {Uint8Array} sig the ballot's signature, 64 bytes
 * @param {(number | null)[]} marks
 * @returns {Promise<Uint8Array>} 32 bytes
 */
export function tracker(poll, ballotKey, sig, marks) {
  return sha256(concat(tag("tracker"), poll, ballotKey, sig, utf8(jcs(marks))));
}

/**
 * @param {Uint8Array} poll
 * @param {Uint8Array} ballotTracker
 * @returns {Uint8Array} what the log key promises about a stored ballot
 */
export function receiptMessage(poll, ballotTracker) {
  return concat(tag("receipt"), poll, ballotTracker);
}

/** @param {Uint8Array} ballotTracker @returns {string} its first 20 base32 characters, in fours */
export function trackerCode(ballotTracker) {
  return base32(ballotTracker).slice(0, 20).match(/.{4}/g).join("-");
}
