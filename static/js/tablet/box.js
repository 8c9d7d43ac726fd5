/** Where a ballot goes: to the server or, where its poll names a relay, sealed by that one alone. */
import { checkRelayKey, openAnswer, sealRequest } from "../protocol.js";
import { ApiError } from "./api.js";
import { t } from "./language.js";

/** @typedef {import("./hall.js").Facts} Facts */

// The key of a server that has just started may still be on its way to the witnesses.
function unwitnessed(error) {
  if (error.code !== "not_witnessed") throw error;
  throw new ApiError(409, error.code, t("见证人还没有全部见证新的转送密钥，正在等候。"));
}

/** @param {object} api */
export function createBox(api) {
  /** @type {Map<string, {seq: number, key: Uint8Array}>} the relay key by poll */
  const keys = new Map();

  // By the relay too, which gives all tablets the same: a key of its own would mark a tablet.
  async function fetchKey({ hash, definition }, signal) {
    const path = `/api/polls/${hash}/proof/relay_key`;
    const { entry, index, proof, checkpoint } = await api.relayed(definition.relay.origin + path, signal);
    const found = await checkRelayKey(definition, entry, index, proof, checkpoint).catch(unwitnessed);
    const known = keys.get(hash);
    if (!known || known.seq < found.seq) keys.set(hash, found);
    return keys.get(hash);
  }

  async function sendWith({ key }, path, body, { definition, logKey }, signal) {
    const { sealed, answerKey } = await sealRequest(key, logKey, path, body);
    const open = async (bytes) => {
      const { status, body: said } = await openAnswer(answerKey, bytes);
      if (status !== 200) throw new ApiError(status, said.code, said.detail);
      return said;
    };
    return api.sealed(`${definition.relay.origin}/api/sealed`, sealed, open, signal);
  }

  // A server that started again has another key: the same ballot, sealed anew, counts once.
  async function send(path, body, facts, signal) {
    const key = keys.get(facts.hash) || (await fetchKey(facts, signal));
    try {
      return await sendWith(key, path, body, facts, signal);
    } catch (error) {
      if (error.code !== "not_opened") throw error;
      const newer = await fetchKey(facts, signal);
      if (newer === key) throw error;
      return sendWith(newer, path, body, facts, signal);
    }
  }

  return {
    /** @param {object} line @param {Facts} facts @param {AbortSignal} [signal] @returns {Promise<object>} */
    register: (line, facts, signal) =>
      facts.definition.relay ? send("register", line, facts, signal) : api.post("/api/register", line, signal),
    /** @param {object} ballot @param {Facts} facts @param {AbortSignal} [signal] @returns {Promise<object>} */
    cast: (ballot, facts, signal) =>
      facts.definition.relay ? send("cast", ballot, facts, signal) : api.cast(ballot, signal),
  };
}
