// The browser's verifier against the document and the standards. Whole records, good and forged,
// go through it in tests/records, where the verifier in Python must say the same of each.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { hex, join, unb64, unb64Padded, utf8 } from "../../static/verifier/bytes.js";
import { isSigned, readNotes } from "../../static/verifier/checkpoints.js";
import { isCosigned, witnessesOf } from "../../static/verifier/cosignatures.js";
import { isSoundKey, verifyEd25519 } from "../../static/verifier/ed25519.js";
import { Tree } from "../../static/verifier/hashes.js";
import { readJson, writeJson } from "../../static/verifier/json.js";
import { Lines } from "../../static/verifier/lines.js";
import { readOutside } from "../../static/verifier/outside.js";
import { FAULTS } from "../../static/verifier/page/faults.js";
import { fillPair } from "../../static/verifier/page/words.js";
import { decide } from "../../static/verifier/result.js";
import { power } from "../../static/verifier/numbers.js";
import { hasSmallFactor, isKey } from "../../static/verifier/rsa.js";
import { firstFalse, Signatures } from "../../static/verifier/signatures.js";

const FOLDER = new URL("../../static/verifier/", import.meta.url);
const FORMAT = readFileSync(new URL("../../docs/record-format.md", import.meta.url), "utf8");
const bytes = (digits) => Uint8Array.from(Buffer.from(digits, "hex"));
const block = (after, fence = "```") => {
  const from = FORMAT.indexOf("\n", FORMAT.indexOf(fence, FORMAT.indexOf(after))) + 1;
  return FORMAT.slice(from, FORMAT.indexOf("```", from));
};

test("Ed25519 takes the RFC's signatures, and nothing beside them", async () => {
  const vectors = [
    [
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
  ].map((vector) => vector.map(bytes));
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  for (const [key, message, signature] of vectors) {
    assert(isSoundKey(key));
    assert(await verifyEd25519(key, message, signature));
    assert(!(await verifyEd25519(key, utf8("other"), signature)));
    const again = Uint8Array.from(signature); // S + L is the same number to whoever does not look
    let s = BigInt("0x" + hex(signature.slice(32).reverse())) + order;
    for (let i = 32; i < 64; i++, s >>= 8n) again[i] = Number(s & 255n);
    assert(!(await verifyEd25519(key, message, again)));
  }
});

test("Ed25519 agrees with the platform's", async () => {
  for (let i = 0; i < 10; i++) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
    const message = crypto.getRandomValues(new Uint8Array(50));
    const signature = new Uint8Array(sign(null, message, privateKey));
    assert(isSoundKey(key));
    assert(await verifyEd25519(key, message, signature));
    signature[i] ^= 1;
    assert(!(await verifyEd25519(key, message, signature)));
  }
});

test("keys of small order, and a second text of a key, are refused", () => {
  const weak = [
    "00".repeat(32),
    "01" + "00".repeat(31),
    "01" + "00".repeat(30) + "80",
    "ec" + "ff".repeat(30) + "7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ed" + "ff".repeat(30) + "7f",
    "f0" + "ff".repeat(30) + "7f",
  ];
  for (const key of weak) assert(!isSoundKey(bytes(key)), key);
});

test("JSON is canonical, or refused for a reason", () => {
  const refused = [
    '{"a":1,"a":1}', '{"b":1,"a":1}', '{"a": 1}', "1.0", "1e2", "-0", "01", "NaN", "Infinity", "9007199254740992",
    "1e400", '"\\u0041"', '"\\/"', '"\\uD800"', '"\\ud83d\\ude00"', '"\u0001"', '{"é":1}', "\ufeff1", "1\n", "", "[1,]",
    "[".repeat(65) + "]".repeat(65), "[".repeat(1e6), '{"__proto__":1,"__proto__":1}',
  ];
  for (const text of refused) assert.throws(() => readJson(utf8(text)), { name: "Error" }, text.slice(0, 40));
  assert.throws(() => readJson(Uint8Array.of(0x22, 0xff, 0x22)));
  const taken = ['{"a":[null,true,-1],"b":"\\u001f\u2028😀\\n"}', "[".repeat(64) + "]".repeat(64), '{"__proto__":1}'];
  for (const text of taken) assert.equal(writeJson(readJson(utf8(text))), text);
});

