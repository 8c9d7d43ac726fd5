/** The tablets' HTTP API: anonymous, nothing cached, the same bytes again until answered. */
import { castBody, fromUtf8, hex, jcs, sha256 } from "../protocol.js";
import { t } from "./language.js";

const TIMEOUT = 15000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/** A refusal by the server (problem+json), or no usable answer: then `code` is `unreachable`. */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string | import("./language.js").Text} detail a Chinese sentence, or "" */
  constructor(status, code, detail) {
    super(code);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.detail = detail;
  }

  /** Whether the same request may well be answered later. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** @returns {number} uniform in [0, 1), from the system's generator */
export function randomUnit() {
  return crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;
}

/** @param {number} milliseconds @returns {Promise<void>} */
export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * @param {{fetch?: typeof fetch, wait?: typeof sleep, onLink?: (up: boolean) => void,
 *   onDate?: (date: string, sent: number, received: number, direct: boolean) => void}} [options]
 */
export function createApi({ fetch = globalThis.fetch.bind(globalThis), wait = sleep, onLink, onDate } = {}) {
  const away = new Set(); // whom we do not reach: the server, a relay
  const link = (up, path = "/") => {
    const whom = whomOf(path);
    if (up) away.delete(whom);
    else away.add(whom);
    if (onLink) onLink(away.size === 0);
  };
  const leave = (whom) => {
    if (away.delete(whom) && onLink) onLink(away.size === 0);
  };

  // One attempt, its body read whole; throws only ApiError.
  async function once(path, { signal, ...init }, read) {
    const abort = new AbortController();
    const end = () => abort.abort();
    const timer = setTimeout(end, TIMEOUT);
    if (signal) signal.addEventListener("abort", end);
    const sent = Date.now();
    try {
      const response = await fetch(path, { ...COMMON, ...init, signal: abort.signal });
      if (onDate && response.headers.get("Date")) onDate(response.headers.get("Date"), sent, Date.now(), isOfServer(path));
      return { response, body: response.ok ? await read(response) : await refused(path, response) };
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0, "unreachable", "");
    } finally {
      clearTimeout(timer);
      if (signal) signal.removeEventListener("abort", end);
    }
  }

  async function untilAnswered(path, init, read) {
    for (let longest = FIRST_WAIT; ; longest = Math.min(2 * longest, LONGEST_WAIT)) {
      if (isOver(init)) {
        leave(whomOf(path)); // nobody waits for it any more
        throw new ApiError(0, "unreachable", "");
      }
      try {
        const { body } = await once(path, init, read);
        link(true, path);
        return body;
      } catch (error) {
        if (isOver(init)) continue;
        link(!error.passing, path);
        if (!error.passing) throw error;
      }
      await wait(longest * (0.5 + randomUnit() / 2));
    }
  }

  // By a relay in one attempt: whoever asks does so again, and may learn meanwhile that it is over.
  async function get(path, read, by = "") {
    if (!by) return untilAnswered(path, {}, read);
    return (await once(by + path, {}, read)).body;
  }

  let etag = "";
  return {
    /**
     * @param {string} [by] a relay's origin, which gives all tablets the same
     * @returns {Promise<object | null>} null where nothing changed; one attempt
     */
    async status(by = "") {
      const path = `${by}/api/status`;
      if (by) etag = ""; // what is known is not what the server itself said last
      try {
        const headers = etag ? { "If-None-Match": etag } : {};
        const { response, body } = await once(path, { headers }, asBytes);
        link(true, path);
        if (by) return parsed(body);
        if (response.status === 304) return null;
        const own = `"${hex(await sha256(body)).slice(0, 32)}"`;
        // Never the server's own word: a tag made for one tablet would mark its every request.
        etag = response.headers.get("ETag") === own ? own : "";
        return parsed(body);
      } catch (error) {
        link(false, path);
        throw error;
      }
    },
    /** The relay of a poll that is over is waited for no more. */
    leaveRelay: () => leave("relay"),
    /** @param {string} path @param {string} [by] a relay's origin @returns {Promise<object>} */
    json: (path, by) => get(path, asJson, by),
    /** @param {string} path @param {string} [by] a relay's origin @returns {Promise<Uint8Array>} */
    bytes: (path, by) => get(path, asBytes, by),
    /**
     * @param {string} path
     * @param {object} value
     * @param {AbortSignal} [signal] gives it up
     * @returns {Promise<object>}
     */
    post: (path, value, signal) => untilAnswered(path, { ...POST, body: jcs(value), signal }, asJson),
    /**
     * The same for what names the deputy. Browsers keep connections apart by what they may carry, so
     * that no connection which named a deputy ever brings a ballot; there is no cookie for either.
     * @param {string} path
     * @param {object} value
     * @param {AbortSignal} [signal] gives it up
     * @returns {Promise<object>}
     */
    postNamed: (path, value, signal) => untilAnswered(path, { ...NAMED, body: jcs(value), signal }, asJson),
    /** @param {object} ballot @param {AbortSignal} [signal] gives it up @returns {Promise<object>} */
    cast: (ballot, signal) => untilAnswered("/api/cast", { ...POST, body: castBody(ballot), signal }, asJson),
    /** @param {string} url of a relay @param {AbortSignal} [signal] @returns {Promise<object>} what proves itself */
    relayed: (url, signal) => untilAnswered(url, { signal }, asJson),
    /**
     * What only the server can read, by a relay; without a header that a browser would ask leave for.
     * @param {string} url
     * @param {Uint8Array} sealed
     * @param {(bytes: Uint8Array) => Promise<object>} open
     * @param {AbortSignal} [signal] gives it up
     * @returns {Promise<object>}
     */
    sealed: (url, sealed, open, signal) =>
      untilAnswered(url, { method: "POST", body: sealed, signal }, async (response) => open(await asBytes(response))),
  };
}

