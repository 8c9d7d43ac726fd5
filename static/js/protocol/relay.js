/**
 * Sealed messages: how a tablet registers and casts by a relay, which sees who sends and nothing of
 * what. HPKE (RFC 9180 base mode, one message: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM)
 * there, AES-128-GCM under a key of the request's own back; all of one length.
 */
import { checkEntry } from "./checkpoint.js";
import { ProtocolError, b64, concat, fromUtf8, jcs, requireFields, tag, unb64, utf8 } from "./encoding.js";

const REQUEST = 1536; // bytes of text
const KEY = 16;
const NONCE = 12;
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const KEM = utf8("KEM\x00\x10"); // suite ids of RFC 9180: P-256 ...
const HPKE = utf8("HPKE\x00\x10\x00\x01\x00\x01"); // ... HKDF-SHA256, AES-128-GCM
const EMPTY = new Uint8Array();

/**
 * The server's relay key as the log shows it.
 * @param {object} definition
 * @param {string} entryText the `relay_key` line
 * @param {number} index its place in the log
 * @param {string[]} proof b64, its proof of inclusion
 * @param {string} checkpointText
 * @returns {Promise<{seq: number, key: Uint8Array}>} key: 65 bytes
 * @throws {ProtocolError} bad_entry, and those of checkEntry
 */
export async function checkRelayKey(definition, entryText, index, proof, checkpointText) {
  const entry = await checkEntry(definition, entryText, index, proof, checkpointText);
  requireFields(entry, "at event public seq");
  if (entry.event !== "relay_key") throw new ProtocolError("bad_entry", "not a relay key");
  return { seq: entry.seq, key: unb64(entry.public, 65) };
}

/**
 * A request for the server alone.
 * @param {Uint8Array} relayKey 65 bytes
 * @param {Uint8Array} logKey 32 bytes
 * @param {string} path `register` or `cast`
 * @param {object} body what is posted there
 * @param {{answerKey: Uint8Array, pair: CryptoKeyPair}} [fixed] for tests: fresh ones
 * @returns {Promise<{sealed: Uint8Array, answerKey: Uint8Array}>} what is sent, and what opens its answer
 */
export async function sealRequest(relayKey, logKey, path, body, fixed) {
  const { answerKey, pair } = fixed || (await freshKeys());
  const text = utf8(jcs({ answer: b64(answerKey), body, path }));
  if (text.length > REQUEST) throw new ProtocolError("too_long", "longer than all sealed messages are");
  const padded = new Uint8Array(REQUEST).fill(0x20);
  padded.set(text);
  return { sealed: await hpkeSeal(relayKey, concat(tag("relay"), logKey), padded, pair), answerKey };
}

async function freshKeys() {
  const answerKey = crypto.getRandomValues(new Uint8Array(KEY));
  return { answerKey, pair: await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]) };
}

/**
 * What the server answered, whatever the relay made of it.
 * @param {Uint8Array} answerKey
 * @param {Uint8Array} sealed
 * @returns {Promise<{status: number, body: object}>}
 * @throws {ProtocolError} bad_answer
 */
export async function openAnswer(answerKey, sealed) {
  const key = await crypto.subtle.importKey("raw", answerKey, "AES-GCM", false, ["decrypt"]);
  const iv = sealed.subarray(0, NONCE);
  try {
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed.subarray(NONCE));
    const answer = JSON.parse(fromUtf8(new Uint8Array(text)));
    requireFields(answer, "body status");
    return answer;
  } catch {
    throw new ProtocolError("bad_answer", "not sealed by the server for this request");
  }
}

/**
 * HPKE, base mode, one message.
 * @param {Uint8Array} publicKey the receiver's, 65 bytes
 * @param {Uint8Array} info
 * @param {Uint8Array} text
 * @param {CryptoKeyPair} pair fresh
 * @param {Uint8Array} [aad]
 * @returns {Promise<Uint8Array>} the pair's public key, 65 bytes, and the ciphertext
 */
export async function hpkeSeal(publicKey, info, text, pair, aad = EMPTY) {
  const enc = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const receiver = await crypto.subtle.importKey("raw", publicKey, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: receiver }, pair.privateKey, 256);
  const dh = await extract(KEM, EMPTY, "eae_prk", new Uint8Array(shared));
  const secret = await expand(KEM, dh, "shared_secret", concat(enc, publicKey), 32);
  const hashes = [await extract(HPKE, EMPTY, "psk_id_hash", EMPTY), await extract(HPKE, EMPTY, "info_hash", info)];
  const context = concat(Uint8Array.of(0), ...hashes);
  const prk = await extract(HPKE, secret, "secret", EMPTY);
  const raw = await expand(HPKE, prk, "key", context, KEY);
  const iv = await expand(HPKE, prk, "base_nonce", context, NONCE);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const how = { name: "AES-GCM", iv, additionalData: aad };
  return concat(enc, new Uint8Array(await crypto.subtle.encrypt(how, key, text)));
}

// WebCrypto's HKDF does both halves at once; RFC 5869's halves are HMACs. All that is expanded here
// fits one block.
function extract(suite, salt, label, ikm) {
  return hmac(salt, concat(utf8("HPKE-v1"), suite, utf8(label), ikm));
}

async function expand(suite, prk, label, info, length) {
  const size = Uint8Array.of(0, length);
  const block = await hmac(prk, concat(size, utf8("HPKE-v1"), suite, utf8(label), info, Uint8Array.of(1)));
  return block.subarray(0, length);
}

async function hmac(key, message) {
  // An HMAC key is padded with zeroes: none at all and a block of them are one, and WebCrypto takes no empty one.
  const raw = key.length ? key : new Uint8Array(32);
  const how = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", raw, how, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}