test("lines are measured, and no file makes an index larger than itself", () => {
  const of = (...sizes) => utf8(sizes.map((size) => "x".repeat(size) + "\n").join(""));
  assert.equal(new Lines("x", of(20, 2 ** 20, 20)).count, 3);
  assert.throws(() => new Lines("x", of(20, 2 ** 20 + 1)), { code: "line.long", values: { member: "x", line: 2 } });
  assert.throws(() => new Lines("x", utf8("\n".repeat(1e6))), { code: "line.short" });
  assert.throws(() => new Lines("x", utf8("no end")), { code: "line.end" });
});

test("a Merkle tree knows the root of each of its beginnings", async () => {
  // The leaves and roots of the Certificate Transparency test vectors.
  const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const roots = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  };
  const tree = await Tree.over(8, (i) => bytes(leaves[i]));
  for (const [size, root] of Object.entries(roots)) assert.equal(hex(await tree.root(Number(size))), root);
});

test("the document's checkpoint is signed by its key", async () => {
  const entry = JSON.parse(block("is the checkpoint of a log of this one entry", "```json"));
  const [note] = readNotes(utf8(block("## 6 checkpoints.txt")), 1);
  assert.equal(note.size, 1);
  assert(await isSigned(note, entry.congress, unb64(entry.log_key, 32)));
  assert(!(await isSigned({ ...note, size: 2, signed: note.signed.replace("1", "2") }, entry.congress, unb64(entry.log_key, 32))));
  const tree = await Tree.over(1, () => utf8(block("is the checkpoint of a log", "```json").trimEnd()));
  assert.deepEqual(await tree.root(), note.root);
});

/** The key pair whose seed is the bytes from `first` on. */
function seeded(first) {
  const seed = Uint8Array.from({ length: 32 }, (_, i) => first + i);
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const secret = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(secret).export({ format: "jwk" });
  return { secret, key: x };
}

test("the document's cosignature is its witness's, and no other bytes are", async () => {
  const { secret, key } = seeded(64);
  const line = block("### 6.1 Cosignatures");
  const [note] = readNotes(utf8(block("## 6 checkpoints.txt") + line), 1, 1);
  const [cosignature] = note.cosignatures;
  const congress = { id: "xian-19" };
  const [w1, w2] = witnessesOf({
    congress,
    witnesses: [{ id: "w1", name: "甲", key }, { id: "w2", name: "乙", key }],
  });
  const pinned = block("Ed25519 by the witness's key over");
  assert.equal(`cosignature/v1\ntime 1768868752\n${note.signed}`, pinned);
  assert(await isCosigned(cosignature, w1, note.signed));
  assert(!(await isCosigned(cosignature, w2, note.signed)));
  assert(!(await isCosigned(cosignature, { ...w1, key: unb64(seeded(0).key, 32) }, note.signed)));
  assert(!(await isCosigned(cosignature, w1, note.signed.replace("\n1\n", "\n2\n"))));
  for (let place = 0; place < 76; place += 3) {
    const other = Uint8Array.from(cosignature.bytes);
    other[place] ^= 1;
    assert(!(await isCosigned({ ...cosignature, bytes: other }, w1, note.signed)), String(place));
  }
  for (const bytes of [cosignature.bytes.subarray(0, 75), join(cosignature.bytes, Uint8Array.of(0))]) {
    assert(!(await isCosigned({ ...cosignature, bytes }, w1, note.signed)));
  }
  // Signed with the same key, at the last second that can be told and at the one after it.
  const at = (time) => {
    const head = Buffer.alloc(12, cosignature.bytes.subarray(0, 4));
    head.writeBigUInt64BE(time, 4);
    const signature = sign(null, utf8(`cosignature/v1\ntime ${time}\n${note.signed}`), secret);
    return { ...cosignature, bytes: join(head, signature) };
  };
  assert(await isCosigned(at(0n), w1, note.signed));
  assert(await isCosigned(at(2n ** 63n - 1n), w1, note.signed));
  assert(!(await isCosigned(at(2n ** 63n), w1, note.signed)));
  assert.throws(() => readNotes(utf8(block("## 6 checkpoints.txt") + line), 1), { code: "note.lines" });
});

