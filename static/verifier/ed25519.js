// Ed25519 (RFC 8032), verification only. Written out, because browsers that offices still use have
// none in WebCrypto, and because a key's order has to be looked at in any case.
import { equal, integer, join } from "./bytes.js";
import { power } from "./numbers.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a) => ((a % P) + P) % P;
const inverse = (a) => power(a, P - 2n, P);
const D = mod(-121665n * inverse(121666n));
const SQRT_MINUS_1 = power(2n, (P - 1n) / 4n, P);

const littleEndian = (bytes) => integer(Uint8Array.from(bytes).reverse());

/** Points are [X, Y, Z, T] with x = X/Z, y = Y/Z, xy = T/Z. */
const NEUTRAL = [0n, 1n, 1n, 0n];

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = ((y1 - x1) * (y2 - x2)) % P;
  const b = ((y1 + x1) * (y2 + x2)) % P;
  const c = (2n * t1 * t2 * D) % P;
  const d = (2n * z1 * z2) % P;
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [(e * f) % P, (g * h) % P, (f * g) % P, (e * h) % P];
}

const isNeutral = ([x, y, z]) => mod(x) === 0n && mod(y - z) === 0n;

/** The point of these 32 bytes; null if they are none, or not the one text of it. */
function decode(bytes) {
  const whole = littleEndian(bytes);
  const odd = whole >> 255n;
  const y = whole & (2n ** 255n - 1n);
  if (y >= P) return null;
  const x2 = mod((y * y - 1n) * inverse(mod(D * y * y + 1n)));
  let x = power(x2, (P + 3n) / 8n, P);
  if (mod(x * x - x2) !== 0n) x = mod(x * SQRT_MINUS_1);
  if (mod(x * x - x2) !== 0n || (x === 0n && odd)) return null;
  if ((x & 1n) !== odd) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

function encode([x, y, z]) {
  const scale = inverse(mod(z));
  const whole = mod(y * scale) | ((mod(x * scale) & 1n) << 255n);
  return Uint8Array.from({ length: 32 }, (_, i) => Number((whole >> BigInt(8 * i)) & 255n));
}

const BASE = decode(Uint8Array.of(0x58, ...new Array(31).fill(0x66)));

/** a·A + b·B by one walk over the bits of both. */
function combine(a, A, b, B) {
  const both = add(A, B);
  let sum = NEUTRAL;
  for (let bit = 255n; bit >= 0n; bit--) {
    sum = add(sum, sum);
    const [inA, inB] = [(a >> bit) & 1n, (b >> bit) & 1n];
    if (inA && inB) sum = add(sum, both);
    else if (inA) sum = add(sum, A);
    else if (inB) sum = add(sum, B);
  }
  return sum;
}

/**
 * Whether these 32 bytes may stand as a key: y is less than p and the order does not divide 8. What
 * is no point at all can be no key's, and verifies nothing.
 */
export function isSoundKey(key) {
  const positive = Uint8Array.from(key);
  positive[31] &= 0x7f;
  if (littleEndian(positive) >= P) return false;
  const point = decode(positive);
  if (point === null) return true;
  const twice = add(point, point);
  const four = add(twice, twice);
  return !isNeutral(add(four, four));
}

/** Whether the signature is the key's over the message: S·B − k·A is R, byte by byte. */
export async function verifyEd25519(key, message, signature) {
  const point = decode(key);
  const R = signature.subarray(0, 32);
  const S = littleEndian(signature.subarray(32));
  if (point === null || S >= L) return false;
  const digest = await crypto.subtle.digest("SHA-512", join(R, key, message));
  const k = littleEndian(new Uint8Array(digest)) % L;
  const [x, y, z, t] = point;
  return equal(encode(combine(S, BASE, k, [mod(-x), y, z, mod(-t)])), R);
}
