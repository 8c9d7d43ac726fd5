/** The page, wired: the status turns, the work goes on, the screen follows. Decisions are in flow.js. */
import { checkDigitsOk, prepareCast, unb64 } from "../protocol.js";
import { ApiError, createApi, createClock, randomUnit, sleep } from "./api.js";
import { isFinished, needsRoll, provenPhase } from "./flow.js";
import { createHall } from "./hall.js";
import { createJobs } from "./jobs.js";
import { t } from "./language.js";
import { noMarks, tap } from "./marks.js";
import { isReady, modelOf } from "./model.js";
import { keepOffline } from "./offline.js";
import { createScanner } from "./scanner.js";
import { openInfo } from "./screens/info.js";
import { createSession } from "./session.js";
import { openStore } from "./store.js";
import { createTools } from "./tools.js";
import { oneTap } from "./touch.js";
import { createView } from "./view.js";
import { rendering, troubleOf } from "./words.js";

const POLL_EVERY = 2000;
const HALL_AGAIN = 5000;
const RECALL_AFTER = 3000;
const SCAN_LEAVES = ["waiting", "held", "registered", "ballot", "review", "receipt", "problem"];
const UNHEARD = { status: null, factsOf: () => null };
const NO_CARD = { stage: "none", trouble: null, name: null };
const NO_BALLOT = {
  receipt: null, marks: null, marksOf: null, limit: null, review: false, casting: false, covered: false,
};

const clock = createClock();
const api = createApi({ onDate: learnClock, onLink: (up) => set({ link: up ? "up" : "down" }) });
const named = document.querySelector('meta[name="relay"]');
const hall = createHall(api, named ? named.content : "");
const view = createView(actions());
const tools = createTools(() => Boolean(session) && session.view().stage !== "none");
let jobs = null;
let session = null;
let begin = null;
const begun = new Promise((resolve) => (begin = resolve)); // a card may come before the store is open
let page = { ...NO_BALLOT, status: null, heard: false, link: "start", failure: null, acknowledged: [], uncast: 0 };

// Where there is a relay, its clock: the server could give each tablet another time.
function learnClock(date, sent, received, direct) {
  if (direct === !hall.by()) clock.learn(date, sent, received);
}

function set(change) {
  page = { ...page, ...change };
  render();
}

function look() {
  const { status } = page;
  const found = hall.facts();
  const facts = status && status.poll && found && found.hash === status.poll.hash ? found : null;
  const definition = found && found.definition;
  return { status, facts, definition, factsOf: hall.of, ready: isReady(status, facts) };
}

function model() {
  const card = session ? session.view() : NO_CARD;
  return modelOf({ page, seen: look(), card, jobs, now: clock.now() });
}

function render() {
  askForCard();
  takeUpSlot();
  const now = model();
  tools.follow(now);
  view.show(now);
}

let openPoll = null;

// Where several share this tablet, nobody knows who stands before it when the ballots open.
function askForCard() {
  const { facts } = look();
  if (provenPhase(facts) !== "open" || openPoll === facts.hash) return;
  openPoll = facts.hash;
  const kept = jobs ? jobs.slots().filter((slot) => slot.poll === openPoll && !slot.kept) : [];
  if (kept.length > 1 && session && session.view().stage === "slot") leave();
}

// The marks on the screen are a copy of the slot's; a receipt in the slot is shown, and ends the session.
function takeUpSlot() {
  const name = session && session.view().name;
  const slot = name && jobs.slot(name);
  const { facts } = look();
  if (!slot || !facts) return;
  if (slot.receipt) {
    page = { ...page, ...NO_BALLOT, receipt: slot.receipt };
    session.clear();
  } else if (page.marksOf !== name) {
    const marks = slot.marks || noMarks(facts.definition.items.length);
    page = { ...page, ...NO_BALLOT, marks, marksOf: name };
  }
}

// What the buttons do.

function actions() {
  return {
    open: (digits) => begun.then(() => session.open(digits)),
    confirm: () => session.confirm(),
    next: leave,
    clear: leave,
    retry: () => session.retry(),
    info: (index) => look().facts && openInfo(look().facts.definition, index),
    tap: oneTap((item, mark) => keepMarks(tap(page.marks, item, mark, look().facts.definition.scale))),
    cover: () => set({ covered: !page.covered, limit: null }),
    review: () => set({ review: true, limit: null }),
    back: () => set({ review: false }),
    cast: () => guard(cast()),
    showEvidence: () => set({ acknowledged: [] }),
    hideEvidence,
  };
}

function leave() {
  page = { ...page, ...NO_BALLOT };
  session.clear();
}

function hideEvidence() {
  const acknowledged = jobs.slots().filter((slot) => slot.evidence).map((slot) => slot.name);
  page = { ...page, acknowledged };
  leave();
}

function keepMarks({ marks, limit }) {
  set({ marks, limit });
  if (limit) return;
  guard(jobs.update(page.marksOf, (slot) => (slot.ballot ? slot : { ...slot, marks })));
}

// Signed once and stored before it is sent; the job sends it, and sends it again.
async function cast() {
  const { name } = session.view();
  const { privateKey, rollRoot, line } = jobs.slot(name);
  if (page.casting) return;
  set({ casting: true });
  const { poll } = look().facts;
  const parts = { poll, rollRoot, marks: page.marks, privateKey, publicKey: unb64(line.key, 65) };
  const ballot = await prepareCast(parts);
  await jobs.update(name, (slot) => (slot.ballot ? slot : { ...slot, ballot }));
  set({ casting: false, review: false });
  jobs.tick();
}

// What the tablet cannot store or sign is said, and the ballot stays as it was.
async function guard(work) {
  try {
    await work;
  } catch (error) {
    session.refuse(page.marksOf, troubleOf(error));
    set({ casting: false });
  }
}

