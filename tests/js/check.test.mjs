// The self-check's pinned answers are those of tests/vectors.json, and the client still gives them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BLIND_RSA, ED25519 } from "../../static/js/check/vectors.js";
import * as p from "../../static/js/protocol.js";

const { ballot, blindrsa, messages } = JSON.parse(readFileSync(new URL("../vectors.json", import.meta.url), "utf8"));

test("the pinned answers are the vectors'", () => {
  const { blindSig, ...rest } = BLIND_RSA;
  for (const [name, text] of Object.entries({ ...rest, blind_sig: blindSig })) {
    assert.equal(BigInt(`0x${text}`), BigInt(`0x${blindrsa[0][name]}`), name);
  }
  const sig = p.hex(p.unb64(ballot.registered));
  assert.deepEqual(ED25519, { key: ballot.log_key, message: messages.registered, sig });
});

test("the client gives them", async () => {
  const [key, message, sig] = [ED25519.key, ED25519.message, ED25519.sig].map(p.unhex);
  assert.ok(await p.verifyEd25519(key, sig, message));
  const rsa = p.parseSpki(p.unhex(BLIND_RSA.spki));
  const [prefix, text, salt] = [BLIND_RSA.prefix, BLIND_RSA.message, BLIND_RSA.salt].map(p.unhex);
  const { blinded, inverse } = await p.blind(rsa, prefix, text, { salt, r: BigInt(`0x${BLIND_RSA.r}`) });
  assert.equal(p.hex(blinded), BLIND_RSA.blinded);
  assert.equal(p.hex(await p.finalize(rsa, prefix, text, p.unhex(BLIND_RSA.blindSig), inverse)), BLIND_RSA.seal);
});
