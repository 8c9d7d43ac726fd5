/** Ed25519 verification (RFC 8032 section 5.1.7), since tablets' browsers have no Ed25519 of their own. */
import { concat, equalBytes } from "./encoding.js";
import { bigFromBytes, bytesFromBig, mod, modInverse, modPow } from "./numbers.js";

const P = (1n << 255n) - 19n;
const L = (1n << 252n) + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const SQRT_MINUS_1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;
const BASE = fromAffine(
  15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  46316835694926478169428394003475163141307993866256225615783033603165251855960n,
);
const NEUTRAL = fromAffine(0n, 1n);

/**
 * Without the cofactor: the encoding of [S]B − [k]A must be the bytes of R.
 * @param {Uint8Array} publicKey 32 bytes
 * @param {Uint8Array} sig 64 bytes
 * @param {Uint8Array} message
 * @returns {Promise<boolean>} false also for wrong lengths, S ≥ L, a key in a second spelling, and
 *   one of small order, under which anybody can sign
 */
export async function verifyEd25519(publicKey, sig, message) {
  if (publicKey.length !== 32 || sig.length !== 64) return false;
  const r = sig.subarray(0, 32);
  const s = littleEndian(sig.subarray(32));
  const a = decodePoint(publicKey);
  if (a === null || s >= L || isSmall(a)) return false;
  const digest = await crypto.subtle.digest("SHA-512", concat(r, publicKey, message));
  const k = littleEndian(new Uint8Array(digest)) % L;
  return equalBytes(encodePoint(sumOfProducts(s, BASE, k, negate(a))), r);
}

function littleEndian(bytes) {
  return bigFromBytes(Uint8Array.from(bytes).reverse());
}

// Extended coordinates (RFC 8032 section 5.1.4). Values may be negative between steps: % keeps the
// sign, and only encodePoint needs the residue in [0, P).

function fromAffine(x, y) {
  return { x, y, z: 1n, t: (x * y) % P };
}

function negate({ x, y, z, t }) {
  return { x: -x, y, z, t: -t };
}

function add(p, q) {
  const a = ((p.y - p.x) * (q.y - q.x)) % P;
  const b = ((p.y + p.x) * (q.y + q.x)) % P;
  const c = (((2n * p.t * q.t) % P) * D) % P;
  const d = (2n * p.z * q.z) % P;
  return fromFactors(b - a, d - c, d + c, b + a);
}

function double({ x, y, z }) {
  const a = (x * x) % P;
  const b = (y * y) % P;
  const h = a + b;
  const g = a - b;
  return fromFactors(h - (((x + y) * (x + y)) % P), ((2n * z * z) % P) + g, g, h);
}

// Eight times such a point is the neutral one.
function isSmall(point) {
  return mod(double(double(double(point))).x, P) === 0n;
}

function fromFactors(e, f, g, h) {
  return { x: (e * f) % P, y: (g * h) % P, z: (f * g) % P, t: (e * h) % P };
}

// Shamir's trick: one chain of doublings for both products.
function sumOfProducts(s, p, k, q) {
  const table = { "01": q, "10": p, "11": add(p, q) };
  const [sBits, kBits] = [s, k].map((scalar) => scalar.toString(2).padStart(253, "0"));
  let sum = NEUTRAL;
  for (let i = 0; i < 253; i += 1) {
    sum = double(sum);
    const term = table[sBits[i] + kBits[i]];
    if (term) sum = add(sum, term);
  }
  return sum;
}

function encodePoint({ x, y, z }) {
  const inverse = modInverse(z, P);
  const sign = mod(x * inverse, P) & 1n;
  return bytesFromBig(mod(y * inverse, P) | (sign << 255n), 32).reverse();
}

// RFC 8032 section 5.1.3; null for what is no point or not its only spelling.
function decodePoint(bytes) {
  const value = littleEndian(bytes);
  const sign = value >> 255n;
  const y = value & ((1n << 255n) - 1n);
  const x = y < P ? recoverX(y) : null;
  if (x === null || (x === 0n && sign === 1n)) return null;
  return fromAffine((x & 1n) === sign ? x : P - x, y);
}

function recoverX(y) {
  const u = mod(y * y - 1n, P);
  const v = (D * y * y + 1n) % P;
  const power = modPow((u * v ** 7n) % P, (P - 5n) / 8n, P);
  const x = (((u * v ** 3n) % P) * power) % P;
  const check = (v * x * x) % P;
  if (check === u) return x;
  return check === mod(-u, P) ? (x * SQRT_MINUS_1) % P : null;
}
