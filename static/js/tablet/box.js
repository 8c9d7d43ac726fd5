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
  async function fetchKey({ hash, definition }) {
    const path = `/api/polls/${hash}/proof/relay_key`;
    const { entry, index, proof, checkpoint } = await api.relayed(definition.relay.origin + path);
    const found = await checkRelayKey(definition, entry, index, proof, checkpoint).catch(unwitnessed);
    const known = keys.get(hash);
    if (!known || known.seq < found.seq) keys.set(hash, found);
    return keys.get(hash);
  }

  async function sendWith({ key }, path, body, { definition, logKey }) {
    const { sealed, answerKey } = await sealRequest(key, logKey, path, body);
    return api.sealed(`${definition.relay.origin}/api/sealed`, sealed, async (bytes) => {
      const { status, body: said } = await openAnswer(answerKey, bytes);
      if (status !== 200) throw new ApiError(status, said.code, said.detail);
      return said;
    });
  }

  // A server that started again has another key: the same ballot, sealed anew, counts once.
  async function send(path, body, facts) {
    const key = keys.get(facts.hash) || (await fetchKey(facts));
    try {
      return await sendWith(key, path, body, facts);
    } catch (error) {
      if (error.code !== "not_opened") throw error;
      const newer = await fetchKey(facts);
      if (newer === key) throw error;
      return sendWith(newer, path, body, facts);
    }
  }

  return {
    /** @param {object} line @param {Facts} facts @returns {Promise<object>} */
    register: (line, facts) =>
      facts.definition.relay ? send("register", line, facts) : api.post("/api/register", line),
    /** @param {object} ballot @param {Facts} facts @returns {Promise<object>} */
    cast: (ballot, facts) => (facts.definition.relay ? send("cast", ballot, facts) : api.cast(ballot)),
  };
}
