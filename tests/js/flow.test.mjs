import assert from "node:assert/strict";
import { test } from "node:test";
import * as flow from "../../static/js/tablet/flow.js";

const HASH = "poll-a";
const world = (phase, more = {}) => ({ hash: HASH, phase, epoch: 1, frozen: false, ...more });
const slot = (more = {}) => ({ name: "s", poll: HASH, epoch: 1, ...more });

const ASKED = slot({ request: {} });
const SEALED = slot({ line: {} });
const PROMISED = slot({ line: {}, promise: "p" });
const FOUND = slot({ line: {}, promise: "p", rollRoot: new Uint8Array(32) });
const SIGNED = { ...FOUND, ballot: {} };
const SIGNED_UNSEEN = { ...PROMISED, ballot: {} };
const DONE = slot({ promise: "p", receipt: {} });
const MISSING = { ...PROMISED, evidence: {} };

test("what a kept ballot needs, phase by phase", () => {
  const cases = [
    [ASKED, { issuing: "issue", registering: "issue", frozen: "miss", open: "miss", closed: "erase" }],
    [SEALED, { issuing: null, registering: "register", closed: "erase", published: "erase", void: "erase" }],
    [PROMISED, { issuing: null, registering: null, frozen: null, open: null, closed: null, void: "erase" }],
    [SIGNED_UNSEEN, { closed: "cast", published: "cast" }],
    [FOUND, { frozen: null, open: null, closed: "erase" }],
    [SIGNED, { open: "cast", closed: "cast", published: "cast", void: "erase" }],
    [DONE, { open: null, closed: "erase", published: "erase" }],
    [MISSING, { frozen: null, open: null, closed: "erase" }],
    [slot({ line: {}, missed: true }), { frozen: null, open: null, closed: "erase" }],
    [slot({ evidence: {}, kept: true }), { closed: null, void: null, issuing: null }],
  ];
  for (const [kept, expected] of cases) {
    for (const [phase, duty] of Object.entries(expected)) {
      assert.equal(flow.duty(kept, world(phase)), duty, `${JSON.stringify(kept)} when ${phase}`);
    }
  }
});

test("the roll is searched once it is here, for every ballot with a line", () => {
  for (const phase of ["frozen", "open"]) {
    assert.equal(flow.duty(SEALED, world(phase, { frozen: true })), "roll");
    assert.equal(flow.duty(PROMISED, world(phase, { frozen: true })), "roll");
    assert.equal(flow.duty(FOUND, world(phase, { frozen: true })), null);
  }
});

test("no promise goes before it was held against the roll", () => {
  for (const phase of ["closed", "published", "void"]) {
    assert.equal(flow.duty(PROMISED, world(phase, { frozen: true })), "roll", phase);
    assert.equal(flow.duty(FOUND, world(phase, { frozen: true })), "erase", phase);
    assert.equal(flow.duty(SEALED, world(phase, { frozen: true })), "erase", phase);
  }
  assert.ok(flow.needsRoll(PROMISED));
  assert.ok(![FOUND, SEALED, DONE, MISSING].some(flow.needsRoll));
});

const proven = (...events) => Object.fromEntries(events.map((event, i) => [event, { seq: 10 + i, at: "2026-11-22T09:00:00Z" }]));
const facts = (more = {}) => ({ issuing: null, opened: 0, leaves: null, proven: {}, ...more });
const issued = (more = {}) => facts({ issuing: { epoch: 1 }, opened: 5, ...more });

test("a poll is as far as the log proves it, whatever the server says", () => {
  const leaves = new Uint8Array(32);
  assert.equal(flow.provenPhase(null), null);
  assert.equal(flow.provenPhase(facts()), "defined");
  assert.equal(flow.provenPhase(issued()), "issuing");
  assert.equal(flow.provenPhase(issued({ proven: proven("issuing_closed") })), "registering");
  assert.equal(flow.provenPhase(issued({ proven: proven("issuing_closed"), opened: 20 })), "issuing");
  assert.equal(flow.provenPhase(issued({ leaves })), "frozen");
  assert.equal(flow.provenPhase(issued({ leaves, proven: proven("voting_opened") })), "open");
  assert.equal(flow.provenPhase(issued({ proven: proven("voting_opened") })), "issuing");
  assert.equal(flow.provenPhase(facts({ proven: proven("voting_closed") })), "closed");
  assert.equal(flow.provenPhase(facts({ proven: proven("voting_closed", "result_published") })), "published");
  assert.equal(flow.provenPhase(issued({ leaves, proven: proven("voting_opened", "poll_voided") })), "void");
});

test("the common window runs from the proven end of issuing", () => {
  const status = { poll: { window: { opened: 1, seconds: 30 } } };
  const closed = issued({ proven: proven("issuing_closed") });
  assert.deepEqual(flow.commonWindow(status, closed), { opened: Date.parse("2026-11-22T09:00:00Z") / 1000, seconds: 30 });
  assert.equal(flow.commonWindow(status, issued()), null);
  assert.equal(flow.commonWindow({ poll: { window: null } }, closed), null);
});

test("a proven later epoch erases; another poll and an unknown one do nothing", () => {
  assert.equal(flow.duty(SIGNED, world("issuing", { hash: "poll-b" })), null);
  assert.equal(flow.duty(PROMISED, world("issuing", { epoch: 2 })), "erase");
  assert.equal(flow.duty(SIGNED, world(null, { hash: null, epoch: 0 })), null);
});

