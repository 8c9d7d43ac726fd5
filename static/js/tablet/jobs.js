/**
 * The work for each ballot that this tablet keeps: issue, register, find it on the roll, cast,
 * erase. It takes its orders from what is stored, so a reload continues it, and it needs no card.
 */
import {
  ProtocolError, b64, checkReceipt, checkRegistered, checkRoll, finishIssue, requireFields, tracker, trackerCode, unb64,
} from "../protocol.js";
import { randomUnit, sleep } from "./api.js";
import { createBox } from "./box.js";
import { commonWindow, duty, isFinished, needsRoll, provenPhase, registerDelay } from "./flow.js";
import { troubleOf } from "./words.js";

const PAUSE_AFTER_REFUSAL = 5000;

/**
 * @param {object} parts
 * @param {object} parts.api
 * @param {object} parts.store
 * @param {{now: () => number}} parts.clock
 * @param {() => {status: object | null, factsOf: (hash: string) => import("./hall.js").Facts | null}} parts.look
 *   what is known now
 * @param {{changed: Function, refused: Function, erased: Function}} parts.on
 */
export function createJobs({ api, store, clock, look, on }) {
  const box = createBox(api);
  let slots = [];
  /** @type {Map<string, AbortController>} what gives up the work for a slot */
  const running = new Map();
  const resting = new Map();
  const troubles = new Map();

  async function reload() {
    slots = await store.all();
    on.changed();
  }

  async function update(name, edit) {
    await store.update(name, edit);
    await reload();
  }

  async function remove(name) {
    await store.remove(name);
    await reload();
  }

  const work = {
    async issue(slot, { facts, signal }) {
      const answer = await api.postNamed("/api/issue", slot.request, signal);
      requireFields(answer, "blind_sigs");
      const line = await finishIssue(facts.poll, slot.issuing, slot.secret, answer.blind_sigs);
      // The request names the card: from here on nothing in the slot does.
      await update(slot.name, ({ request, secret, issuing, ...kept }) => ({ ...kept, line }));
    },
    async register(slot, { status, facts, signal }) {
      await sleep(1000 * registerDelay(commonWindow(status, facts), clock.now(), randomUnit()));
      const { promise } = await box.register(slot.line, facts, signal);
      await checkRegistered(facts.poll, facts.logKey, slot.line, promise);
      await update(slot.name, (kept) => ({ ...kept, promise }));
    },
    async roll(slot, { facts }) {
      const found = await rollFinding(facts, slot);
      await update(slot.name, (kept) => ({ ...kept, ...found }));
    },
    async cast(slot, { facts, signal }) {
      const answer = await box.cast(slot.ballot, facts, signal);
      requireFields(answer, "promise tracker");
      const receipt = { ...answer, code: await checkReceipt(facts.poll, facts.logKey, slot.ballot, answer) };
      // Key and marks have done their work; only what the deputy may take home stays.
      await update(slot.name, ({ name, poll, epoch, promise }) => ({ name, poll, epoch, promise, receipt }));
    },
    // No seals came in time: only that is kept, so that the card is told so.
    async miss(slot) {
      await update(slot.name, ({ name, poll, epoch }) => ({ name, poll, epoch, missed: true }));
    },
    async erase(slot) {
      on.erased(slot);
      // A promise that no roll was held against may still turn out to be proof of fraud.
      const proof = slot.evidence ? { evidence: slot.evidence } : { line: slot.line, promise: slot.promise };
      if (!slot.evidence && !needsRoll(slot)) return remove(slot.name);
      return update(slot.name, ({ name, poll, epoch }) => ({ name, poll, epoch, ...proof, kept: true }));
    },
  };

  // What a refusal changes in the slot, beside being shown.
  async function refused(kind, slot, trouble, facts) {
    const { code } = trouble;
    if (kind === "issue" && code === "already_issued") {
      on.refused(slot.name, trouble);
      await remove(slot.name);
    } else if (kind === "cast" && code === "over_marked") {
      on.refused(slot.name, trouble);
      await update(slot.name, ({ ballot, ...kept }) => kept);
    } else if (kind === "cast" && code === "not_open" && isFinished(provenPhase(facts))) {
      on.refused(slot.name, { code: "not_counted", tracker: await ballotCode(facts.poll, slot.ballot) });
      on.erased(slot);
      await remove(slot.name);
    }
  }

  async function run(kind, slot, known) {
    const { signal } = given(slot.name);
    try {
      await work[kind](slot, { ...known, signal });
      troubles.delete(slot.name);
    } catch (error) {
      if (signal.aborted) return;
      const trouble = troubleOf(error);
      troubles.set(slot.name, { kind, ...trouble });
      rest(kind, slot.name);
      await refused(kind, slot, trouble, known.facts);
    } finally {
      running.delete(slot.name);
      tick();
    }
  }

  function given(name) {
    const abort = new AbortController();
    running.set(name, abort);
    return abort;
  }

  // What was refused waits before it is sent again; other work for the slot does not wait for it.
  async function rest(kind, name) {
    resting.set(name, kind);
    await sleep(PAUSE_AFTER_REFUSAL * (1 + randomUnit()));
    if (resting.get(name) === kind) resting.delete(name);
    tick();
  }

  function tick() {
    const { status, factsOf } = look();
    for (const slot of slots) {
      const facts = factsOf(slot.poll);
      const kind = duty(slot, worldOf(facts));
      if (!kind) troubles.delete(slot.name);
      else if (kind === "erase" && running.has(slot.name)) running.get(slot.name).abort(); // nobody waits for it
      else if (!running.has(slot.name) && resting.get(slot.name) !== kind) run(kind, slot, { status, facts });
    }
    on.changed();
  }

  return {
    reload,
    update,
    tick,
    /** Keeps a new slot, or finds the one that another window kept first. */
    async add(slot) {
      await store.add(slot);
      await reload();
      tick();
    },
    slots: () => slots,
    /** @param {string | null} name */
    slot: (name) => slots.find((slot) => slot.name === name) || null,
    /** @param {string | null} name */
    trouble: (name) => troubles.get(name) || null,
  };
}

/**
 * @param {import("./hall.js").Facts | null} facts of the slot's poll
 * @returns {import("./flow.js").World}
 */
function worldOf(facts) {
  if (!facts) return { hash: null, phase: null, epoch: 0, frozen: false };
  const epoch = facts.issuing ? facts.issuing.epoch : 0;
  return { hash: facts.hash, phase: provenPhase(facts), epoch, frozen: Boolean(facts.leaves) };
}

// By this the deputy can see that the board lacks the ballot.
async function ballotCode(poll, { key, sig, marks }) {
  return trackerCode(await tracker(poll, unb64(key, 65), unb64(sig, 64), marks));
}

async function rollFinding({ hash, frozen, leaves }, slot) {
  try {
    await checkRoll(leaves, frozen, slot.line);
    return { rollRoot: frozen.root };
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== "not_on_roll") throw error;
  }
  if (!slot.promise) return { missed: true };
  return { evidence: { line: slot.line, poll: hash, promise: slot.promise, roll_root: b64(frozen.root) } };
}
