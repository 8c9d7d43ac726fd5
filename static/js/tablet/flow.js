/**
 * The page's decisions, as pure functions: which screen is due, what each kept ballot needs done.
 *
 * What is kept of a ballot (a slot) names nobody and stands by itself, so its work goes on without
 * the card, after a reload and behind another deputy's screen.
 */

import { t } from "./language.js";

/**
 * @typedef {object} Slot
 * @property {string} name found by its card only
 * @property {string} poll b64
 * @property {number} epoch
 * @property {CryptoKey} [privateKey] not extractable
 * @property {object} [request] what asks for the ballot, until it is answered
 * @property {object} [line] the roll line, once sealed
 * @property {string} [promise] of the registered line, b64
 * @property {Uint8Array} [rollRoot] of the frozen roll on which the line was found
 * @property {boolean} [missed] neither promised nor on the frozen roll
 * @property {object} [evidence] promised, and not on the frozen roll
 * @property {(number | null)[]} [marks] in progress
 * @property {object} [ballot] signed, sent until answered
 * @property {{promise: string, tracker: string, code: string}} [receipt]
 *
 * @typedef {object} World what the tablet knows of the slot's poll
 * @property {string | null} hash of the checked definition, b64
 * @property {string | null} phase as far as the log proves it
 * @property {number} epoch the last that the log proves, 0 before
 * @property {boolean} frozen the roll's root is proven and its leaf hashes are here
 */

const FINISHED = ["closed", "published", "void"];

/** @param {string | null} phase @returns {boolean} */
export function isFinished(phase) {
  return FINISHED.includes(phase);
}

/**
 * How far the log proves a poll to be: what the server merely says of its phase counts for nothing.
 * @param {import("./hall.js").Facts | null} facts
 * @returns {string | null}
 */
export function provenPhase(facts) {
  if (!facts) return null;
  const { proven, issuing, opened, leaves } = facts;
  if (proven.poll_voided) return "void";
  if (proven.result_published) return "published";
  if (proven.voting_closed) return "closed";
  if (!issuing) return "defined";
  if (leaves) return proven.voting_opened ? "open" : "frozen";
  return proven.issuing_closed && proven.issuing_closed.seq > opened ? "registering" : "issuing";
}

/**
 * The common window: it runs from the proven end of issuing. Its length is the server's word; where
 * there is a relay, that comes by it, and so no tablet is given its own.
 * @param {object | null} status
 * @param {import("./hall.js").Facts | null} facts
 * @returns {{opened: number, seconds: number} | null} unix seconds
 */
export function commonWindow(status, facts) {
  const closed = facts && facts.proven.issuing_closed;
  const window = status && status.poll && status.poll.window;
  return closed && window ? { opened: Date.parse(closed.at) / 1000, seconds: window.seconds } : null;
}

/**
 * What is to be done for a kept ballot now.
 * @param {Slot} slot
 * @param {World} world
 * @returns {"issue" | "register" | "roll" | "miss" | "cast" | "erase" | null}
 */
export function duty(slot, { hash, phase, epoch, frozen }) {
  if (slot.kept || slot.poll !== hash) return null;
  if (slot.epoch < epoch) return "erase";
  if (isFinished(phase)) return lastDuty(slot, phase, frozen);
  if (slot.receipt || slot.evidence || slot.missed) return null;
  if (!slot.line) return unsealedDuty(phase);
  if (phase === "registering") return slot.promise ? null : "register";
  if (!["frozen", "open"].includes(phase)) return null;
  if (!slot.rollRoot) return frozen ? "roll" : null;
  return phase === "open" && slot.ballot ? "cast" : null;
}

// A request that the freeze overtook names the deputy and can seal nothing any more.
function unsealedDuty(phase) {
  if (["issuing", "registering"].includes(phase)) return "issue";
  return ["frozen", "open"].includes(phase) ? "miss" : null;
}

function lastDuty(slot, phase, frozen) {
  if (slot.ballot && phase !== "void") return "cast";
  if (!needsRoll(slot)) return "erase";
  if (frozen) return "roll";
  return phase === "void" ? "erase" : null;
}

/**
 * Whether a ballot's promise has not been checked yet: until then it may be proof of fraud.
 * @param {Slot} slot
 * @returns {boolean}
 */
export function needsRoll(slot) {
  return Boolean(slot.promise && slot.line && !slot.rollRoot && !slot.evidence && !slot.kept);
}

