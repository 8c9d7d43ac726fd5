/** Everything that a screen may show, gathered into one object: a pure function of what is known. */
import { verificationCode } from "../protocol.js";
import { commonWindow, isFinished, next, provenPhase, takesCards } from "./flow.js";

const GRACE = 5;
const NO_RETRY = ["already_issued", "not_counted", "not_here"];

/**
 * Whether a card can be judged: the poll's slots cannot be named before the log proved its epoch.
 * @param {object | null} status
 * @param {import("./hall.js").Facts | null} facts of the status's poll
 * @returns {boolean}
 */
export function isReady(status, facts) {
  if (!status || !takesCards(status, facts)) return false;
  if (!status.poll) return true;
  if (!facts) return false;
  const { phase, epoch } = status.poll;
  return phase === "defined" || isFinished(provenPhase(facts)) || Boolean(facts.issuing && facts.issuing.epoch >= epoch);
}

/**
 * @param {object} known
 * @param {object} known.page what the page itself remembers
 * @param {{status: object | null, facts: object | null, ready: boolean}} known.seen
 * @param {object} known.card the session's view
 * @param {ReturnType<import("./jobs.js").createJobs> | null} known.jobs
 * @param {number} known.now unix seconds by the server's clock
 * @returns {object}
 */
export function modelOf({ page, seen, card, jobs, now }) {
  const { status, facts } = seen;
  const slots = jobs ? jobs.slots() : [];
  const whole = {
    ...page,
    ...seen,
    ...card,
    slots,
    phase: provenPhase(facts),
    definition: facts && facts.definition,
    code: facts ? verificationCode(facts.poll) : "",
    takesCards: takesCards(status, facts),
    waits: Boolean(facts && facts.waits),
    slot: jobs && jobs.slot(card.name),
    slotTrouble: jobs && jobs.trouble(card.name),
    evidence: slots.find((slot) => slot.evidence && !page.acknowledged.includes(slot.name)) || null,
    late: isLate(commonWindow(status, facts), now),
  };
  return withScreen(whole);
}

function isLate(window, now) {
  return Boolean(window) && now > window.opened + window.seconds + GRACE;
}

function withScreen(whole) {
  const screen = next(whole);
  const trouble = screen === "problem" ? troubleShown(whole) : null;
  const canRetry = !whole.failure && Boolean(whole.trouble) && !NO_RETRY.includes(whole.trouble.code);
  return { ...whole, screen, trouble, canRetry, canLeave: !whole.failure, key: screenKey(screen, whole, trouble) };
}

function troubleShown({ failure, trouble, slot, slotTrouble }) {
  if (failure || trouble) return failure || trouble;
  if (slot && slot.missed && slot.line) return { code: "missed" };
  return slotTrouble || { code: "not_issued" };
}

// What makes another screen of the same kind, to be built anew.
function screenKey(screen, { name, phase, evidence, slots, uncast }, trouble) {
  if (screen === "problem") return [trouble.code];
  if (screen === "evidence") return [evidence.name];
  if (screen === "closed") return [phase, uncast, slots.filter((slot) => slot.evidence).length];
  if (screen === "ballot" || screen === "review") return [name];
  return [];
}
