/**
 * The client of RSABSSA-SHA384-PSS-Randomized (RFC 9474): the issuer signs a ballot key without
 * seeing it, and cannot recognise the signature later.
 */
import { ProtocolError, concat, equalBytes, utf8 } from "./encoding.js";
import { bigFromBytes, bitLength, bytesFromBig, modInverse, modPow, unhex } from "./numbers.js";

const HASH_LENGTH = 48;
const SALT_LENGTH = 48;
const PREFIX_LENGTH = 32;

// With 3072 bits and e = 65537 the DER around n never changes: comparing it is the strictest parser.
const SPKI_HEAD = unhex(
  "308201a2300d06092a864886f70d01010105000382018f003082018a0282018100",
);
const SPKI_TAIL = unhex("0203010001");
const MODULUS_LENGTH = 384;
const SMALL = 2000n;

/**
 * @typedef {{n: bigint, e: bigint}} RsaKey
 */

/**
 * An issuing key: `rsaEncryption` with NULL parameters, 3072 bits, e = 65537, no factor below 2000.
 * @param {Uint8Array} der SubjectPublicKeyInfo, 422 bytes
 * @returns {RsaKey}
 * @throws {ProtocolError} bad_issuing_key
 */
export function parseSpki(der) {
  const end = SPKI_HEAD.length + MODULUS_LENGTH;
  const modulus = der.subarray(SPKI_HEAD.length, end);
  const framed =
    equalBytes(der.subarray(0, SPKI_HEAD.length), SPKI_HEAD) && equalBytes(der.subarray(end), SPKI_TAIL);
  if (!framed || modulus[0] < 0x80) {
    throw new ProtocolError("bad_issuing_key", "not a 3072-bit RSA key with e = 65537");
  }
  const n = bigFromBytes(modulus);
  if (hasSmallFactor(n)) throw new ProtocolError("bad_issuing_key", "the modulus has a small factor");
  return { n, e: 65537n };
}

// Odd numbers that are no primes only repeat what their factors said.
function hasSmallFactor(n) {
  if (n % 2n === 0n) return true;
  for (let candidate = 3n; candidate < SMALL; candidate += 2n) {
    if (n % candidate === 0n) return true;
  }
  return false;
}

/** @returns {Uint8Array} the randomiser that RFC 9474's Prepare puts before a message, 32 bytes */
export function newPrefix() {
  return crypto.getRandomValues(new Uint8Array(PREFIX_LENGTH));
}

/**
 * Blind (RFC 9474 section 4.2) of prefix ‖ message.
 * @param {RsaKey} key
 * @param {Uint8Array} prefix 32 bytes
 * @param {Uint8Array} message
 * @param {{salt?: Uint8Array, r?: bigint}} [fixed] only for test vectors; random otherwise
 * @returns {Promise<{blinded: Uint8Array, inverse: Uint8Array}>} each as long as the modulus
 * @throws {ProtocolError} blinding_failed: the encoded message or r shares a factor with n
 */
export async function blind(key, prefix, message, fixed = {}) {
  const salt = fixed.salt || crypto.getRandomValues(new Uint8Array(SALT_LENGTH));
  const r = fixed.r || randomBelow(key.n);
  const encoded = bigFromBytes(await encodePss(key, randomised(prefix, message), salt));
  // One inversion answers both questions: m·r has an inverse only if m and r have, and m·(m·r)⁻¹ = r⁻¹.
  const both = modInverse(encoded * r, key.n);
  if (both === null) throw new ProtocolError("blinding_failed", "not coprime to the modulus");
  const length = modulusLength(key);
  return {
    blinded: bytesFromBig((encoded * modPow(r, key.e, key.n)) % key.n, length),
    inverse: bytesFromBig((encoded * both) % key.n, length),
  };
}

