/**
 * What every tablet in the hall sees alike: the poll, its issuing keys, the frozen roll. Each is
 * fetched once and checked; nothing here is specific to a deputy.
 */
import {
  ProtocolError, b64, checkEvent, checkFrozen, checkIssuingKeys, checkLeaves, equalBytes, fromUtf8, parseJcs, pollHash,
  unb64,
} from "../protocol.js";
import { ApiError } from "./api.js";
import { isFinished, provenPhase } from "./flow.js";

/**
 * @typedef {object} Facts
 * @property {string} hash b64
 * @property {Uint8Array} poll the same, 32 bytes
 * @property {object} definition
 * @property {Uint8Array} logKey
 * @property {import("../protocol.js").Issuing | null} issuing of the last epoch that the log proves
 * @property {number} opened that epoch's place in the log
 * @property {Object<string, object>} proven log entries by event
 * @property {import("../protocol.js").Frozen | null} frozen
 * @property {Uint8Array | null} leaves the roll's leaf hashes
 * @property {boolean} waits for witnesses who have yet to see where the poll stands
 */

/**
 * @param {{json: Function, bytes: Function}} api
 * @param {string} [relay] the origin that this page may ask beside the server's
 */
export function createHall(api, relay = "") {
  /** @type {Facts | null} */
  let facts = null;
  /** @type {Map<string, Facts>} earlier polls whose end the log proves */
  const past = new Map();
  const asked = new Set();

  return {
    /** @returns {Facts | null} */
    facts: () => facts,
    /** @returns {string} by whom the status is to be asked for: a relay's origin, or "" */
    by: () => wayOf(facts),
    /** @param {string} hash @returns {Facts | null} of the poll on, or of one whose end is proven */
    of: (hash) => (facts && facts.hash === hash ? facts : past.get(hash) || null),
    /** @param {Facts | null} kept checked before they were kept; for a page without the network */
    recall(kept) {
      if (!facts && kept && kept.proven && isServed(kept.definition, relay)) facts = kept;
    },
    /**
     * Fetches what the poll's phase calls for and is not here yet.
     * @param {object} status as the API gives it: its phase is a claim, which says what to ask proof of
     * @param {(hash: string) => boolean} needsRoll whether a kept ballot waits to be found on the roll
     * @throws {ProtocolError | import("./api.js").ApiError}
     */
    async follow(status, needsRoll) {
      // A status of another log than the one that was checked is not to be acted on at all.
      if (facts) checkLog(facts.definition, status);
      if (!status.poll) return;
      const { hash, phase, epoch } = status.poll;
      const under = facts && facts.hash === hash ? facts : await openPoll(api, status, hash);
      if (!ENDS[phase] && !isServed(under.definition, relay)) throw new ProtocolError("stale_page", "the relay is another one");
      facts = under;
      if (ISSUED.includes(phase) && (!under.issuing || under.issuing.epoch < epoch)) {
        Object.assign(under, await fetchIssuing(api, under, epoch));
      }
      if (ISSUED.indexOf(phase) > 0) await prove(api, under, "issuing_closed", under.opened);
      const rolled = ROLLED.includes(phase) || (OVER.includes(phase) && needsRoll(hash));
      if (rolled && !under.leaves) Object.assign(under, await fetchRoll(api, under));
      if (phase === "open") await prove(api, under, "voting_opened");
      if (ENDS[phase]) await proveEnd(api, under, ENDS[phase]);
    },
    /**
     * Past a relay that is away only the poll's own end is believed: nothing is sent upon it.
     * @param {object} status as the server itself says it
     */
    async seeEnd({ poll }) {
      if (!poll || (poll.hash === facts.hash && !ENDS[poll.phase])) return;
      await proveEnd(api, facts, "voting_closed");
      await proveEnd(api, facts, "poll_voided");
    },
    /**
     * Asks, once a phase of the poll that is on, whether the log proves that another poll, of which ballots are kept, has ended.
     * @param {object} status
     * @param {string} hash
     * @param {(hash: string) => boolean} needsRoll
     */
    async settle(status, hash, needsRoll) {
      const sign = JSON.stringify([hash, status.poll && [status.poll.hash, status.poll.phase]]);
      if (past.has(hash) || asked.has(sign)) return;
      asked.add(sign);
      const under = await openPoll(api, status, hash);
      await proveEnd(api, under, "voting_closed");
      if (under.proven.voting_closed && needsRoll(hash)) Object.assign(under, await fetchRoll(api, under));
      await proveEnd(api, under, "poll_voided");
      if (isFinished(provenPhase(under))) past.set(hash, under);
    },
  };
}

