/** How bytes and JSON are written: one spelling a value, every other is refused (protocol section 0). */

const MAX_DEPTH = 32;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A refusal; `code` is stable ASCII that the page turns into a sentence for people. */
export class ProtocolError extends Error {
  /**
   * @param {string} code
   * @param {string} message for the developer, not for the deputy
   */
  constructor(code, message) {
    super(message);
    this.name = "ProtocolError";
    this.code = code;
  }
}

/** @param {string} text @returns {Uint8Array} its UTF-8 bytes */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/**
 * The text of UTF-8 bytes as they stand: a byte order mark stays, a wrong byte throws TypeError.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function fromUtf8(bytes) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** @param {...Uint8Array} parts @returns {Uint8Array} */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} a @param {Uint8Array} b @returns {boolean} */
export function equalBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * The domain separator that a signed or hashed message begins with (protocol section 0).
 * @param {string} name ASCII
 * @returns {Uint8Array}
 */
export function tag(name) {
  return utf8(`piaojue/v1/${name}\n`);
}

/** @param {number} value 0 to 2^32 − 1 @returns {Uint8Array} 4 bytes, big endian */
export function uint32(value) {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError("not an unsigned 32-bit integer");
  }
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** @param {Uint8Array} bytes @returns {string} base64 with padding (RFC 4648 section 4) */
export function base64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** @param {Uint8Array} bytes @returns {string} base64url without padding (RFC 4648 section 5) */
export function b64(bytes) {
  return base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

/**
 * The bytes of padded base64 text.
 * @param {string} text
 * @param {number} [length] how many bytes there must be
 * @returns {Uint8Array}
 * @throws {ProtocolError} bad_base64: not exactly what `base64` writes for these bytes
 */
export function unbase64(text, length) {
  return decodeWith(base64, text, text, length);
}

/**
 * The bytes of base64url text without padding.
 * @param {string} text
 * @param {number} [length] how many bytes there must be
 * @returns {Uint8Array}
 * @throws {ProtocolError} bad_base64: not exactly what `b64` writes for these bytes
 */
export function unb64(text, length) {
  return decodeWith(b64, text, String(text).replace(/-/g, "+").replace(/_/g, "/"), length);
}

// atob forgives spaces, missing padding and stray bits; writing the bytes again does not.
function decodeWith(encode, text, standard, length) {
  let binary;
  try {
    binary = atob(standard);
  } catch {
    throw new ProtocolError("bad_base64", "not base64");
  }
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  if (encode(bytes) !== text || (length !== undefined && bytes.length !== length)) {
    throw new ProtocolError("bad_base64", "not base64 of the expected form and length");
  }
  return bytes;
}

/** @param {Uint8Array} bytes @returns {string} base32 in capitals, no padding (RFC 4648 section 6) */
export function base32(bytes) {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(buffer >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + BASE32[(buffer << (5 - bits)) & 31] : text;
}

/**
 * Canonical JSON (RFC 8785), narrowed as protocol section 0 says.
 * @param {unknown} value null, booleans, strings, safe integers, arrays, plain objects
 * @returns {string}
 * @throws {ProtocolError} bad_json: a float or unsafe integer, a lone surrogate, a name that is not
 *   ASCII, more than 32 levels, or no JSON value at all
 */
export function jcs(value) {
  return write(value, 0);
}

function write(value, depth) {
  if (depth > MAX_DEPTH) throw new ProtocolError("bad_json", "nested too deeply");
  if (value === null || typeof value === "boolean") return String(value);
  if (Number.isSafeInteger(value)) return JSON.stringify(value);
  if (typeof value === "string") return writeText(value);
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(",")}]`;
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    // sort() without an argument compares UTF-16 units, which is what RFC 8785 section 3.2.3 asks.
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${writeName(name)}:${write(value[name], depth + 1)}`).join(",")}}`;
  }
  throw new ProtocolError("bad_json", "not a JSON value of the protocol");
}

function writeText(text) {
  // With the u flag a pair is one character, so this finds lone surrogates only.
  if (/[\ud800-\udfff]/u.test(text)) throw new ProtocolError("bad_json", "a lone surrogate");
  return JSON.stringify(text);
}

function writeName(name) {
  if (/[^\0-\x7f]/.test(name)) throw new ProtocolError("bad_json", "a name that is not ASCII");
  return JSON.stringify(name);
}

/**
 * The value of canonical JSON; the comparison also finds names given twice.
 * @param {string} text
 * @returns {any}
 * @throws {ProtocolError} bad_json: not JSON, or another spelling of it
 */
export function parseJcs(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError("bad_json", "not JSON");
  }
  if (jcs(value) !== text) throw new ProtocolError("bad_json", "not canonical JSON");
  return value;
}

/**
 * Refuses a value that is not an object with exactly these names.
 * @param {any} value
 * @param {string} names in alphabetical order, divided by spaces
 * @throws {ProtocolError} bad_fields
 */
export function requireFields(value, names) {
  const plain = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!plain || Object.keys(value).sort().join(" ") !== names) {
    throw new ProtocolError("bad_fields", `expected exactly the fields ${names}`);
  }
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} SHA-256, the protocol's H, 32 bytes */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * HKDF-SHA256 (RFC 5869).
 * @param {Uint8Array} ikm
 * @param {Uint8Array} salt
 * @param {Uint8Array} info
 * @param {number} length in bytes, at most 8160
 * @returns {Promise<Uint8Array>}
 */
export async function hkdf(ikm, salt, info, length) {
  const key = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 8 * length));
}