/**
 * Finalize (RFC 9474 section 4.4).
 * @param {RsaKey} key
 * @param {Uint8Array} prefix 32 bytes
 * @param {Uint8Array} message
 * @param {Uint8Array} blindSig as long as the modulus
 * @param {Uint8Array} inverse from `blind`
 * @returns {Promise<Uint8Array>} the seal, as long as the modulus
 * @throws {ProtocolError} bad_blind_signature: wrong length, not below n, or no valid seal
 */
export async function finalize(key, prefix, message, blindSig, inverse) {
  const length = modulusLength(key);
  const z = bigFromBytes(blindSig);
  // Beside z, z + n would be a second spelling of it.
  if (blindSig.length !== length || z >= key.n) {
    throw new ProtocolError("bad_blind_signature", "wrong length or not below the modulus");
  }
  const seal = bytesFromBig((z * bigFromBytes(inverse)) % key.n, length);
  if (!(await verifySeal(key, prefix, message, seal))) {
    throw new ProtocolError("bad_blind_signature", "the issuer's answer makes no valid seal");
  }
  return seal;
}

/**
 * RSASSA-PSS-VERIFY (RFC 8017 section 8.1.2) with SHA-384 and a 48-byte salt over prefix ‖ message.
 * @param {RsaKey} key
 * @param {Uint8Array} prefix 32 bytes
 * @param {Uint8Array} message
 * @param {Uint8Array} sig
 * @returns {Promise<boolean>}
 */
export async function verifySeal(key, prefix, message, sig) {
  const s = bigFromBytes(sig);
  if (prefix.length !== PREFIX_LENGTH || sig.length !== modulusLength(key) || s >= key.n) return false;
  const value = modPow(s, key.e, key.n);
  if (bitLength(value) >= bitLength(key.n)) return false;
  const encoded = bytesFromBig(value, encodedLength(key));
  const salt = await saltOf(encoded);
  // The encoding is a function of message and salt: making it again checks every byte of it at once.
  return equalBytes(await encodePss(key, randomised(prefix, message), salt), encoded);
}

function randomised(prefix, message) {
  if (prefix.length !== PREFIX_LENGTH) throw new RangeError("the prefix has 32 bytes");
  return concat(prefix, message);
}

function modulusLength(key) {
  return Math.ceil(bitLength(key.n) / 8);
}

function encodedLength(key) {
  return Math.ceil((bitLength(key.n) - 1) / 8);
}

function randomBelow(n) {
  const bits = bitLength(n);
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  for (;;) {
    crypto.getRandomValues(bytes);
    const candidate = bigFromBytes(bytes) & ((1n << BigInt(bits)) - 1n);
    if (candidate > 0n && candidate < n) return candidate;
  }
}

async function sha384(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
}

// EMSA-PSS-ENCODE (RFC 8017 section 9.1.1) for one bit less than the modulus has.
async function encodePss(key, message, salt) {
  const length = encodedLength(key);
  const hash = await sha384(concat(new Uint8Array(8), await sha384(message), salt));
  const padding = new Uint8Array(length - salt.length - HASH_LENGTH - 2);
  const block = concat(padding, utf8("\x01"), salt);
  const masked = xor(block, await mgf1(hash, block.length));
  masked[0] &= 0xff >> (8 * length - (bitLength(key.n) - 1));
  return concat(masked, hash, Uint8Array.of(0xbc));
}

async function saltOf(encoded) {
  const end = encoded.length - HASH_LENGTH - 1;
  const hash = encoded.subarray(end, end + HASH_LENGTH);
  const block = xor(encoded.subarray(0, end), await mgf1(hash, end));
  return block.subarray(end - SALT_LENGTH);
}

// MGF1 (RFC 8017 appendix B.2.1) with SHA-384.
async function mgf1(seed, length) {
  const blocks = [];
  for (let i = 0; i * HASH_LENGTH < length; i += 1) {
    blocks.push(sha384(concat(seed, Uint8Array.of(0, 0, 0, i))));
  }
  return concat(...(await Promise.all(blocks))).subarray(0, length);
}

function xor(a, b) {
  return a.map((byte, i) => byte ^ b[i]);
}
