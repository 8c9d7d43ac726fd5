// Bytes and the texts they travel as. Each value has one text: decoding refuses every other.
import { fail, need } from "./fault.js";

const URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STANDARD = URL_SAFE.slice(0, 62) + "+/";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const encoder = new TextEncoder();
// A BOM is a character like any other; left alone, the decoder would swallow it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text) => encoder.encode(text);

export function text(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return fail("utf8");
  }
}

export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const equal = (a, b) => compare(a, b) === 0;

/** Less than, equal to or greater than 0, byte by byte. */
export function compare(a, b) {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

export function uint32(number) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

export function integer(bytes) {
  return BigInt("0x" + (hex(bytes) || "0"));
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes) {
  let digits = "";
  for (const byte of bytes) digits += HEX[byte];
  return digits;
}

/** The bytes that `digits`, of `bits` bits each, stand for; null if another text is theirs. */
function unpack(digits, alphabet, bits) {
  const bytes = new Uint8Array(Math.floor((digits.length * bits) / 8));
  let held = 0;
  let value = 0;
  let at = 0;
  for (const digit of digits) {
    const part = alphabet.indexOf(digit);
    if (part < 0) return null;
    value = ((value << bits) | part) & 0xfff;
    held += bits;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = value >> held;
    }
  }
  const idle = value & ((1 << held) - 1);
  return held < bits && idle === 0 ? bytes : null;
}

function pack(bytes, alphabet, bits) {
  let digits = "";
  let held = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    held += 8;
    while (held >= bits) {
      held -= bits;
      digits += alphabet[(value >> held) & ((1 << bits) - 1)];
    }
  }
  if (held > 0) digits += alphabet[(value << (bits - held)) & ((1 << bits) - 1)];
  return digits;
}

/** base64url without padding, of exactly `size` bytes. */
export function unb64(digits, size) {
  const fits = typeof digits === "string" && digits.length === Math.ceil((size * 4) / 3);
  const bytes = fits ? unpack(digits, URL_SAFE, 6) : null;
  need(bytes !== null, "b64", { size });
  return bytes;
}

export const b64 = (bytes) => pack(bytes, URL_SAFE, 6);

/** Standard base64 with padding; null where it is not. */
export function unb64Padded(digits) {
  const bare = digits.replace(/={1,2}$/, "");
  const bytes = digits.length % 4 === 0 ? unpack(bare, STANDARD, 6) : null;
  return bytes !== null && b64Padded(bytes) === digits ? bytes : null;
}

export function b64Padded(bytes) {
  const digits = pack(bytes, STANDARD, 6);
  return digits + "=".repeat((4 - (digits.length % 4)) % 4);
}

export const base32 = (bytes) => pack(bytes, BASE32, 5);

/** base32 without padding, of exactly 32 bytes; null where it is not. */
export function unbase32(digits) {
  return digits.length === 52 ? unpack(digits, BASE32, 5) : null;
}