const ROLLED = ["frozen", "open"];
const ISSUED = ["issuing", "registering", ...ROLLED];
const OVER = ["closed", "published"]; // the server still gives the roll, a void poll's no more
const ENDS = { closed: "voting_closed", published: "result_published", void: "poll_voided" };

async function openPoll(api, status, hash) {
  const poll = unb64(hash, 32);
  const bytes = await api.bytes(`/api/polls/${hash}/definition`);
  if (!equalBytes(await pollHash(bytes), poll)) {
    throw new ProtocolError("bad_definition", "the definition has another hash");
  }
  const definition = parseJcs(fromUtf8(bytes));
  checkLog(definition, status);
  const logKey = unb64(definition.log_key, 32);
  return { hash, poll, definition, logKey, issuing: null, opened: 0, proven: {}, frozen: null, leaves: null, waits: false };
}

/**
 * Check-in may come before the definition, so the server's word is compared afterwards, each time.
 * @param {object} definition
 * @param {object} status
 * @throws {ProtocolError} wrong_log
 */
export function checkLog(definition, status) {
  if (definition.congress.id !== status.congress.id || definition.log_key !== status.log_key) {
    throw new ProtocolError("wrong_log", "the definition is of another congress or log");
  }
}

// Whoever could announce a phase to one tablet alone would single it out: only the log's word counts.
async function prove(api, facts, event, after = 0, by = wayOf(facts)) {
  const known = facts.proven[event];
  if (known && known.seq > after) return;
  const shown = await fetchProof(api, facts, event, by).catch(unproven);
  if (!shown) return;
  const entry = await checkEvent(facts.definition, facts.poll, event, ...parts(shown)).catch(unwitnessed(facts));
  if (!entry) return;
  if (entry.seq <= after) throw new ProtocolError("old_epoch", `${event} of an earlier epoch`);
  facts.proven[event] = entry;
}

function proveEnd(api, facts, event) {
  return prove(api, facts, event, 0, "");
}

// Until the poll is over its relay gives all tablets the same: what one is told, and when, all are.
function wayOf(facts) {
  const named = facts && facts.definition.relay;
  return named && !isFinished(provenPhase(facts)) ? named.origin : "";
}

// A page that was loaded before the relay was named may not ask it.
function isServed(definition, relay) {
  return !definition.relay || definition.relay.origin === relay;
}

// What the server cannot prove, or not yet, has not happened: the tablet stays where it was.
function unproven(error) {
  if (!(error instanceof ApiError)) throw error;
  return null;
}

// What the witnesses have not seen has not happened either; the page says whom it waits for.
function unwitnessed(facts) {
  facts.waits = false;
  return (error) => {
    if (error.code !== "not_witnessed") throw error;
    facts.waits = true;
    return null;
  };
}

function fetchProof(api, facts, event, by = wayOf(facts)) {
  return api.json(`/api/polls/${facts.hash}/proof/${event}`, by);
}

async function fetchIssuing(api, facts, epoch) {
  const asked = fetchProof(api, facts, "issuing_opened");
  const shown = await (wayOf(facts) ? asked.catch(unproven) : asked); // a relay is asked again in any case
  if (!shown) return {};
  const issuing = await checkIssuingKeys(facts.definition, facts.poll, ...parts(shown)).catch(unwitnessed(facts));
  if (!issuing) return {};
  if (issuing.epoch < epoch) throw new ProtocolError("old_epoch", "the log proves an earlier epoch only");
  return { issuing, opened: shown.index };
}

async function fetchRoll(api, facts) {
  const shown = await fetchProof(api, facts, "roll_frozen").catch(unproven);
  if (!shown) return {};
  const frozen = await checkFrozen(facts.definition, facts.poll, ...parts(shown)).catch(unwitnessed(facts));
  if (!frozen) return {};
  const by = wayOf(facts);
  const asked = api.bytes(`/api/polls/${facts.hash}/roll`, by);
  const leaves = await (by ? asked.catch(unproven) : asked);
  if (!leaves) return {};
  await checkLeaves(leaves, frozen); // a bad one is not kept: the next turn asks again
  return { frozen, leaves };
}

function parts({ entry, index, proof, checkpoint }) {
  return [entry, index, proof, checkpoint];
}

/** @param {Facts} facts @returns {string} the roll's root for people to compare, b64 */
export function rootText(facts) {
  return facts.frozen ? b64(facts.frozen.root) : "";
}