test("the document's examples of results come out byte for byte", () => {
  const share = { pass: { num: 1, den: 2, over: true }, quorum: { num: 2, den: 3 }, base: "roster", seats: null, points: null };
  const decisions = {
    choose: { ...share, form: "choose", mark: 0, seats: 2 },
    each: { ...share, form: "each", mark: 0 },
    grade: { ...share, form: "grade", mark: null, pass: { num: 1, den: 2, over: false } },
    rank: { ...share, form: "rank", mark: null, seats: 2, points: [3, 2, 1] },
  };
  for (const [form, decision] of Object.entries(decisions)) {
    const pinned = block(`### ${form}`).trimEnd();
    const { items, poll, turnout, blank } = JSON.parse(pinned);
    const scale = { marks: items[0].votes.map((_, i) => ({ id: String(i) })) };
    const rows = items.map(({ votes, unmarked }) => [...votes, unmarked]);
    const result = decide({ definition: { decision, items, scale }, poll }, turnout, { rows, blank });
    assert.equal(writeJson(result), pinned, form);
  }
});

test("a blind signature has one spelling, and a key no small factor", async () => {
  const spki = (n) => bytes(`308201a2300d06092a864886f70d01010105000382018f003082018a0282018100${n.toString(16)}0203010001`);
  const number = (value) => bytes(value.toString(16).padStart(768, "0"));
  const n = 2n ** 3071n + 1465n; // odd; what matters here is its length
  const s = 12345n;
  const message = number(power(s, 65537n, n));
  const jobs = [s, s + n, s + 1n].map((value) => ["blind", spki(n), message, number(value)]);
  assert.deepEqual(await Promise.all(jobs.map((job) => firstFalse([job]))), [-1, 0, 0]);
  const prime = 2n ** 3072n - 1103717n;
  assert(isKey(spki(prime)) && !hasSmallFactor(spki(prime)));
  for (const factor of [2n, 3n, 1999n]) {
    assert(hasSmallFactor(spki(prime - (prime % factor))), String(factor));
  }
  for (const place of [0, 32, 33, 417, 421]) {
    const other = spki(prime);
    other[place] ^= 0x80;
    assert(!isKey(other), String(place));
  }
});

test("the first false signature is named, in the record's order", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const point = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-65));
  const message = utf8("marks");
  const good = new Uint8Array(sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" }));
  // Later pieces answer sooner.
  let delay = 30;
  const pool = {
    width: 4,
    check: (jobs) => new Promise((done) => setTimeout(() => done(firstFalse(jobs)), (delay -= 5))),
  };
  const signatures = new Signatures(pool);
  await assert.rejects(
    async () => {
      for (let i = 0; i < 400; i++) {
        const false_ = i === 70 || i === 200;
        await signatures.add("ecdsa", point, false_ ? utf8("other") : message, good, "ballot.signature", { line: i });
      }
      await signatures.settle();
    },
    (fault) => fault.values.line === 70,
  );
});

test("what people type is read with its spaces, or the field is named", () => {
  const note = block("## 6 checkpoints.txt");
  const pasted = `\n  ${note.replaceAll("\n", "\r\n")}\n\n${note}`;
  const read = readOutside({ code: "4827 1093", checkpoints: pasted, receipts: "k7qd-2m4p AAAA bbbb cccc\n\n" });
  assert.equal(read.code, "48271093");
  assert.deepEqual(read.checkpoints.map(({ size }) => size), [1, 1]);
  assert.equal(read.receipts[0].start, "K7QD2M4PAAAABBBBCCCC");
  const wrong = { code: "123", logKey: "x", checkpoints: "piaojue", receipts: '{"tracker":1}' };
  for (const [field, text] of Object.entries(wrong)) {
    assert.throws(() => readOutside({ [field]: text }), { code: `typed.${field}` });
  }
});

test("every fault has words in both languages, with the same places", () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".js"));
  const source = names.map((name) => readFileSync(new URL(name, FOLDER), "utf8")).join("\n");
  const dotted = [...source.matchAll(/"([a-z0-9]+\.[a-zA-Z]+)"/g)].map(([, code]) => code);
  const codes = dotted.filter((code) => !/\.(js|jsonl?|txt)$|^(decision|scale)\./.test(code));
  assert(codes.length > 80);
  for (const code of codes) assert(FAULTS[code], code);
  for (const code of Object.keys(FAULTS)) {
    assert(source.includes(`"${code}"`) || code.startsWith("typed."), `nobody says ${code}`);
  }
  for (const [code, [chinese, english]] of Object.entries(FAULTS)) {
    const places = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    assert.deepEqual(places(chinese), places(english), code);
  }
  const [shown] = fillPair(FAULTS["field"], { field: "x".repeat(1e6) });
  assert(shown.length < 200);
});
