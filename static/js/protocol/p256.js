/** ECDSA P-256 with SHA-256 (FIPS 186-5) through WebCrypto; signatures are raw r‖s. */

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/**
 * @param {Uint8Array} publicKey uncompressed point, 65 bytes
 * @param {Uint8Array} sig 64 bytes
 * @param {Uint8Array} message
 * @returns {Promise<boolean>} false also for what is no point of the curve
 */
export async function verifyP256(publicKey, sig, message) {
  if (publicKey.length !== 65 || publicKey[0] !== 4) return false;
  let key;
  try {
    key = await crypto.subtle.importKey("raw", publicKey, CURVE, false, ["verify"]);
  } catch {
    return false;
  }
  return crypto.subtle.verify(SIGNING, key, sig, message);
}

/**
 * @param {CryptoKey} privateKey
 * @param {Uint8Array} message
 * @returns {Promise<Uint8Array>} 64 bytes
 */
export async function signP256(privateKey, message) {
  return new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, message));
}

/**
 * A key for one ballot; the private half can be stored in IndexedDB but never read.
 * @returns {Promise<{privateKey: CryptoKey, publicKey: Uint8Array}>} public key: 65 bytes
 */
export async function newBallotKey() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, publicKey };
}
