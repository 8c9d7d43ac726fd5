/**
 * What every tablet in the hall sees alike: the poll, its issuing keys, the frozen roll. Each is
 * fetched once and checked; nothing here is specific to a deputy.
 */
import {
  ProtocolError, b64, checkFrozen, checkIssuingKeys, equalBytes, fromUtf8, parseJcs, pollHash, unb64,
} from "../protocol.js";

/**
 * @typedef {object} Facts
 * @property {string} hash b64
 * @property {Uint8Array} poll the same, 32 bytes
 * @property {object} definition
 * @property {Uint8Array} logKey
 * @property {import("../protocol.js").Issuing | null} issuing of the last epoch that the log proves
 * @property {import("../protocol.js").Frozen | null} frozen
 * @property {Uint8Array | null} leaves the roll's leaf hashes
 */

/** @param {{json: Function, bytes: Function}} api */
export function createHall(api) {
  /** @type {Facts | null} */
  let facts = null;

  return {
    /** @returns {Facts | null} */
    facts: () => facts,
    /** @param {Facts | null} kept checked before they were kept; for a page without the network */
    recall(kept) {
      if (!facts) facts = kept;
    },
    /**
     * Fetches what the poll's phase calls for and is not here yet.
     * @param {object} status as the API gives it
     * @throws {ProtocolError | import("./api.js").ApiError}
     */
    async follow(status) {
      if (!status.poll) return;
      const { hash, phase, epoch } = status.poll;
      if (!facts || facts.hash !== hash) facts = await openPoll(api, status, hash);
      const under = facts;
      if (ISSUED.includes(phase) && (!under.issuing || under.issuing.epoch < epoch)) {
        under.issuing = await fetchIssuing(api, under, epoch);
      }
      if (ROLLED.includes(phase) && !under.frozen) Object.assign(under, await fetchRoll(api, under));
    },
  };
}

const ROLLED = ["frozen", "open"];
const ISSUED = ["issuing", "registering", ...ROLLED];

async function openPoll(api, status, hash) {
  const poll = unb64(hash, 32);
  const bytes = await api.bytes(`/api/polls/${hash}/definition`);
  if (!equalBytes(await pollHash(bytes), poll)) {
    throw new ProtocolError("bad_definition", "the definition has another hash");
  }
  const definition = parseJcs(fromUtf8(bytes));
  // Check-in may come before the definition, so the server's word is compared afterwards.
  if (definition.congress.id !== status.congress.id || definition.log_key !== status.log_key) {
    throw new ProtocolError("wrong_log", "the definition is of another congress or log");
  }
  const logKey = unb64(definition.log_key, 32);
  return { hash, poll, definition, logKey, issuing: null, frozen: null, leaves: null };
}

function fetchProof(api, { hash }, event) {
  return api.json(`/api/polls/${hash}/proof/${event}`);
}

async function fetchIssuing(api, facts, epoch) {
  const shown = await fetchProof(api, facts, "issuing_opened");
  const issuing = await checkIssuingKeys(facts.definition, facts.poll, ...parts(shown));
  if (issuing.epoch < epoch) throw new ProtocolError("old_epoch", "the log proves an earlier epoch only");
  return issuing;
}

async function fetchRoll(api, facts) {
  const shown = await fetchProof(api, facts, "roll_frozen");
  const frozen = await checkFrozen(facts.definition, facts.poll, ...parts(shown));
  return { frozen, leaves: await api.bytes(`/api/polls/${facts.hash}/roll`) };
}

function parts({ entry, index, proof, checkpoint }) {
  return [entry, index, proof, checkpoint];
}

/** @param {Facts} facts @returns {string} the roll's root for people to compare, b64 */
export function rootText(facts) {
  return facts.frozen ? b64(facts.frozen.root) : "";
}