function refused(name, trouble) {
  if (trouble.code === "over_marked") view.say(rendering(trouble));
  else session.refuse(name, trouble);
}

function workDone() {
  render();
  if (session) session.advance();
}

function erased(slot) {
  const { facts } = look();
  const over = facts && slot.poll === facts.hash && ["closed", "published"].includes(provenPhase(facts));
  if (over && slot.line && !slot.receipt && !slot.evidence) page = { ...page, uncast: page.uncast + 1 };
}

function onScan(digits) {
  const { screen, stage, failure } = model();
  if (screen === "closed" || stage === "reading") return undefined;
  if (screen === "card") return view.scan()(digits);
  if (!SCAN_LEAVES.includes(screen) || failure) return view.say(t("请先完成当前这一步，再刷下一张代表证。"));
  if (!checkDigitsOk(digits)) return view.say(t("扫描到的号码不对，请再刷一次代表证。"));
  leave();
  return session.open(digits);
}

// The turns.

async function turn() {
  const by = hall.by();
  try {
    const status = await api.status(by);
    if (status) set({ status });
    await follow(page.status);
    // What came past the relay of a poll that only now is known is not acted upon.
    set({ heard: !hall.by() || hall.by() === by });
  } catch (error) {
    if (error instanceof ApiError) await (by ? seeEnd() : recallHall());
    else set({ failure: troubleOf(error) });
  }
  if (by && !hall.by()) api.leaveRelay();
  jobs.tick();
  session.advance();
}

// A relay may be gone for good: then the server itself is asked whether the poll is over.
async function seeEnd() {
  const heard = await api.status().catch(() => null);
  if (!heard) return;
  await hall.seeEnd(heard).catch((error) => set({ failure: troubleOf(error) }));
  if (!hall.by()) set({ status: heard, heard: true });
}

let restUntil = 0;

async function follow(status) {
  if (Date.now() < restUntil) return;
  const before = hall.facts();
  try {
    await hall.follow(status, rollNeeded);
    if (page.failure) set({ failure: null });
    await keepHall(status);
  } catch (error) {
    restUntil = Date.now() + HALL_AGAIN * (1 + randomUnit());
    set({ failure: troubleOf(error) });
  }
  const { stage, name, trouble } = session.view();
  const another = before && hall.facts() !== before;
  if (another) page = { ...page, uncast: 0 };
  const gone = isFinished(provenPhase(look().facts)) && !jobs.slot(name) && !trouble;
  if (stage === "slot" && (another || gone)) session.clear();
  settle(status);
}

function rollNeeded(hash) {
  return jobs.slots().some((slot) => slot.poll === hash && needsRoll(slot));
}

// Ballots of an earlier poll go only once the log proves its end; another poll's name proves nothing.
function settle(status) {
  const now = status.poll && status.poll.hash;
  const kept = jobs.slots().filter((slot) => !slot.kept && slot.poll !== now).map((slot) => slot.poll);
  // Where it cannot be proven they stay, and nobody's screen is taken for it.
  for (const hash of new Set(kept)) hall.settle(status, hash, rollNeeded).then(jobs.tick, () => {});
}

// What all tablets know alike is kept, so that a page that opens without the network knows where it is.

let store = null;
let keptSign = "";

async function keepHall(status) {
  const { facts } = look();
  const poll = status.poll && [status.poll.hash, status.poll.phase, status.poll.epoch];
  const sign = JSON.stringify([status.meeting && status.meeting.id, poll, Boolean(facts && facts.leaves), Object.keys(facts ? facts.proven : {})]);
  if (sign === keptSign) return;
  keptSign = sign;
  // Without it only a reload without the network shows less: no reason to stop here.
  await store.keep("hall", { status, facts }).catch(() => {});
}

async function recallHall() {
  if (page.status) return;
  const kept = await store.recall("hall");
  if (!kept || page.status) return;
  hall.recall(kept.facts);
  set({ status: kept.status });
  session.advance();
}

async function turnForEver() {
  await turn();
  await sleep(randomUnit() * POLL_EVERY);
  for (;;) {
    const started = Date.now();
    await turn();
    await sleep(Math.max(0, started + POLL_EVERY - Date.now()));
  }
}

async function start() {
  store = await openStore().catch(() => null);
  if (!store) return set({ failure: { code: "no_storage" } });
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
  tools.keepIn(store);
  // No work is due by a phase that is only remembered: what came since may say otherwise.
  const heard = () => (page.heard ? look() : UNHEARD);
  jobs = createJobs({ api, store, clock, look: heard, on: { changed: workDone, refused, erased } });
  session = createSession({ api, jobs, look, changed: render });
  await jobs.reload();
  begin();
  set({ printer: Boolean(await store.recall("printer").catch(() => false)) });
  setTimeout(recallHall, RECALL_AFTER);
  return turnForEver();
}

// One window at a time works with the kept ballots; another waits for it to close.
async function startAlone() {
  if (!globalThis.crypto || !crypto.subtle) return set({ failure: { code: "no_crypto" } });
  if (!navigator.locks) return start();
  const free = await navigator.locks.request("piaojue-tablet", { ifAvailable: true }, (lock) => lock && start());
  if (free !== null) return free;
  set({ failure: { code: "duplicate" } });
  return navigator.locks.request("piaojue-tablet", () => {
    set({ failure: null });
    return start();
  });
}

// From the first screen on: a card may be scanned before the store is open, and on a touch screen the
// field has not got the focus.
addEventListener("keydown", createScanner(onScan, (event) => "card" in event.target.dataset), true);
render();
keepOffline(() => model().screen === "card");
startAlone();