/**
 * When to register: a random moment of what is left of the common window; after it, within 3 s.
 * One that seems to open later opens now: the server's clock has been set back.
 * @param {{opened: number, seconds: number} | null} window unix seconds
 * @param {number} now unix seconds by the server's clock
 * @param {number} random in [0, 1)
 * @returns {number} seconds to wait
 */
export function registerDelay(window, now, random) {
  const left = window ? Math.min(window.opened, now) + window.seconds - now : 0;
  return random * (left > 0 ? left : 3);
}

/**
 * Whether a card can be taken in: not where a poll is over and its meeting goes on.
 * @param {{meeting: object | null} | null} status
 * @param {import("./hall.js").Facts | null} facts
 * @returns {boolean}
 */
export function takesCards(status, facts) {
  if (!status || !isFinished(provenPhase(facts))) return true;
  return Boolean(status.meeting && facts.definition.meeting.id !== status.meeting.id);
}

/**
 * @typedef {object} State
 * @property {object | null} failure what the tablet could not verify or store
 * @property {object | null} receipt on show
 * @property {Slot | null} evidence not yet put aside
 * @property {"none" | "reading" | "found" | "checking" | "in" | "slot"} stage of the card
 * @property {object | null} trouble of the card
 * @property {string | null} phase
 * @property {boolean} takesCards
 * @property {Slot | null} slot of the card
 * @property {object | null} slotTrouble
 * @property {boolean} review
 * @property {boolean} casting the ballot is being signed
 */

/**
 * The screen that is due.
 * @param {State} state
 * @returns {string} a value of `data-screen`
 */
export function next(state) {
  if (state.failure) return "problem";
  if (state.receipt) return "receipt";
  if (state.evidence) return "evidence";
  if (state.trouble) return "problem";
  if (state.stage === "slot" && state.slot) return slotScreen(state);
  if (!state.takesCards) return "closed";
  if (state.stage === "found" || state.stage === "checking") return "confirm";
  if (state.stage === "in" || state.stage === "slot") return state.phase === "issuing" ? "issuing" : "waiting";
  return "card";
}

// Troubles that the work goes on in spite of: the screen stays, with a line that says so.
const PASSING = ["wrong_epoch", "not_issuing", "not_registering", "not_open", "not_opened", "not_witnessed", "over_marked"];

function slotScreen({ slot, slotTrouble, phase, review, casting }) {
  if (slot.ballot || casting) return blocks(slotTrouble) ? "problem" : "casting";
  if (isFinished(phase)) return "closed";
  if (slot.missed || blocks(slotTrouble)) return "problem";
  if (!slot.line) return ["issuing", "registering"].includes(phase) ? "issuing" : "problem";
  if (phase === "open" && slot.rollRoot) return review ? "review" : "ballot";
  return slot.promise || slot.rollRoot ? "registered" : "held";
}

// A seal that is refused shows on the screen of the kept ballot, red, as every missing promise does.
function blocks(trouble) {
  return Boolean(trouble) && trouble.kind !== "register" && !PASSING.includes(trouble.code);
}

/**
 * A ballot on its way, as its deputy sees it: done, still to come, or missing.
 * @param {Slot} slot
 * @param {string | null} phase
 * @param {boolean} late the common window is over
 * @returns {{state: "done" | "todo" | "missing", text: import("./language.js").Text}[]}
 */
export function stateLines(slot, phase, late) {
  const sealed = Boolean(slot.line);
  return [
    { state: "done", text: t("身份已核对") },
    { state: sealed ? "done" : "todo", text: sealed ? t("表决票已签发") : t("正在签发表决票") },
    registeredLine(slot, phase, late),
  ];
}

function registeredLine(slot, phase, late) {
  if (slot.promise || slot.rollRoot) return { state: "done", text: t("表决票已登记") };
  if (phase === "issuing") return { state: "todo", text: t("等待统一登记") };
  if (phase === "registering" && !late) return { state: "missing", text: t("尚未登记，正在统一登记，请稍候") };
  return { state: "missing", text: t("尚未登记，正在重试，请举手告知工作人员") };
}

/**
 * How many ballots this tablet keeps.
 * @param {Slot[]} slots
 * @returns {{held: number, registered: number, missing: number, evidence: number}}
 */
export function tally(slots) {
  const live = slots.filter((slot) => !slot.kept);
  const registered = live.filter((slot) => slot.promise || slot.rollRoot || slot.receipt).length;
  return {
    held: live.length,
    registered,
    missing: live.length - registered,
    evidence: slots.filter((slot) => slot.evidence).length,
  };
}
