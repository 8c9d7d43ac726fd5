/** The deputy's card: 40 digits, from which everything of the card is derived (protocol section 1). */
import { ProtocolError, b64, concat, hkdf, tag, uint32, utf8 } from "./encoding.js";
import { bigFromBytes, bytesFromBig } from "./numbers.js";
import { signP256, verifyP256 } from "./p256.js";

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * @param {string} digits
 * @returns {boolean} whether they are 40 ASCII digits that are 1 modulo 97 (ISO 7064 MOD 97-10)
 */
export function checkDigitsOk(digits) {
  return /^[0-9]{40}$/.test(digits) && remainder97(digits) === 1;
}

function remainder97(digits) {
  let remainder = 0;
  for (const digit of digits) remainder = (remainder * 10 + Number(digit)) % 97;
  return remainder;
}

/**
 * The digits of a card as somebody typed or scanned them, in groups or not.
 * @param {string} text
 * @returns {string} 40 ASCII digits
 * @throws {ProtocolError} card_characters, card_length or card_check
 */
export function parseCard(text) {
  const digits = text.replace(/[\s-]/g, "");
  if (/[^0-9]/.test(digits)) throw new ProtocolError("card_characters", "not only digits");
  if (digits.length !== 40) throw new ProtocolError("card_length", "not 40 digits");
  if (!checkDigitsOk(digits)) throw new ProtocolError("card_check", "the check digits differ");
  return digits;
}

/**
 * @param {string} digits 40 ASCII digits
 * @param {string} congressId
 * @returns {Promise<{cardId: Uint8Array, d: bigint}>} 16 bytes, and the private P-256 scalar
 */
export async function deriveCard(digits, congressId) {
  const cardId = await cardHkdf(digits, utf8(`${congressId}/id`), 16);
  const wide = await cardHkdf(digits, utf8(`${congressId}/key`), 48);
  return { cardId, d: 1n + (bigFromBytes(wide) % (P256_ORDER - 1n)) };
}

/**
 * The name of the place where this card's ballot lies on the tablet: it tells nothing without the card.
 * @param {string} digits 40 ASCII digits
 * @param {Uint8Array} pollHash 32 bytes
 * @param {number} epoch
 * @returns {Promise<string>} b64 of 16 bytes
 */
export async function slotName(digits, pollHash, epoch) {
  return b64(await cardHkdf(digits, concat(pollHash, uint32(epoch), utf8("/slot")), 16));
}

function cardHkdf(digits, info, length) {
  return hkdf(utf8(digits), tag("card"), info, length);
}

/**
 * The card's private key. WebCrypto takes no scalar without its point, so the roster lends the point,
 * and a signature made and verified here shows that the two belong together.
 * @param {bigint} d
 * @param {Uint8Array} cardKey the roster line's `card_key`, 65 bytes
 * @returns {Promise<CryptoKey>} for signing, not extractable
 * @throws {ProtocolError} card_key: the roster has another key for this card
 */
export async function importCardKey(d, cardKey) {
  const probe = tag("card-probe");
  try {
    const key = await importScalar(d, cardKey);
    if (await verifyP256(cardKey, await signP256(key, probe), probe)) return key;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  throw new ProtocolError("card_key", "the roster has another key for this card");
}

function importScalar(d, point) {
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: b64(point.subarray(1, 33)),
    y: b64(point.subarray(33)),
    d: b64(bytesFromBig(d, 32)),
  };
  return crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
}