test("registering happens at a random moment of what is left of the common window", () => {
  const window = { opened: 1000, seconds: 30 };
  assert.equal(flow.registerDelay(window, 1000, 0), 0);
  assert.equal(flow.registerDelay(window, 1000, 0.5), 15);
  assert.equal(flow.registerDelay(window, 1020, 0.5), 5);
  assert.equal(flow.registerDelay(window, 1030, 0.5), 1.5);
  assert.equal(flow.registerDelay(window, 5000, 0.999) < 3, true);
  assert.equal(flow.registerDelay(null, 5000, 0.5), 1.5);
});

test("a server's clock that was set back makes no tablet wait until it comes there again", () => {
  const window = { opened: 10_000, seconds: 30 };
  assert.equal(flow.registerDelay(window, 990, 0.5), 15);
});

test("a card is taken before, during and where the next meeting has begun", () => {
  const meeting = { id: "m1" };
  const definition = { meeting };
  const closed = facts({ definition, proven: proven("voting_closed") });
  assert.ok(flow.takesCards(null, null));
  assert.ok(flow.takesCards({ meeting, poll: null }, null));
  assert.ok(flow.takesCards({ meeting, poll: { phase: "closed" } }, issued({ definition })));
  assert.ok(!flow.takesCards({ meeting }, closed));
  assert.ok(!flow.takesCards({ meeting: null }, closed));
  assert.ok(flow.takesCards({ meeting: { id: "m2" } }, closed));
});

const IDLE = {
  failure: null, receipt: null, evidence: null, trouble: null, stage: "none", phase: "defined", takesCards: true,
  slot: null, slotTrouble: null, review: false, casting: false,
};
const screen = (more) => flow.next({ ...IDLE, ...more });
const withSlot = (kept, phase, more = {}) => screen({ stage: "slot", slot: kept, phase, ...more });

test("the screens of a card without a ballot", () => {
  assert.equal(screen({}), "card");
  assert.equal(screen({ stage: "reading" }), "card");
  assert.equal(screen({ stage: "found" }), "confirm");
  assert.equal(screen({ stage: "checking" }), "confirm");
  assert.equal(screen({ stage: "in" }), "waiting");
  assert.equal(screen({ stage: "in", phase: null }), "waiting");
  assert.equal(screen({ stage: "in", phase: "issuing" }), "issuing");
  assert.equal(screen({ phase: "closed", takesCards: false }), "closed");
  assert.equal(screen({ stage: "found", phase: "void", takesCards: false }), "closed");
});

test("the screens of a kept ballot", () => {
  assert.equal(withSlot(ASKED, "issuing"), "issuing");
  assert.equal(withSlot(ASKED, "registering"), "issuing");
  assert.equal(withSlot(ASKED, "frozen"), "problem");
  assert.equal(withSlot(SEALED, "issuing"), "held");
  assert.equal(withSlot(SEALED, "registering"), "held");
  assert.equal(withSlot(PROMISED, "registering"), "registered");
  assert.equal(withSlot(PROMISED, "open"), "registered");
  assert.equal(withSlot(FOUND, "frozen"), "registered");
  assert.equal(withSlot(FOUND, "open"), "ballot");
  assert.equal(withSlot(FOUND, "open", { review: true }), "review");
  assert.equal(withSlot(FOUND, "open", { casting: true }), "casting");
  assert.equal(withSlot(SIGNED, "open"), "casting");
  assert.equal(withSlot(SIGNED, "closed"), "casting");
  assert.equal(withSlot(FOUND, "closed"), "closed");
  assert.equal(withSlot(slot({ line: {}, missed: true }), "open"), "problem");
});

test("what stands above all", () => {
  const all = { failure: {}, receipt: {}, evidence: {}, trouble: {} };
  assert.equal(withSlot(FOUND, "open", all), "problem");
  assert.equal(withSlot(FOUND, "open", { ...all, failure: null }), "receipt");
  assert.equal(withSlot(FOUND, "open", { ...all, failure: null, receipt: null }), "evidence");
  assert.equal(withSlot(FOUND, "open", { trouble: {} }), "problem");
});

test("a refusal that passes leaves the screen, another takes it; a missing promise is red, no more", () => {
  const trouble = (kind, code) => ({ slotTrouble: { kind, code } });
  assert.equal(withSlot(ASKED, "issuing", trouble("issue", "wrong_epoch")), "issuing");
  assert.equal(withSlot(ASKED, "issuing", trouble("issue", "bad_blind_signature")), "problem");
  assert.equal(withSlot(SEALED, "registering", trouble("register", "bad_seal")), "held");
  assert.equal(withSlot(PROMISED, "open", trouble("roll", "bad_roll")), "problem");
  assert.equal(withSlot(SIGNED, "open", trouble("cast", "not_open")), "casting");
  assert.equal(withSlot(SIGNED, "open", trouble("cast", "bad_receipt")), "problem");
  assert.equal(withSlot(FOUND, "open", trouble("cast", "over_marked")), "ballot");
});

test("the three lines of a ballot on its way", () => {
  const states = (...of) => flow.stateLines(...of).map((line) => line.state).join(" ");
  assert.equal(states(ASKED, "issuing", false), "done todo todo");
  assert.equal(states(SEALED, "issuing", false), "done done todo");
  assert.equal(states(SEALED, "registering", false), "done done missing");
  assert.equal(states(PROMISED, "registering", true), "done done done");
  assert.match(String(flow.stateLines(SEALED, "registering", true)[2].text), /请举手/);
});

test("what the idle screen counts", () => {
  const slots = [ASKED, SEALED, PROMISED, DONE, MISSING, slot({ evidence: {}, kept: true })];
  assert.deepEqual(flow.tally(slots), { held: 5, registered: 3, missing: 2, evidence: 2 });
});
