// Where a ballot goes, as the tablet's page decides it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as p from "../../static/js/protocol.js";
import { ApiError, createApi } from "../../static/js/tablet/api.js";
import { createBox } from "../../static/js/tablet/box.js";
import { createJobs } from "../../static/js/tablet/jobs.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors.json", import.meta.url), "utf8"));
const { ballot, log, messages, relay } = vectors;
const definition = { ...p.parseJcs(messages.definition), relay: { name: "监票组", origin: "https://relay.hall" } };
const facts = { hash: "H", definition, logKey: p.unhex(ballot.log_key) };

/** A hall in which the relay gives these proofs one after another; `told` is all that leaves the tablet. */
function hall(proofs, answer) {
  const told = [];
  const api = {
    post: async (path) => told.push(path),
    cast: async () => told.push("/api/cast"),
    relayed: async (url) => {
      told.push(url);
      return proofs.length > 1 ? proofs.shift() : proofs[0];
    },
    sealed: async (url, sealed, open) => {
      told.push(url, sealed.length);
      return answer(open);
    },
  };
  return { box: createBox(api), told };
}

const KEY = "https://relay.hall/api/polls/H/proof/relay_key";
const SENT = ["https://relay.hall/api/sealed", 1617];
const refuse = () => {
  throw new ApiError(409, "not_opened", "");
};

test("a ballot of a poll with a relay goes there, sealed, and the key is asked for once", async () => {
  const { box, told } = hall([log.relay_key], () => ({ promise: "P" }));
  await box.register({ key: "K", seals: [] }, facts);
  await box.cast(relay.body, facts);
  assert.deepEqual(told, [KEY, ...SENT, ...SENT]);
});

test("a server that started again has its newer key, and the ballot is sealed for that", async () => {
  let answers = 0;
  const { box, told } = hall([log.relay_key_before, log.relay_key], () => (answers++ ? {} : refuse()));
  await box.cast(relay.body, facts);
  assert.deepEqual(told, [KEY, ...SENT, KEY, ...SENT]);
});

test("an older key is not taken for a newer one", async () => {
  const { box, told } = hall([log.relay_key, log.relay_key_before], refuse);
  await assert.rejects(box.cast(relay.body, facts), { code: "not_opened" });
  assert.deepEqual(told, [KEY, ...SENT, KEY]);
});

test("without a key that the log proves nothing is sent, to nobody", async () => {
  const { box, told } = hall([{ ...log.relay_key, proof: log.relay_key_before.proof }], () => ({}));
  await assert.rejects(box.register({}, facts), { code: "bad_proof" });
  await assert.rejects(box.cast(relay.body, facts), { code: "bad_proof" });
  assert.deepEqual(told, [KEY, KEY]);
});

test("a key that a witness has yet to see is waited for", async () => {
  const { witnesses } = p.parseJcs(vectors.witnesses.definition);
  const { box, told } = hall([log.relay_key], () => ({}));
  const witnessed = { ...facts, definition: { ...definition, witnesses } };
  await assert.rejects(box.cast(relay.body, witnessed), (error) => error instanceof ApiError && error.code === "not_witnessed");
  assert.deepEqual(told, [KEY]);
});

test("an answer that the server did not seal for this request is none", async () => {
  const garbled = hall([log.relay_key], (open) => open(p.unhex(relay.sealed_answer)));
  await assert.rejects(garbled.box.cast(relay.body, facts), { code: "bad_answer" });
});

const later = globalThis.setTimeout;
globalThis.setTimeout = (...how) => later(...how).unref(); // what a job rests for keeps no test waiting
const soon = (milliseconds) => new Promise((resolve) => later(resolve, milliseconds));

/** A tablet that keeps one signed ballot; the relay gives the key, and these answers to what is sealed. */
async function tablet(proven, answers) {
  const tried = { posts: [], link: [], told: [], proven, slots: new Map() };
  const fetch = async (url, { method, body }) => {
    if (method !== "POST") return new Response(JSON.stringify(log.relay_key), { status: 201 });
    tried.posts.push(p.hex(body));
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (!answer) throw new TypeError("away");
    return new Response(answer.body, { status: answer.status });
  };
  const parts = { poll: new Uint8Array(32), issuing: { epoch: 1 }, opened: 0, frozen: {}, leaves: new Uint8Array(32) };
  const factsOf = () => ({ ...facts, ...parts, proven: tried.proven });
  const kept = { line: { key: relay.body.key }, promise: "P", rollRoot: new Uint8Array(32), ballot: relay.body };
  tried.slots.set("N", { name: "N", poll: "H", epoch: 1, ...kept });
  const store = {
    all: async () => [...tried.slots.values()],
    update: async (name, edit) => tried.slots.set(name, edit(tried.slots.get(name))),
    remove: async (name) => tried.slots.delete(name),
  };
  const on = { changed() {}, refused: (name, trouble) => tried.told.push(trouble.code), erased: () => tried.told.push("erased") };
  const api = createApi({ fetch, wait: () => soon(1), onLink: (up) => tried.link.push(up) });
  tried.jobs = createJobs({ api, store, clock: { now: () => 0 }, look: () => ({ status: {}, factsOf }), on });
  await tried.jobs.reload();
  tried.jobs.tick();
  return tried;
}

test("what a relay refuses in the server's name is not believed: the ballot stays and is sent again", async () => {
  const lie = (status, code) => ({ status, body: JSON.stringify({ status, code, detail: "已经投过" }) });
  const opened = { voting_opened: { seq: 1 } };
  for (const proven of [opened, { ...opened, voting_closed: { seq: 2 } }]) {
    const lies = ["over_marked", "not_open", "already_cast"].map((code) => lie(400, code));
    const tried = await tablet(proven, [...lies, { status: 200, body: "thanks" }, null, lie(409, "over_marked")]);
    while (tried.posts.length < 6) await soon(5);
    await soon(20);
    assert.equal(new Set(tried.posts).size, 1, "the same, sealed once");
    assert.deepEqual(tried.slots.get("N").ballot, relay.body);
    assert.deepEqual(tried.told, []);
    assert.equal(tried.jobs.trouble("N").code, "not_opened");
    assert.doesNotMatch(String(tried.jobs.trouble("N").detail), /已经投过/);
  }
});

test("a relay that is gone for good is waited for no more once the poll is void", async () => {
  const tried = await tablet({ voting_opened: { seq: 1 } }, [null]);
  while (tried.posts.length < 3) await soon(5);
  assert.equal(tried.link.at(-1), false);
  tried.proven = { poll_voided: { seq: 3 } };
  tried.jobs.tick();
  while (tried.slots.size) await soon(5);
  const sent = tried.posts.length;
  await soon(50);
  assert.equal(tried.posts.length, sent);
  assert.deepEqual(tried.told, ["erased"]);
  assert.equal(tried.link.at(-1), true);
});
