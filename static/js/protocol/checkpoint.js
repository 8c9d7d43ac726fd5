/** Checkpoints of the log (C2SP signed-note, tlog-checkpoint, tlog-cosignature) and entries proven by one. */
import {
  ProtocolError, b64, concat, equalBytes, parseJcs, requireFields, sha256, unb64, unbase64, utf8,
} from "./encoding.js";
import { verifyEd25519 } from "./ed25519.js";
import { leafHash, verifyInclusion } from "./merkle.js";

const CHECKPOINT = /^([^\n]+)\n(0|[1-9][0-9]{0,14})\n([^\n]+)\n\n((?:[^\n]+\n)+)$/;
const SIGNATURE = /^\u2014 ([^\s+]+) ([^\s]+)$/;
const ED25519_NOTE = 1;
const COSIGNATURE = 4;

// What a tablet does by itself upon these could single it out, were they shown to it alone.
const WITNESSED = ["issuing_opened", "issuing_closed", "roll_frozen", "voting_opened", "relay_key"];

/**
 * @typedef {object} Witness
 * @property {string} name of its key in notes, `<origin>/<witness id>`
 * @property {Uint8Array} key 32 bytes
 */

/**
 * The size and root that a checkpoint states, once the log's signature, its first, is verified.
 * Further signature lines must have the form of one.
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
  const signed = signedPart(text);
  const byLog =
    name === origin &&
    equalBytes(bytes.subarray(0, 4), await keyId(name, ED25519_NOTE, logKey)) &&
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

async function keyId(name, kind, key) {
  return (await sha256(concat(utf8(`${name}\n`), Uint8Array.of(kind), key))).subarray(0, 4);
}

function signedPart(text) {
  return utf8(text.slice(0, text.indexOf("\n\n") + 1));
}

/**
 * Refuses a checkpoint, opened before, that lacks the cosignature of one of these witnesses.
 * @param {string} text the whole signed note
 * @param {Witness[]} witnesses
 * @returns {Promise<void>}
 * @throws {ProtocolError} bad_cosignature, or not_witnessed: a witness may still be on its way
 */
export async function checkCosignatures(text, witnesses) {
  const [, ...signatures] = CHECKPOINT.exec(text)[4].slice(0, -1).split("\n").map(parseSignature);
  for (const witness of witnesses) await requireCosignature(witness, signedPart(text), signatures);
}

async function requireCosignature({ name, key }, signed, signatures) {
  const own = signatures.filter((signature) => signature.name === name);
  if (own.length === 0) throw new ProtocolError("not_witnessed", `${name} has not cosigned yet`);
  const [{ bytes }] = own;
  const good =
    own.length === 1 &&
    bytes.length === 76 &&
    bytes[4] < 0x80 && // a time below 2^63
    equalBytes(bytes.subarray(0, 4), await keyId(name, COSIGNATURE, key)) &&
    (await verifyEd25519(key, bytes.subarray(12), cosignedMessage(bytes.subarray(4, 12), signed)));
  if (!good) throw new ProtocolError("bad_cosignature", `not the cosignature of ${name}`);
}

function cosignedMessage(time, signed) {
  const seconds = new DataView(time.buffer, time.byteOffset, 8).getBigUint64(0);
  return concat(utf8(`cosignature/v1\ntime ${seconds}\n`), signed);
}

/**
 * The witnesses that a definition names, none where it does not speak of any.
 * @param {object} definition
 * @returns {Witness[]}
 * @throws {ProtocolError} bad_fields, same_keys
 */
export function witnessesOf({ congress, issuers, log_key: logKey, witnesses = [] }) {
  for (const witness of witnesses) requireFields(witness, "id key name");
  const keys = [logKey, ...issuers.map(({ key }) => key), ...witnesses.map(({ key }) => key)];
  if (witnesses.length && new Set(keys).size !== keys.length) {
    throw new ProtocolError("same_keys", "keys of witnesses, issuers and log must differ");
  }
  return witnesses.map(({ id, key }) => ({ name: `piaojue/${congress.id}/${id}`, key: unb64(key, 32) }));
}

/**
 * The log entry that a proof and a checkpoint of the definition's log show at a place, seen by all
 * witnesses that the definition names where a tablet acts upon it.
 * @param {object} definition
 * @param {string} entryText the entry's line, without LF
 * @param {number} index its place in the log, from 0
 * @param {string[]} proof b64 of 32 bytes each
 * @param {string} checkpointText
 * @returns {Promise<object>}
 * @throws {ProtocolError} bad_proof, bad_entry, bad_json, and those of openCheckpoint and checkCosignatures
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
  if (WITNESSED.includes(entry.event)) await checkCosignatures(checkpointText, witnessesOf(definition));
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
