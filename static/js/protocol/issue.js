/** From the issuing keys to a registered ballot key (protocol section 3, Issuing and Registering). */
import { ProtocolError, b64, jcs, requireFields, sha256, unb64, utf8 } from "./encoding.js";
import { blind, finalize, newPrefix, parseSpki } from "./blindrsa.js";
import { checkEntry } from "./checkpoint.js";
import { verifyEd25519 } from "./ed25519.js";
import { ballotKeyMessage, issueMessage, issuingKeyMessage, registeredMessage } from "./messages.js";
import { signP256 } from "./p256.js";

/**
 * @typedef {{spki: Uint8Array, n: bigint, e: bigint}} IssuingKey
 * @typedef {{epoch: number, keys: IssuingKey[]}} Issuing keys in the definition's order
 * @typedef {{key: string, seals: {prefix: string, sig: string}[]}} RollLine b64 texts
 * @typedef {{prefixes: Uint8Array[], inverses: Uint8Array[], publicKey: Uint8Array}} Secret
 */

/**
 * The issuing keys that the log shows and every issuer of the definition signed.
 * @param {object} definition
 * @param {Uint8Array} poll the definition's poll hash
 * @param {string} entryText the `issuing_opened` line
 * @param {number} index its place in the log
 * @param {string[]} proof b64, its proof of inclusion
 * @param {string} checkpointText
 * @returns {Promise<Issuing>} plain data that IndexedDB stores
 * @throws {ProtocolError} same_keys, bad_entry, bad_issuer_signature, bad_issuing_key, and those of checkEntry
 */
export async function checkIssuingKeys(definition, poll, entryText, index, proof, checkpointText) {
  checkKeysDiffer(definition);
  const entry = await checkEntry(definition, entryText, index, proof, checkpointText);
  requireFields(entry, "at epoch event keys poll seq");
  const { epoch, event, keys } = entry;
  const ours = event === "issuing_opened" && entry.poll === b64(poll);
  if (!ours || !isEpoch(epoch) || !Array.isArray(keys) || keys.length !== definition.issuers.length) {
    throw new ProtocolError("bad_entry", "not the opening of this poll's issuing");
  }
  if (new Set(keys.map((key) => key.spki)).size !== keys.length) {
    throw new ProtocolError("bad_issuing_key", "two issuers have one key"); // then one could seal alone
  }
  const checked = keys.map((key, i) => checkIssuingKey(definition.issuers[i], poll, epoch, key));
  return { epoch, keys: await Promise.all(checked) };
}

// Two that are one, or the log's, would be one party in two parts.
function checkKeysDiffer({ issuers, log_key: logKey }) {
  const keys = [logKey, ...issuers.map((issuer) => issuer.key)];
  if (new Set(keys).size !== keys.length) throw new ProtocolError("same_keys", "issuer keys and log key must differ");
}

function isEpoch(value) {
  return Number.isInteger(value) && value >= 1 && value <= 0xffffffff;
}

async function checkIssuingKey(issuer, poll, epoch, key) {
  requireFields(key, "sig spki");
  const spki = unb64(key.spki);
  const message = issuingKeyMessage(poll, epoch, spki);
  if (!(await verifyEd25519(unb64(issuer.key, 32), unb64(key.sig, 64), message))) {
    throw new ProtocolError("bad_issuer_signature", `the key of issuer ${issuer.id} is not signed by it`);
  }
  return { spki, ...parseSpki(spki) };
}

/**
 * The request for a ballot, and what must be stored before it is sent: only with these can the
 * answer be turned into seals.
 * @param {{poll: Uint8Array, issuing: Issuing, cardId: Uint8Array, cardKey: CryptoKey,
 *   publicKey: Uint8Array}} parts publicKey: the new ballot key's
 * @returns {Promise<{request: {auth: string, blinded: string[], deputy: string, epoch: number,
 *   poll: string}, secret: Secret}>}
 * @throws {ProtocolError} blinding_failed
 */
export async function prepareRequest({ poll, issuing, cardId, cardKey, publicKey }) {
  const { epoch, keys } = issuing;
  const message = ballotKeyMessage(poll, publicKey);
  const prefixes = keys.map(newPrefix);
  const blindings = await Promise.all(keys.map((key, i) => blind(key, prefixes[i], message)));
  const blinded = blindings.map((blinding) => blinding.blinded);
  const spkis = keys.map((key) => key.spki);
  const auth = await signP256(cardKey, await issueMessage(poll, epoch, spkis, blinded));
  return {
    request: { auth: b64(auth), blinded: blinded.map(b64), deputy: b64(cardId), epoch, poll: b64(poll) },
    secret: { prefixes, inverses: blindings.map((blinding) => blinding.inverse), publicKey },
  };
}

/**
 * The roll line from the issuers' answers; each seal is verified.
 * @param {Uint8Array} poll
 * @param {Issuing} issuing
 * @param {Secret} secret
 * @param {string[]} blindSigs b64, in the definition's order
 * @returns {Promise<RollLine>}
 * @throws {ProtocolError} bad_blind_signature or bad_base64
 */
export async function finishIssue(poll, issuing, secret, blindSigs) {
  const { prefixes, inverses, publicKey } = secret;
  if (!Array.isArray(blindSigs) || blindSigs.length !== issuing.keys.length) {
    throw new ProtocolError("bad_blind_signature", "not one answer from each issuer");
  }
  const message = ballotKeyMessage(poll, publicKey);
  const finished = issuing.keys.map((key, i) =>
    finalize(key, prefixes[i], message, unb64(blindSigs[i]), inverses[i]),
  );
  const seals = (await Promise.all(finished)).map((sig, i) => ({ prefix: b64(prefixes[i]), sig: b64(sig) }));
  return { key: b64(publicKey), seals };
}

/**
 * Refuses a promise that the log key did not make for this roll line.
 * @param {Uint8Array} poll
 * @param {Uint8Array} logKey
 * @param {RollLine} line
 * @param {string} promise b64
 * @returns {Promise<void>}
 * @throws {ProtocolError} bad_promise or bad_base64
 */
export async function checkRegistered(poll, logKey, line, promise) {
  const message = registeredMessage(poll, await sha256(utf8(jcs(line))));
  if (!(await verifyEd25519(logKey, unb64(promise, 64), message))) {
    throw new ProtocolError("bad_promise", "not the log's promise for this ballot key");
  }
}
