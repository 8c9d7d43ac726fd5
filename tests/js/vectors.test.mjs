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
