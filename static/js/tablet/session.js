/**
 * One card at this tablet, from the digits to its slot. The digits live in this closure and nowhere
 * else, until the next deputy or the receipt.
 */
import {
  ProtocolError, b64, checkinMessage, deriveCard, importCardKey, newBallotKey, prepareRequest, signP256,
  slotName, unb64,
} from "../protocol.js";
import { ApiError } from "./api.js";
import { isFinished, provenPhase } from "./flow.js";
import { checkLog } from "./hall.js";
import { t } from "./language.js";
import { troubleOf } from "./words.js";

const EMPTY = { stage: "none", line: null, checkedIn: false, name: null, trouble: null };

/**
 * @param {object} parts
 * @param {object} parts.api
 * @param {ReturnType<import("./jobs.js").createJobs>} parts.jobs
 * @param {() => {status: object, facts: object | null, ready: boolean}} parts.look
 * @param {() => void} parts.changed
 */
export function createSession({ api, jobs, look, changed }) {
  let digits = null;
  let keys = null;
  let view = EMPTY;
  let busy = false;
  let turn = 0;
  let ended = new AbortController();

  function show(change) {
    view = { ...view, ...change };
    changed();
  }

  // A step may outlast its deputy: what it then finds belongs to nobody here any more.
  async function step(work) {
    const mine = turn;
    const still = (change) => {
      if (mine === turn) show(change);
      return mine === turn;
    };
    const { stage } = view;
    busy = true;
    try {
      await work(still);
    } catch (error) {
      still({ trouble: troubleOf(error) });
    }
    if (mine !== turn) return;
    busy = false;
    if (view.stage !== stage) advance();
  }

  function advance() {
    const { ready } = look();
    if (busy || !digits || !ready || view.trouble) return;
    const move = { reading: findSlot, in: receive, slot: followEpoch, checking: checkIn }[view.stage];
    if (move) step(move);
  }

  // A slot's card is not looked up: after issue nothing that is specific to its deputy is asked.
  async function findSlot(still) {
    const { status, facts } = look();
    const phase = provenPhase(facts);
    const live = status.poll && !isFinished(phase) && facts.issuing;
    const name = live ? await slotName(digits, facts.poll, facts.issuing.epoch) : null;
    if (name && jobs.slot(name)) {
      still({ stage: "slot", name });
      return;
    }
    if (live && phase !== "issuing") throw new ProtocolError("not_here", "no slot here");
    await lookUp(still, status);
  }

  async function lookUp(still, status) {
    const { cardId, d } = await deriveCard(digits, status.congress.id);
    const { line, checked_in: checkedIn } = await api.postNamed("/api/card", { card: b64(cardId) }, ended.signal);
    if (line.card_id !== b64(cardId)) throw new ProtocolError("card_key", "another card's line");
    const found = { cardId, cardKey: await importCardKey(d, unb64(line.card_key, 65)) };
    if (still({ stage: "found", line, checkedIn })) keys = found;
  }

  async function checkIn(still) {
    const { status, definition } = look();
    if (!view.checkedIn) {
      if (definition) checkLog(definition, status);
      if (!status.meeting) throw new ApiError(409, "no_meeting", t("现在没有可以签到的会议。"));
      const message = await checkinMessage(status.congress.id, status.meeting.id, unb64(status.log_key, 32));
      const sig = b64(await signP256(keys.cardKey, message));
      await api.postNamed("/api/checkin", { card: b64(keys.cardId), sig }, ended.signal);
    }
    still({ stage: "in", checkedIn: true });
  }

  async function receive(still) {
    const { status, facts } = look();
    const phase = provenPhase(facts);
    if (["registering", "frozen", "open"].includes(phase)) throw new ProtocolError("not_here", "too late");
    if (phase !== "issuing" || !facts.issuing) return;
    const name = await slotName(digits, facts.poll, facts.issuing.epoch);
    if (!jobs.slot(name)) await jobs.add(await newSlot(name, facts, keys));
    still({ stage: "slot", name, line: null });
  }

  // A new epoch erased the slot: its successor is asked for, by way of the roster where need be.
  async function followEpoch(still) {
    const { status, facts } = look();
    if (jobs.slot(view.name) || !facts) return;
    if (!status.poll || isFinished(provenPhase(facts))) return;
    still({ stage: keys ? "in" : "reading", name: null });
  }

  return {
    view: () => view,
    advance,
    /** @param {string} text 40 ASCII digits whose check is right */
    open(text) {
      this.clear();
      digits = text;
      show({ stage: "reading" });
      advance();
    },
    confirm() {
      if (view.stage !== "found") return;
      show({ stage: "checking" });
      advance();
    },
    retry() {
      show({ trouble: null, stage: view.stage === "checking" ? "found" : view.stage });
      advance();
    },
    /** @param {string} name of the slot that was refused */
    refuse(name, trouble) {
      if (name === view.name) show({ trouble });
    },
    clear() {
      turn += 1;
      ended.abort(); // nothing more is asked for a deputy who has gone
      ended = new AbortController();
      digits = null;
      keys = null;
      busy = false;
      view = EMPTY;
      changed();
    },
  };
}

async function newSlot(name, { hash, poll, issuing }, { cardId, cardKey }) {
  const { privateKey, publicKey } = await newBallotKey();
  const { request, secret } = await prepareRequest({ poll, issuing, cardId, cardKey, publicKey });
  return { name, poll: hash, epoch: issuing.epoch, issuing, privateKey, request, secret };
}
