// The vectors that the Python half makes (tests/make_vectors.py), run by the tablet's half: two
// implementations that share no code agree on every byte.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as p from "../../static/js/protocol.js";
import { bigFromBytes, bytesFromBig } from "../../static/js/protocol/numbers.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors.json", import.meta.url), "utf8"));
const { card, ballot, log, messages } = vectors;
const poll = p.unhex(messages.poll);
const definition = p.parseJcs(messages.definition);
const line = p.parseJcs(ballot.line);
const logKey = p.unhex(ballot.log_key);
const spkis = vectors.blindrsa.map((vector) => p.unhex(vector.spki));
const shown = (event) => {
  const { entry, index, proof, checkpoint } = log[event];
  return [definition, poll, entry, index, proof, checkpoint];
};

test("base64url and canonical JSON", () => {
  for (const { bytes, text } of vectors.encoding.b64) {
    assert.equal(p.b64(p.unhex(bytes)), text);
    assert.equal(p.hex(p.unb64(text)), bytes);
  }
  for (const { value, text } of vectors.encoding.jcs) {
    assert.equal(p.jcs(value), text);
    assert.deepEqual(p.parseJcs(text), value);
  }
  for (const text of vectors.encoding.b64_refused) {
    assert.throws(() => p.unb64(text), p.ProtocolError, JSON.stringify(text));
  }
  for (const text of vectors.encoding.jcs_refused) {
    assert.throws(() => p.parseJcs(text), p.ProtocolError, JSON.stringify(text));
  }
});

test("the card and its slot", async () => {
  assert.equal(p.parseCard(card.digits), card.digits);
  const { cardId, d } = await p.deriveCard(card.digits, card.congress);
  assert.equal(p.hex(cardId), card.card_id);
  assert.equal(p.hex(bytesFromBig(d, 32)), card.d);
  await p.importCardKey(d, p.unhex(card.card_key));
  const name = await p.slotName(card.digits, p.unhex(card.slot.poll), card.slot.epoch);
  assert.equal(p.hex(p.unb64(name)), card.slot.name);
  for (const text of card.refused) assert.throws(() => p.parseCard(text), p.ProtocolError, text);
});

for (const [i, vector] of vectors.blindrsa.entries()) {
  test(`blinding and the seal of issuer ${i}`, async () => {
    const [prefix, message, salt] = [vector.prefix, vector.message, vector.salt].map(p.unhex);
    const key = p.parseSpki(spkis[i]);
    assert.equal(key.n, BigInt(`0x${vector.p}`) * BigInt(`0x${vector.q}`));
    const fixed = { salt, r: BigInt(`0x${vector.r}`) };
    const { blinded, inverse } = await p.blind(key, prefix, message, fixed);
    assert.equal(p.hex(blinded), vector.blinded);
    assert.equal(p.hex(inverse), vector.inverse);
    const seal = await p.finalize(key, prefix, message, p.unhex(vector.blind_sig), inverse);
    assert.equal(p.hex(seal), vector.seal);
    assert.equal(line.seals[i].sig, p.b64(seal));
  });
}

test("every message that a tablet signs or checks", async () => {
  assert.deepEqual(await p.pollHash(p.utf8(messages.definition)), poll);
  assert.equal(p.verificationCode(poll), messages.code);
  const [key, marks] = [p.unb64(line.key), messages.marks];
  const blinded = vectors.blindrsa.map((vector) => p.unhex(vector.blinded));
  const { epoch } = card.slot;
  const lineHash = await p.sha256(p.utf8(ballot.line));
  const made = {
    checkin: await p.checkinMessage(card.congress, messages.meeting, logKey),
    issuing_key: p.issuingKeyMessage(poll, epoch, spkis[0]),
    ballot_key: p.ballotKeyMessage(poll, key),
    issue: await p.issueMessage(poll, epoch, spkis, blinded),
    registered: p.registeredMessage(poll, lineHash),
    cast: p.castMessage(poll, p.unhex(messages.roll_root), marks),
    receipt: p.receiptMessage(poll, p.unhex(messages.tracker)),
  };
  for (const [name, bytes] of Object.entries(made)) assert.equal(p.hex(bytes), messages[name], name);
});

test("a ballot's signature, its promises and its receipt", async () => {
  const signed = p.parseJcs(ballot.ballot);
  const cast = p.unhex(messages.cast);
  assert.ok(await p.verifyP256(p.unb64(signed.key), p.unb64(signed.sig), cast));
  await p.checkRegistered(poll, logKey, line, ballot.registered);
  const code = await p.checkReceipt(poll, logKey, signed, ballot.receipt);
  assert.equal(code, p.trackerCode(p.unb64(ballot.receipt.tracker)));
});

