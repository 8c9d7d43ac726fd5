/** Checkpoints of the log (C2SP signed-note, tlog-checkpoint) and entries proven by one. */
import {
  ProtocolError, b64, concat, equalBytes, parseJcs, sha256, unb64, unbase64, utf8,
} from "./encoding.js";
import { verifyEd25519 } from "./ed25519.js";
import { leafHash, verifyInclusion } from "./merkle.js";

const CHECKPOINT = /^([^\n]+)\n(0|[1-9][0-9]{0,14})\n([^\n]+)\n\n((?:[^\n]+\n)+)$/;
const SIGNATURE = /^\u2014 ([^\s+]+) ([^\s]+)$/;
const ED25519_NOTE = 1;

/**
 * The size and root that a checkpoint states, once the log's signature, its first, is verified.
 * Further signature lines (witnesses) must have the form of one.
 * @param {string} text the whole signed note
 * @param {string} origin the log's name, `piaojue/<congress id>`
 * @param {Uint8Array} logKey 32 bytes
 * @returns {Promise<{size: number, root: Uint8Array}>} root: 32 bytes
 * @throws {ProtocolError} bad_checkpoint, or bad_base64
 */
export async function openCheckpoint(text, origin, logKey) {
  const match = CHECKPOINT.exec(text);
  if (!match || match[1] !== origin) {
    throw new ProtocolError("bad_checkpoint", "not a checkpoint of this log");
  }
  const root = unbase64(match[3], 32);
  const [{ name, bytes }] = match[4].slice(0, -1).split("\n").map(parseSignature);
  const signed = utf8(text.slice(0, text.indexOf("\n\n") + 1));
  const byLog =
    name === origin &&
    equalBytes(bytes.subarray(0, 4), await keyId(name, logKey)) &&
    (await verifyEd25519(logKey, bytes.subarray(4), signed));
  if (!byLog) throw new ProtocolError("bad_checkpoint", "not signed by the log first");
  return { size: Number(match[2]), root };
}

function parseSignature(line) {
  const match = SIGNATURE.exec(line);
  if (!match) throw new ProtocolError("bad_checkpoint", "not a signature line");
  const bytes = unbase64(match[2]);
  if (bytes.length < 5) throw new ProtocolError("bad_checkpoint", "an empty signature");
  return { name: match[1], bytes };
}

async function keyId(name, key) {
  return (await sha256(concat(utf8(`${name}\n`), Uint8Array.of(ED25519_NOTE), key))).subarray(0, 4);
}

/**
 * The log entry that a proof and a checkpoint of the definition's log show at a place.
 * @param {object} definition
 * @param {string} entryText the entry's line, without LF
 * @param {number} index its place in the log, from 0
 * @param {string[]} proof b64 of 32 bytes each
 * @param {string} checkpointText
 * @returns {Promise<object>}
 * @throws {ProtocolError} bad_checkpoint, bad_proof, bad_entry, bad_json or bad_base64
 */
export async function checkEntry(definition, entryText, index, proof, checkpointText) {
  const origin = `piaojue/${definition.congress.id}`;
  const { size, root } = await openCheckpoint(checkpointText, origin, unb64(definition.log_key, 32));
  const siblings = proof.map((sibling) => unb64(sibling, 32));
  if (!(await verifyInclusion(index, size, await leafHash(utf8(entryText)), siblings, root))) {
    throw new ProtocolError("bad_proof", "the checkpoint does not contain this entry at this place");
  }
  const entry = parseJcs(entryText);
  if (entry.seq !== index) throw new ProtocolError("bad_entry", "the entry names another place");
  return entry;
}

/**
 * The log entry of this event and poll, proven as by checkEntry.
 * @param {object} definition
 * @param {Uint8Array} poll the definition's poll hash
 * @param {string} event
 * @param {...any} shown entry, index, proof and checkpoint
 * @returns {Promise<object>}
 * @throws {ProtocolError} bad_entry, and those of checkEntry
 */
export async function checkEvent(definition, poll, event, ...shown) {
  const entry = await checkEntry(definition, ...shown);
  if (entry.event !== event || entry.poll !== b64(poll)) {
    throw new ProtocolError("bad_entry", `not ${event} of this poll`);
  }
  return entry;
}
