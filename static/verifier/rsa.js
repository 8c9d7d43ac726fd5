// RSA keys as they stand in a record, and the raw equation of a blind signature.
import { hex, integer } from "./bytes.js";
import { power } from "./numbers.js";

const HEAD = "308201a2300d06092a864886f70d01010105000382018f003082018a0282018100";
const TAIL = "0203010001";
const E = 65537n;

/** The product of all primes below 2000. */
const SMALL_PRIMES = Array.from({ length: 2000 }, (_, n) => BigInt(n))
  .slice(2)
  .reduce((product, n) => (greatestCommonDivisor(product, n) === 1n ? product * n : product), 1n);

/** The modulus of a key, 384 bytes. */
export const modulus = (spki) => spki.subarray(33, 417);

/** Whether these 422 bytes are a key of the one form that is taken. */
export function isKey(spki) {
  return (
    hex(spki.subarray(0, 33)) === HEAD &&
    hex(spki.subarray(417)) === TAIL &&
    modulus(spki)[0] >= 0x80
  );
}

/** Whether a prime below 2000 divides the modulus. */
export const hasSmallFactor = (spki) =>
  greatestCommonDivisor(SMALL_PRIMES, integer(modulus(spki))) !== 1n;

function greatestCommonDivisor(a, b) {
  while (b) [a, b] = [b, a % b];
  return a;
}

/** Whether s is less than n, which leaves one text for each value. */
export const inRange = (spki, s) => integer(s) < integer(modulus(spki));

/** Whether s^65537 mod n is the message. */
export function isRoot65537(spki, message, s) {
  return inRange(spki, s) && power(integer(s), E, integer(modulus(spki))) === integer(message);
}