test("the log's tree", async () => {
  const leaves = vectors.merkle.leaves.map(p.unhex);
  const hashes = await Promise.all(leaves.map(p.leafHash));
  for (const [size, root] of vectors.merkle.roots.entries()) {
    assert.equal(p.hex(await p.rootFromLeafHashes(hashes.slice(0, size))), root);
  }
  for (const { size, index, proof } of vectors.merkle.inclusion) {
    const root = p.unhex(vectors.merkle.roots[size]);
    assert.ok(await p.verifyInclusion(index, size, hashes[index], proof.map(p.unhex), root));
  }
});

test("what the log shows of the issuing keys and of the roll", async () => {
  const issuing = await p.checkIssuingKeys(...shown("issuing_opened"));
  assert.equal(issuing.epoch, card.slot.epoch);
  assert.deepEqual(issuing.keys.map((key) => key.spki), spkis);
  const frozen = await p.checkFrozen(...shown("roll_frozen"));
  await p.checkRoll(p.unhex(log.roll), frozen, line);
  const opened = await p.openCheckpoint(log.roll_frozen.checkpoint, log.origin, logKey);
  assert.equal(opened.size, log.roll_frozen.index + 1);
  assert.equal(bigFromBytes(opened.root) > 0n, true);
});

test("witnesses of a definition and their cosignatures", async () => {
  const { definition: text, poll: hash, names, checkpoint } = vectors.witnesses;
  assert.equal(p.hex(await p.pollHash(p.utf8(text))), hash);
  const witnesses = p.witnessesOf(p.parseJcs(text));
  assert.deepEqual(witnesses.map(({ name }) => name), names);
  await p.openCheckpoint(checkpoint, log.origin, logKey);
  await p.checkCosignatures(checkpoint, witnesses);
});

test("what is sealed for a server, and what it answers", async () => {
  const { relay } = vectors;
  const { rfc } = relay;
  const pair = await pairOf(rfc.sender);
  const made = await p.hpkeSeal(p.unhex(rfc.public), p.unhex(rfc.info), p.unhex(rfc.text), pair, p.unhex(rfc.aad));
  assert.equal(p.hex(made), rfc.sender.public + rfc.ciphertext);
  const fixed = { answerKey: p.unhex(relay.answer_key), pair: await pairOf(relay.sender) };
  const { sealed } = await p.sealRequest(p.unhex(relay.public), logKey, "cast", relay.body, fixed);
  assert.equal(p.hex(sealed), relay.sealed);
  const answer = await p.openAnswer(fixed.answerKey, p.unhex(relay.sealed_answer));
  assert.deepEqual(answer, { status: 200, body: relay.answer });
  const spoiled = p.unhex(relay.sealed_answer);
  spoiled[40] ^= 1;
  await assert.rejects(p.openAnswer(fixed.answerKey, spoiled), { code: "bad_answer" });
});

async function pairOf({ d, public: hex }) {
  const point = p.unhex(hex);
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const jwk = { kty: "EC", crv: "P-256", x: p.b64(point.subarray(1, 33)), y: p.b64(point.subarray(33)), d };
  return {
    privateKey: await crypto.subtle.importKey("jwk", jwk, curve, false, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("raw", point, curve, true, []),
  };
}

test("the relay key is the one in a log entry that all witnesses have seen, and no other", async () => {
  const { entry, index, proof, checkpoint } = log.relay_key;
  const found = await p.checkRelayKey(definition, entry, index, proof, checkpoint);
  assert.equal(p.hex(found.key), vectors.relay.public);
  assert.equal(found.seq, index);
  const another = entry.replace(/"public":"[^"]+"/, `"public":"${p.b64(p.unhex(vectors.relay.sender.public))}"`);
  await assert.rejects(p.checkRelayKey(definition, another, index, proof, checkpoint), { code: "bad_proof" });
  const [, , frozen, at, path, head] = shown("roll_frozen");
  await assert.rejects(p.checkRelayKey(definition, frozen, at, path, head), { code: "bad_fields" });
  const { witnesses } = p.parseJcs(vectors.witnesses.definition);
  const witnessed = { ...definition, witnesses };
  await assert.rejects(p.checkRelayKey(witnessed, entry, index, proof, checkpoint), { code: "not_witnessed" });
});
