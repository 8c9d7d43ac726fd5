/**
 * Large numbers. BigInt does not run in constant time: what is computed here stays on the tablet
 * of the one person it belongs to, and nobody else measures it.
 */

/** @param {Uint8Array} bytes @returns {string} lower-case hexadecimal */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text hexadecimal, two digits a byte @returns {Uint8Array} */
export function unhex(text) {
  return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
}

/** @param {Uint8Array} bytes big endian @returns {bigint} */
export function bigFromBytes(bytes) {
  return BigInt(`0x0${hex(bytes)}`);
}

/**
 * @param {bigint} value not negative
 * @param {number} length
 * @returns {Uint8Array} big endian
 * @throws {RangeError} when the value needs more bytes
 */
export function bytesFromBig(value, length) {
  const text = value.toString(16).padStart(2 * length, "0");
  if (text.length > 2 * length) throw new RangeError("integer too large");
  return unhex(text);
}

/** @param {bigint} value not negative @returns {number} the number of its bits */
export function bitLength(value) {
  return value === 0n ? 0 : value.toString(2).length;
}

/** @param {bigint} a @param {bigint} m positive @returns {bigint} the residue in [0, m) */
export function mod(a, m) {
  const residue = a % m;
  return residue < 0n ? residue + m : residue;
}

/** @param {bigint} base @param {bigint} exponent not negative @param {bigint} m @returns {bigint} */
export function modPow(base, exponent, m) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % m;
    if (bit === "1") result = (result * base) % m;
  }
  return result;
}

/**
 * The inverse of a modulo m by the extended Euclidean algorithm.
 * @param {bigint} a
 * @param {bigint} m greater than 1
 * @returns {bigint | null} null when they share a factor
 */
export function modInverse(a, m) {
  let [r0, r1] = [m, mod(a, m)];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return r0 === 1n ? mod(t0, m) : null;
}
