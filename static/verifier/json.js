// Canonical JSON (RFC 8785), as far as a record uses it: read, write again, compare.
import { text } from "./bytes.js";
import { fail, need } from "./fault.js";

const DEEPEST = 64;
const ASCII = /^[\x00-\x7f]*$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The value of these bytes; any text but the canonical one is refused. */
export function readJson(bytes) {
  const source = text(bytes);
  measureDepth(source);
  let value;
  try {
    value = JSON.parse(source);
  } catch {
    fail("json");
  }
  // What JSON.parse forgives (a name twice, 1.0, -0, white space, other escapes) is not written so.
  need(writeJson(value) === source, "json.form");
  return value;
}

/** Before anything recurses: brackets that are open at once, outside of strings. */
function measureDepth(source) {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < source.length; i++) {
    const sign = source[i];
    if (quoted) {
      if (sign === "\\") i++;
      else if (sign === '"') quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === "[" || sign === "{") need(++depth <= DEEPEST, "json.deep");
    else if (sign === "]" || sign === "}") depth--;
  }
}

/** The canonical text of a value. */
export function writeJson(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return writeString(value);
  if (typeof value === "number") {
    need(Number.isSafeInteger(value), "json.number");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  const names = Object.keys(value).sort();
  const fields = names.map((name) => {
    need(ASCII.test(name), "json.name");
    return `${writeString(name)}:${writeJson(value[name])}`;
  });
  return `{${fields.join(",")}}`;
}

function writeString(value) {
  need(!LONE_SURROGATE.test(value), "json.surrogate");
  return JSON.stringify(value);
}
