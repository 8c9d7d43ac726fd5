// What a JSON value must look like: small checks `(value, path)` that are put together.
import { unb64 } from "./bytes.js";
import { isSoundKey } from "./ed25519.js";
import { fail, Fault, need } from "./fault.js";
import { isPoint } from "./p256.js";
import { isKey } from "./rsa.js";

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

const ORIGIN = /^https:\/\/([a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(:(?!443$)[1-9][0-9]{0,4})?$/;

/** A check by a predicate; a value it does not hold for is a fault of that field. */
export const where = (holds) => (value, path) => need(holds(value), "field", { field: path });

export const text = where((value) => typeof value === "string");
export const id = where((value) => typeof value === "string" && ID.test(value));
export const origin = where((value) => typeof value === "string" && ORIGIN.test(value));
export const integer = (from, to = Number.MAX_SAFE_INTEGER) =>
  where((value) => Number.isSafeInteger(value) && value >= from && value <= to);
export const count = integer(0);
export const bool = where((value) => typeof value === "boolean");
export const oneOf = (...values) => where((value) => values.includes(value));

export const optional = (check) => (value, path) => {
  if (value !== null) check(value, path);
};

/** base64url of so many bytes, for which `holds`. */
export const b64 = (size, holds = () => true) =>
  where((value) => {
    try {
      return holds(unb64(value, size));
    } catch (fault) {
      if (fault instanceof Fault) return false;
      throw fault;
    }
  });

export const p256Key = b64(65, isPoint);
export const ed25519Key = b64(32, isSoundKey);
export const rsaKey = b64(422, isKey);

export const list = (check, from = 0, to = Infinity) => (value, path) => {
  const fits = Array.isArray(value) && value.length >= from && value.length <= to;
  need(fits, "field", { field: path });
  value.forEach((one, i) => check(one, `${path}[${i}]`));
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with these fields and, unless `open`, no others. */
export const object = (fields, open = false) => (value, path = "") => {
  need(isObject(value), "field", { field: path || "value" });
  const inside = (name) => (path ? `${path}.${name}` : name);
  for (const [name, check] of Object.entries(fields)) {
    need(Object.hasOwn(value, name), "field.missing", { field: inside(name) });
    check(value[name], inside(name));
  }
  if (open) return;
  for (const name of Object.keys(value)) {
    need(Object.hasOwn(fields, name), "field.unknown", { field: inside(name) });
  }
};

/** Fails where two of these values are the same. */
export function allDiffer(values, field) {
  if (new Set(values).size !== values.length) fail("field.twice", { field });
}