const COMMON = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", redirect: "error" };
const POST = { method: "POST", headers: { "Content-Type": "application/json" } };
const NAMED = { ...POST, credentials: "same-origin" };

// A page that some gateway puts in place of the answer is no JSON: the same as no answer.
function asJson(response) {
  return response.json();
}

async function asBytes(response) {
  return new Uint8Array(await response.arrayBuffer());
}

function parsed(bytes) {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    throw new ApiError(0, "unreachable", "");
  }
}

function isOver({ signal }) {
  return Boolean(signal && signal.aborted);
}

async function problem(response) {
  if (response.status === 304) return null;
  let said = {};
  try {
    said = await response.json();
  } catch {
    // A proxy's own error page: only its status says something.
  }
  throw new ApiError(response.status, said.code || `http_${response.status}`, said.detail || "");
}

function isOfServer(path) {
  return path.startsWith("/");
}

function whomOf(path) {
  return isOfServer(path) ? "server" : "relay";
}

function refused(path, response) {
  return isOfServer(path) ? problem(response) : unsealed(response);
}

// A relay refuses nothing in the server's name: it is told apart from one that is away only where
// the server cannot have opened what came, so that it is sealed anew.
function unsealed({ status }) {
  if (status === 409) throw new ApiError(409, "not_opened", t("转送的密文没有打开，正在重试。"));
  throw new ApiError(0, "unreachable", "");
}

/** The server's clock, from its `Date` headers, which state whole seconds. */
export function createClock(local = Date.now) {
  let offset = 0;
  return {
    /** @param {string} date @param {number} sent @param {number} received local milliseconds */
    learn(date, sent, received) {
      const server = Date.parse(date);
      if (!Number.isNaN(server)) offset = server + 500 - (sent + received) / 2;
    },
    /** @returns {number} unix seconds */
    now: () => (local() + offset) / 1000,
  };
}
