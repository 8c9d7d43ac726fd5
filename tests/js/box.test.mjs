// Where a ballot goes, as the tablet's page decides it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as p from "../../static/js/protocol.js";
import { ApiError } from "../../static/js/tablet/api.js";
import { createBox } from "../../static/js/tablet/box.js";

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
    json: async (url) => {
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
