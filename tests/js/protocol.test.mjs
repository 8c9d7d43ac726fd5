// The tablet's protocol functions against the standards' vectors, against node:crypto, and once from
// issuing to receipt with a server played here. Run: node --test tests/js/
import assert from "node:assert/strict";
import * as node from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as p from "../../static/js/protocol.js";
import { createHall } from "../../static/js/tablet/hall.js";
import { bigFromBytes, bytesFromBig, modInverse, modPow } from "../../static/js/protocol/numbers.js";

const bytes = (value) => new Uint8Array(value);
const refused = (code) => (error) => error instanceof p.ProtocolError && error.code === code;
const flip = (data, at = 0) => data.map((byte, i) => (i === at ? byte ^ 1 : byte));

// Encoding

test("base64url has one spelling", () => {
  for (let length = 0; length < 40; length += 1) {
    const data = bytes(node.randomBytes(length));
    assert.equal(p.b64(data), Buffer.from(data).toString("base64url"));
    assert.deepEqual(p.unb64(p.b64(data), length), data);
    assert.equal(p.base64(data), Buffer.from(data).toString("base64"));
    assert.deepEqual(p.unbase64(p.base64(data)), data);
  }
  for (const wrong of ["_w=", "_w==", "_x", "/w", "_w\n", " _w", "_", "票", "＿w", null, 5, ["_w"]]) {
    assert.throws(() => p.unb64(wrong), refused("bad_base64"), String(wrong));
  }
  assert.throws(() => p.unb64("_w", 2), refused("bad_base64"));
  for (const wrong of ["/w", "_w==", "/x==", "/w==\n", ""]) {
    assert.throws(() => p.unbase64(wrong, 1), refused("bad_base64"), wrong);
  }
});

test("base32 is RFC 4648's, without padding", () => {
  const vectors = {
    "": "", f: "MY", fo: "MZXQ", foo: "MZXW6", foob: "MZXW6YQ", fooba: "MZXW6YTB", foobar: "MZXW6YTBOI",
  };
  for (const [text, expected] of Object.entries(vectors)) assert.equal(p.base32(p.utf8(text)), expected);
  assert.equal(p.base32(new Uint8Array(32).fill(255)).length, 52);
  assert.equal(p.trackerCode(bytes(32)), "AAAA-AAAA-AAAA-AAAA-AAAA");
});

test("canonical JSON", () => {
  const value = { b: [1, null, true, "票\u2028\u007f\u0001\n\"\\/😀"], "10": {}, "9": -5, a: "" };
  const text = '{"10":{},"9":-5,"a":"","b":[1,null,true,"票\u2028\u007f\\u0001\\n\\"\\\\/😀"]}';
  assert.equal(p.jcs(value), text);
  assert.deepEqual(p.parseJcs(text), value);
  assert.equal(p.jcs(2 ** 53 - 1), "9007199254740991");
  assert.equal(p.jcs(JSON.parse('{"__proto__":1}')), '{"__proto__":1}');
  const deep = (levels) => "[".repeat(levels) + "]".repeat(levels);
  assert.equal(p.jcs(JSON.parse(deep(33))), deep(33));
  assert.throws(() => p.parseJcs(deep(34)), refused("bad_json"));
  const values = [
    1.5, 2 ** 53, NaN, 1n, undefined, [undefined], new Array(1),
    "\ud800", "\udc00a", { "票": 1 }, bytes(2), () => 1,
  ];
  for (const wrong of values) assert.throws(() => p.jcs(wrong), refused("bad_json"), String(wrong));
  const texts = [
    '{"a":1,"a":1}', '{"b":1,"a":1}', '{ "a":1}', "1.0", "-0", "1e2", "9007199254740993",
    '"\\u0041"', '"\\/"', '"\\ud800"', "[1]\n", "\ufeff1", "", "{a:1}",
  ];
  for (const wrong of texts) assert.throws(() => p.parseJcs(wrong), refused("bad_json"), wrong);
});

test("UTF-8 is decoded as it stands", () => {
  assert.equal(p.fromUtf8(p.utf8("\ufeff票")), "\ufeff票");
  assert.throws(() => p.fromUtf8(bytes([0xff])), TypeError);
  assert.deepEqual(p.tag("cast"), p.utf8("piaojue/v1/cast\n"));
  assert.throws(() => p.uint32(2 ** 32), RangeError);
});

// Card

function cardOf(text38) {
  const check = 98n - (BigInt(text38) * 100n) % 97n;
  return text38 + String(check).padStart(2, "0");
}

test("check digits find every changed digit and every exchange of neighbours", () => {
  const card = cardOf("31415926535897932384626433832795028841");
  assert.equal(BigInt(card) % 97n, 1n);
  assert.ok(p.checkDigitsOk(card));
  for (let at = 0; at < 40; at += 1) {
    const other = (Number(card[at]) + 1) % 10;
    assert.ok(!p.checkDigitsOk(card.slice(0, at) + other + card.slice(at + 1)));
    if (card[at] === card[at + 1] || at === 39) continue;
    assert.ok(!p.checkDigitsOk(card.slice(0, at) + card[at + 1] + card[at] + card.slice(at + 2)));
  }
  assert.equal(p.parseCard(` ${card.match(/.{5}/g).join(" - ")}\n`), card);
  assert.throws(() => p.parseCard(card.slice(1)), refused("card_length"));
  assert.throws(() => p.parseCard(`${card}0`), refused("card_length"));
  assert.throws(() => p.parseCard(flipDigit(card)), refused("card_check"));
  assert.throws(() => p.parseCard(card.replace("3", "３")), refused("card_characters"));
});

const flipDigit = (card) => card.slice(0, 39) + ((Number(card[39]) + 1) % 10);

function pointOf(d) {
  const ecdh = node.createECDH("prime256v1");
  ecdh.setPrivateKey(bytesFromBig(d, 32));
  return bytes(ecdh.getPublicKey());
}

test("a card's key", async () => {
  const digits = cardOf("0".repeat(38));
  const { cardId, d } = await p.deriveCard(digits, "county-18-3");
  const hkdf = (info, length) => bytes(node.hkdfSync("sha256", digits, p.tag("card"), info, length));
  assert.deepEqual(cardId, hkdf("county-18-3/id", 16));
  const order = BigInt("115792089210356248762697446949407573529996955224135760342422259061068512044369");
  assert.equal(d, 1n + (bigFromBytes(hkdf("county-18-3/key", 48)) % (order - 1n)));
  const key = await p.importCardKey(d, pointOf(d));
  assert.equal(key.extractable, false);
  const message = p.utf8("message");
  const sig = await p.signP256(key, message);
  assert.ok(await p.verifyP256(pointOf(d), sig, message));
  assert.ok(!(await p.verifyP256(pointOf(d), flip(sig), message)));
  assert.ok(!(await p.verifyP256(flip(pointOf(d), 64), sig, message)));
  await assert.rejects(p.importCardKey(d, pointOf(d + 1n)), refused("card_key"));
  await assert.rejects(p.importCardKey(d, flip(pointOf(d), 64)), refused("card_key"));
  await assert.rejects(p.importCardKey(d, bytes(10)), refused("card_key"));
  const slot = p.concat(bytes(32), p.uint32(2), p.utf8("/slot"));
  assert.equal(await p.slotName(digits, bytes(32), 2), p.b64(hkdf(slot, 16)));
});

// Blind RSA

const vectorFile =
  process.env.RFC9474_VECTORS ||
  fileURLToPath(new URL("../../../shared/data/rfc9474-vectors.json", import.meta.url));
const noVectors = existsSync(vectorFile) ? false : "RFC9474_VECTORS names no file";

test("RFC 9474 vector, RSABSSA-SHA384-PSS-Randomized", { skip: noVectors }, async () => {
  const vectors = JSON.parse(readFileSync(vectorFile, "utf8"));
  const v = vectors.find((each) => each.name === "RSABSSA-SHA384-PSS-Randomized");
  const key = { n: BigInt(v.n), e: BigInt(v.e) };
  const [prefix, message] = [p.unhex(v.msg_prefix), p.unhex(v.msg)];
  const r = modInverse(BigInt(v.inv), key.n);
  const { blinded, inverse } = await p.blind(key, prefix, message, { salt: p.unhex(v.salt), r });
  assert.equal(p.hex(blinded), v.blinded_msg);
  assert.equal(bigFromBytes(inverse), BigInt(v.inv));
  const blindSig = bytesFromBig(modPow(bigFromBytes(blinded), BigInt(v.d), key.n), 512);
  assert.equal(p.hex(blindSig), v.blind_sig);
  assert.equal(p.hex(await p.finalize(key, prefix, message, blindSig, inverse)), v.sig);
});

function newIssuer() {
  const rsa = node.generateKeyPairSync("rsa", { modulusLength: 3072 });
  const padding = node.constants.RSA_NO_PADDING;
  return {
    ...newSigner(),
    rsa,
    spki: bytes(rsa.publicKey.export({ type: "spki", format: "der" })),
    raw: (data) => bytes(node.privateDecrypt({ key: rsa.privateKey, padding }, data)),
  };
}

function newSigner() {
  const pair = node.generateKeyPairSync("ed25519");
  const key = bytes(Buffer.from(pair.publicKey.export({ format: "jwk" }).x, "base64url"));
  return { key, sign: (message) => bytes(node.sign(null, message, pair.privateKey)) };
}

const issuers = [newIssuer(), newIssuer()];

test("a seal is what node:crypto calls RSA-PSS, and nothing near it is one", async () => {
  const { rsa, spki, raw } = issuers[0];
  const key = p.parseSpki(spki);
  const [prefix, message] = [p.newPrefix(), p.utf8("message")];
  const { blinded, inverse } = await p.blind(key, prefix, message);
  const blindSig = raw(blinded);
  const seal = await p.finalize(key, prefix, message, blindSig, inverse);
  const pss = { key: rsa.publicKey, padding: node.constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };
  assert.ok(node.verify("sha384", p.concat(prefix, message), pss, seal));

  const again = await p.blind(key, prefix, message);
  assert.notDeepEqual(again.blinded, blinded);
  const bad = refused("bad_blind_signature");
  const tooLarge = bytesFromBig(bigFromBytes(blindSig) + key.n, 385);
  const padded = p.concat(bytes(1), blindSig);
  for (const wrong of [flip(blindSig, 383), blindSig.subarray(1), padded, tooLarge, bytes(384)]) {
    await assert.rejects(p.finalize(key, prefix, message, wrong, inverse), bad);
  }
  await assert.rejects(p.finalize(key, p.newPrefix(), message, blindSig, inverse), bad);
  await assert.rejects(p.finalize(key, prefix, message, blindSig, again.inverse), bad);
  assert.ok(!(await p.verifySeal(key, prefix, message, bytesFromBig(key.n - 1n, 384))));
  assert.ok(!(await p.verifySeal(key, prefix.subarray(1), message, seal)));

  // Any answer z gives the same seal with a fitting inverse; z + n would be a second spelling of it.
  const half = bytesFromBig((bigFromBytes(seal) * modInverse(2n, key.n)) % key.n, 384);
  assert.deepEqual(await p.finalize(key, prefix, message, bytesFromBig(2n, 384), half), seal);
  await assert.rejects(p.finalize(key, prefix, message, bytesFromBig(key.n + 2n, 384), half), bad);
});

test("a modulus that does not fill its bytes", async () => {
  const { publicKey, privateKey } = node.generateKeyPairSync("rsa", { modulusLength: 2041 });
  const key = { n: bigFromBytes(p.unb64(publicKey.export({ format: "jwk" }).n)), e: 65537n };
  const [prefix, message] = [p.newPrefix(), p.utf8("message")];
  const { blinded, inverse } = await p.blind(key, prefix, message);
  const padding = node.constants.RSA_NO_PADDING;
  const blindSig = bytes(node.privateDecrypt({ key: privateKey, padding }, blinded));
  const seal = await p.finalize(key, prefix, message, blindSig, inverse);
  const pss = { key: publicKey, padding: node.constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };
  assert.ok(node.verify("sha384", p.concat(prefix, message), pss, seal));
  const second = bytesFromBig(bigFromBytes(seal) + key.n, 256);
  assert.ok(!(await p.verifySeal(key, prefix, message, second)));
  // e is odd, so (n − 1)^e = n − 1, one byte longer than an encoding.
  assert.ok(!(await p.verifySeal(key, prefix, message, bytesFromBig(key.n - 1n, 256))));
});

test("seals made by node:crypto verify, with a 48-byte salt and SHA-384 only", async () => {
  const { rsa, spki } = issuers[0];
  const key = p.parseSpki(spki);
  const prefix = p.newPrefix();
  const made = (hash, saltLength) => {
    const pss = { key: rsa.privateKey, padding: node.constants.RSA_PKCS1_PSS_PADDING, saltLength };
    return bytes(node.sign(hash, p.concat(prefix, p.utf8("m")), pss));
  };
  assert.ok(await p.verifySeal(key, prefix, p.utf8("m"), made("sha384", 48)));
  for (const [hash, salt] of [["sha384", 0], ["sha384", 47], ["sha384", 49], ["sha256", 48]]) {
    assert.ok(!(await p.verifySeal(key, prefix, p.utf8("m"), made(hash, salt))), `${hash} ${salt}`);
  }
  // The bit above the encoding, and the bits that the mask must leave zero, may not be set.
  const encoded = modPow(bigFromBytes(made("sha384", 48)), key.e, key.n);
  const d = modInverse(key.e, totient(rsa.privateKey));
  const resigned = (value) => bytesFromBig(modPow(value, d, key.n), 384);
  assert.ok(await p.verifySeal(key, prefix, p.utf8("m"), resigned(encoded)));
  for (const bit of [0n, 400n, 3000n, 3070n, 3071n]) {
    const wrong = encoded ^ (1n << bit);
    if (wrong < key.n) assert.ok(!(await p.verifySeal(key, prefix, p.utf8("m"), resigned(wrong))));
  }
});

function totient(privateKey) {
  const jwk = privateKey.export({ format: "jwk" });
  const [a, b] = [jwk.p, jwk.q].map((factor) => bigFromBytes(p.unb64(factor)));
  return (a - 1n) * (b - 1n);
}

test("an encoded message that shares a factor with n is refused", async () => {
  // PSS encodings end in 0xbc, so they share the factor 2 with every even modulus.
  const even = { n: p.parseSpki(issuers[0].spki).n + 1n, e: 65537n };
  await assert.rejects(p.blind(even, p.newPrefix(), p.utf8("m")), refused("blinding_failed"));
});

const isPrime = (value) => ![...Array(45).keys()].some((d) => d > 1 && d < value && value % d === 0);
const SMALL_PRIMES = Array.from({ length: 1998 }, (_, i) => i + 2).filter(isPrime).map(BigInt);

// A multiple of `factor` below n that no other prime below 2000 divides
function multipleNear(n, factor) {
  let value = n - (n % factor);
  while (SMALL_PRIMES.some((prime) => prime !== factor && value % prime === 0n)) value -= factor;
  return value;
}

test("the form of an issuing key", () => {
  const { spki } = issuers[0];
  assert.equal(p.parseSpki(spki).e, 65537n);
  const n = p.parseSpki(spki).n;
  const withModulus = (value) => p.concat(spki.subarray(0, 33), bytesFromBig(value, 384), spki.subarray(417));
  assert.deepEqual(withModulus(n), spki);
  const accepted = withModulus(multipleNear(n, 2003n));
  assert.equal(p.parseSpki(accepted).n % 2003n, 0n);
  const encode = (pair) => bytes(pair.publicKey.export({ type: "spki", format: "der" }));
  const wrong = [
    ...[2n, 3n, 997n, 1999n].map((factor) => withModulus(multipleNear(n, factor))),
    withModulus(multipleNear(n >> 1n, 2003n)),
    encode(node.generateKeyPairSync("rsa", { modulusLength: 3072, publicExponent: 3 })),
    encode(node.generateKeyPairSync("rsa", { modulusLength: 2048 })),
    encode(node.generateKeyPairSync("rsa-pss", { modulusLength: 3072 })),
    p.concat(spki, bytes(1)),
    spki.subarray(0, 421),
    bytes(0),
    flip(spki, 32),
    flip(spki, 20),
  ];
  for (const der of wrong) assert.throws(() => p.parseSpki(der), refused("bad_issuing_key"));
});

// Ed25519

// RFC 8032 section 7.1: tests 1, 2, 3 and SHA(abc)
const ED25519 = [
  ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"],
  ["3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"],
  ["fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"],
  ["ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf2",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"],
];
const ED25519_ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;
const FIELD = (1n << 255n) - 19n;
const little = (value) => bytesFromBig(value, 32).reverse();

test("Ed25519 of RFC 8032, and its failures", async () => {
  for (const [key, message, sig] of ED25519.map((row) => row.map(p.unhex))) {
    assert.ok(await p.verifyEd25519(key, sig, message));
    for (const at of [0, 31, 32, 63]) assert.ok(!(await p.verifyEd25519(key, flip(sig, at), message)));
    assert.ok(!(await p.verifyEd25519(key, sig, p.concat(message, bytes(1)))));
    assert.ok(!(await p.verifyEd25519(flip(key), sig, message)));
    assert.ok(!(await p.verifyEd25519(key, sig.subarray(1), message)));
    assert.ok(!(await p.verifyEd25519(key.subarray(1), sig, message)));
    const s = bigFromBytes(sig.slice(32).reverse()) + ED25519_ORDER;
    assert.ok(!(await p.verifyEd25519(key, p.concat(sig.subarray(0, 32), little(s)), message)));
  }
});

test("Ed25519 refuses a second spelling of R", async () => {
  // Who has the key can make R the neutral element: S = k·a. Of its spellings one verifies.
  const seed = node.randomBytes(32);
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const secret = node.createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const key = bytes(node.createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32));
  const half = node.createHash("sha512").update(seed).digest().subarray(0, 32).reverse();
  const a = (bigFromBytes(bytes(half)) & ((1n << 254n) - 8n)) | (1n << 254n);
  const message = p.utf8("any");
  const signed = (r) => {
    const digest = node.createHash("sha512").update(r).update(key).update(message).digest().reverse();
    return p.concat(r, little((bigFromBytes(bytes(digest)) * a) % ED25519_ORDER));
  };
  assert.ok(await p.verifyEd25519(key, signed(little(1n)), message));
  for (const other of [FIELD + 1n, 1n | (1n << 255n)]) {
    assert.ok(!(await p.verifyEd25519(key, signed(little(other)), message)));
  }
});

test("Ed25519 refuses keys under which anybody can sign", async () => {
  const order8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
  const other8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
  const weak = [little(0n), little(1n), little(FIELD - 1n), little(FIELD + 1n), p.unhex(order8), p.unhex(other8)];
  for (const key of weak) {
    for (let i = 0; i < 16; i += 1) {
      assert.ok(!(await p.verifyEd25519(key, p.concat(little(1n), bytes(32)), bytes(node.randomBytes(i)))));
    }
  }
});

test("Ed25519 agrees with node:crypto", async () => {
  for (let i = 0; i < 50; i += 1) {
    const { key, sign } = newSigner();
    const message = bytes(node.randomBytes(i));
    assert.ok(await p.verifyEd25519(key, sign(message), message));
    assert.ok(!(await p.verifyEd25519(key, flip(sign(message), i), message)));
  }
});

// Merkle tree

const H = (...parts) => bytes(node.createHash("sha256").update(p.concat(...parts)).digest());

// RFC 6962 section 2.1 and 2.1.1, as they are written there
const split = (size) => 2 ** Math.floor(Math.log2(size - 1));
function naiveRoot(list) {
  if (list.length === 0) return H();
  if (list.length === 1) return H(bytes([0]), list[0]);
  const k = split(list.length);
  return H(bytes([1]), naiveRoot(list.slice(0, k)), naiveRoot(list.slice(k)));
}
function naivePath(m, list) {
  if (list.length === 1) return [];
  const k = split(list.length);
  if (m < k) return [...naivePath(m, list.slice(0, k)), naiveRoot(list.slice(k))];
  return [...naivePath(m - k, list.slice(k)), naiveRoot(list.slice(0, k))];
}

test("Merkle roots and proofs of inclusion", async () => {
  for (let size = 0; size <= 20; size += 1) {
    const list = Array.from({ length: size }, (_, i) => p.utf8(`leaf ${i}`));
    const hashes = await Promise.all(list.map(p.leafHash));
    const root = await p.rootFromLeafHashes(hashes);
    assert.deepEqual(root, naiveRoot(list));
    for (let i = 0; i < size; i += 1) {
      const proof = naivePath(i, list);
      assert.ok(await p.verifyInclusion(i, size, hashes[i], proof, root));
      assert.ok(!(await p.verifyInclusion(i, size, flip(hashes[i]), proof, root)));
      assert.ok(!(await p.verifyInclusion(i, size, hashes[i], [...proof, root], root)));
      if (size > 1) {
        assert.ok(!(await p.verifyInclusion((i + 1) % size, size, hashes[i], proof, root)));
        assert.ok(!(await p.verifyInclusion(i, size, hashes[i], proof.slice(1), root)));
      }
    }
    const short = Array.from({ length: Math.ceil(Math.log2(size)) - 1 }, () => H());
    if (size > 1) assert.equal(await p.rootFromInclusion(0, size, H(), short), null);
    if (size > 1) assert.equal(await p.rootFromInclusion(0, size, H(), [...short, bytes(31)]), null);
    if (size > 0) assert.equal(await p.rootFromInclusion(0, size, H(), [...short, H(), H()]), null);
    for (const wrong of [-1, size, 0.5, "0"]) {
      assert.equal(await p.rootFromInclusion(wrong, size, H(), []), null);
    }
  }
});

// A server, played: one log, two issuers

const log = newSigner();
const ORIGIN = "piaojue/county-18-3";

function noteLine(name, key, sig) {
  const id = H(p.utf8(`${name}\n`), bytes([1]), key).subarray(0, 4);
  return `— ${name} ${p.base64(p.concat(id, sig))}\n`;
}

function checkpointOf(entries) {
  const text = `${ORIGIN}\n${entries.length}\n${p.base64(naiveRoot(entries.map(p.utf8)))}\n`;
  return `${text}\n${noteLine(ORIGIN, log.key, log.sign(p.utf8(text)))}`;
}

const definition = {
  congress: { id: "county-18-3", name: "××县第十八届人民代表大会", session: "第三次会议" },
  issuers: issuers.map((issuer, i) => ({ id: `issuer-${i}`, key: p.b64(issuer.key), name: "" })),
  items: [{ id: "a" }, { id: "b" }, { id: "c" }],
  log_key: p.b64(log.key),
  scale: { limits: { 0: 2 }, marks: [{ id: "for", label: "赞成" }, { id: "against", label: "反对" }] },
  v: 1,
};
const poll = await p.pollHash(p.utf8(p.jcs(definition)));

test("checkpoints", async () => {
  const entries = ["a", "b", "c"];
  const good = checkpointOf(entries);
  const opened = await p.openCheckpoint(good, ORIGIN, log.key);
  assert.deepEqual(opened, { size: 3, root: naiveRoot(entries.map(p.utf8)) });
  const witness = noteLine("example.org/witness", log.key, bytes(72));
  assert.equal((await p.openCheckpoint(good + witness, ORIGIN, log.key)).size, 3);

  const [text, signature] = good.split("\n\n");
  const sealed = (other) => `${other}\n${noteLine(ORIGIN, log.key, log.sign(p.utf8(other)))}`;
  const root = text.split("\n")[2];
  const sig = log.sign(p.utf8(`${text}\n`));
  const wrongId = `— ${ORIGIN} ${p.base64(p.concat(bytes(4), sig))}\n`;
  const wrong = [
    `${text}\n\n${noteLine("other", log.key, sig)}`, `${text}\n\n${wrongId}`,
    good.replace("\n3\n", "\n4\n"), `${text}\n\n`, good.slice(0, -1), `${good}\n`, `\n${good}`,
    good.replace(/\n/g, "\r\n"), good.replace("—", "-"), `${text}\n\n${witness}${signature}`,
    `${good}x\n`, good.replace("— piaojue", "— other"), `${good}— w AA==\n`,
    ...["03", "３", "-1", "3 ", ""].map((size) => sealed(`${ORIGIN}\n${size}\n${root}\n`)),
    sealed(`${ORIGIN}\n3\n${root}\nextension\n`), sealed(`${ORIGIN}x\n3\n${root}\n`),
  ];
  for (const note of wrong) {
    await assert.rejects(p.openCheckpoint(note, ORIGIN, log.key), refused("bad_checkpoint"), note);
  }
  const short = p.base64(bytes(31));
  const shortRoot = sealed(`${ORIGIN}\n3\n${short}\n`);
  await assert.rejects(p.openCheckpoint(shortRoot, ORIGIN, log.key), refused("bad_base64"));
  await assert.rejects(p.openCheckpoint(good, ORIGIN, issuers[0].key), refused("bad_checkpoint"));
  await assert.rejects(p.openCheckpoint(good, `${ORIGIN}x`, log.key), refused("bad_checkpoint"));
});

const witness = newSigner();
const WITNESS = { name: `${ORIGIN}/w1`, key: witness.key };

function cosignature(text, { name = WITNESS.name, signer = witness, time = 1795400000n, kind = 4 } = {}) {
  const [body] = text.split("\n\n");
  const seconds = new Uint8Array(8);
  new DataView(seconds.buffer).setBigUint64(0, time);
  const message = p.utf8(`cosignature/v1\ntime ${time}\n${body}\n`);
  const id = H(p.utf8(`${name}\n`), bytes([kind]), signer.key).subarray(0, 4);
  return `— ${name} ${p.base64(p.concat(id, seconds, signer.sign(message)))}\n`;
}

test("cosignatures: each witness that is asked for, once, over this very head", async () => {
  const good = checkpointOf(["a", "b", "c"]);
  const line = cosignature(good);
  await p.checkCosignatures(good + line, [WITNESS]);
  await p.checkCosignatures(good, []);
  const stranger = cosignature(good, { name: "example.org/w", signer: log });
  await p.checkCosignatures(good + stranger + line, [WITNESS]);
  const other = { name: `${ORIGIN}/w2`, key: log.key };
  for (const [note, needed] of [[good, [WITNESS]], [good + stranger, [WITNESS]], [good + line, [WITNESS, other]]]) {
    await assert.rejects(p.checkCosignatures(note, needed), refused("not_witnessed"));
  }
  const wrong = [
    line + line, cosignature(checkpointOf(["a", "b"])), cosignature(good, { signer: log }), cosignature(good, { kind: 1 }),
    cosignature(good, { time: 2n ** 63n }), noteLine(WITNESS.name, witness.key, witness.sign(p.utf8(good))),
  ];
  for (const bad of wrong) {
    await assert.rejects(p.checkCosignatures(good + bad, [WITNESS]), refused("bad_cosignature"), bad);
  }
});

test("a tablet refuses to blind, to register, to take a roll or to show a ballot before the witnesses", async () => {
  const named = { ...definition, witnesses: [{ id: "w1", key: p.b64(witness.key), name: "甲" }] };
  for (const event of ["issuing_opened", "issuing_closed", "roll_frozen", "voting_opened"]) {
    const [, , text, index, proof, checkpoint] = shown({ event });
    await assert.rejects(p.checkEvent(named, poll, event, text, index, proof, checkpoint), refused("not_witnessed"), event);
    await p.checkEvent(named, poll, event, text, index, proof, checkpoint + cosignature(checkpoint));
    await p.checkEvent(definition, poll, event, text, index, proof, checkpoint);
  }
  const [, , ...parts] = shown(opening(1));
  await assert.rejects(p.checkIssuingKeys(named, poll, ...parts), refused("not_witnessed"));
  const [, , ...over] = shown({ event: "voting_closed" });
  await p.checkEvent(named, poll, "voting_closed", ...over); // the end needs nobody
  for (const key of [definition.log_key, definition.issuers[0].key]) {
    const twice = { ...definition, witnesses: [{ id: "w1", key, name: "甲" }] };
    await assert.rejects(p.checkIssuingKeys(twice, poll, ...parts), refused("same_keys"));
  }
});

function shown(change) {
  const text = p.jcs({ at: "2026-01-20T06:00:00Z", poll: p.b64(poll), seq: 2, ...change });
  const entries = ["first", "second", text, "fourth"];
  const proof = naivePath(2, entries.map(p.utf8)).map(p.b64);
  return [definition, poll, text, 2, proof, checkpointOf(entries)];
}

function opening(epoch, spkis = issuers.map((issuer) => issuer.spki)) {
  const keys = spkis.map((spki, i) => ({
    sig: p.b64(issuers[i].sign(p.issuingKeyMessage(poll, epoch, spki))),
    spki: p.b64(spki),
  }));
  return { epoch, event: "issuing_opened", keys };
}

test("the page waits for the witnesses without alarm, and goes on once they have seen the log", async () => {
  const named = { ...definition, witnesses: [{ id: "w1", key: p.b64(witness.key), name: "甲" }] };
  const bytesOf = p.utf8(p.jcs(named));
  const own = await p.pollHash(bytesOf);
  const keys = issuers.map(({ spki, sign }) => ({ sig: p.b64(sign(p.issuingKeyMessage(own, 1, spki))), spki: p.b64(spki) }));
  const [, , entry, index, proof, bare] = shown({ epoch: 1, event: "issuing_opened", keys, poll: p.b64(own) });
  let checkpoint = bare;
  const hall = createHall({ bytes: async () => bytesOf, json: async () => ({ entry, index, proof, checkpoint }) });
  const { congress, log_key: logKey } = named;
  const status = { congress, log_key: logKey, poll: { hash: p.b64(own), phase: "issuing", epoch: 1 } };
  await hall.follow(status, () => false);
  assert.deepEqual([hall.facts().issuing, hall.facts().waits], [null, true]);
  checkpoint = bare + cosignature(bare, { signer: log });
  await assert.rejects(hall.follow(status, () => false), refused("bad_cosignature"));
  checkpoint = bare + cosignature(bare);
  await hall.follow(status, () => false);
  assert.deepEqual([hall.facts().issuing.epoch, hall.facts().waits], [1, false]);
});

test("where a poll names a relay its phases are asked for there, and past it only the end is believed", async () => {
  const relay = { name: "监票组", origin: "https://relay.hall" };
  const bytesOf = p.utf8(p.jcs({ ...definition, relay }));
  const own = p.b64(await p.pollHash(bytesOf));
  const asked = [];
  const json = async (path, by = "") => {
    asked.push([path.split("/").pop(), by]);
    const [, , entry, index, proof, checkpoint] = shown({ event: path.split("/").pop(), poll: own });
    return { entry, index, proof, checkpoint };
  };
  const api = { bytes: async () => bytesOf, json };
  const { congress, log_key: logKey } = definition;
  const at = (phase, hash = own) => ({ congress, log_key: logKey, poll: { hash, phase, epoch: 1 } });
  const stale = createHall(api);
  await assert.rejects(stale.follow(at("issuing"), () => false), refused("stale_page"));
  assert.equal(stale.facts(), null);
  const hall = createHall(api, relay.origin);
  assert.equal(hall.by(), "");
  await hall.follow(at("defined"), () => false);
  assert.equal(hall.by(), relay.origin);
  for (const phase of ["issuing", "registering"]) await hall.follow(at(phase), () => false).catch(() => {});
  await hall.seeEnd(at("open"));
  assert.deepEqual([...new Set(asked.map(([, by]) => by))], [relay.origin]);
  asked.length = 0;
  await hall.seeEnd(at("void"));
  assert.deepEqual(asked, [["voting_closed", ""], ["poll_voided", ""]]);
  assert.equal(hall.by(), "");
});

test("an event counts for its own poll and name only", async () => {
  const [, , ...parts] = shown({ event: "voting_opened" });
  assert.equal((await p.checkEvent(definition, poll, "voting_opened", ...parts)).seq, 2);
  await assert.rejects(p.checkEvent(definition, poll, "voting_closed", ...parts), refused("bad_entry"));
  await assert.rejects(p.checkEvent(definition, new Uint8Array(32), "voting_opened", ...parts), refused("bad_entry"));
});

test("issuing keys are taken only as the issuers signed them and the log shows them", async () => {
  const issuing = await p.checkIssuingKeys(...shown(opening(3)));
  assert.equal(issuing.epoch, 3);
  assert.deepEqual(issuing.keys.map((key) => key.spki), issuers.map((issuer) => issuer.spki));
  const good = opening(3);
  const weak = p.concat(issuers[1].spki, bytes(1));
  const cases = [
    ["bad_entry", { ...good, epoch: 0 }], ["bad_entry", { ...good, event: "issuing_closed" }],
    ["bad_entry", { ...good, poll: p.b64(H()) }], ["bad_entry", { ...good, seq: 1 }],
    ["bad_entry", { ...good, keys: good.keys.slice(1) }], ["bad_fields", { ...good, more: 1 }],
    ["bad_issuer_signature", { ...good, epoch: 4 }],
    ["bad_issuer_signature", { ...good, keys: [...good.keys].reverse() }],
    ["bad_fields", { ...good, keys: good.keys.map((key) => ({ ...key, more: 1 })) }],
    ["bad_issuing_key", opening(3, [issuers[0].spki, weak])],
  ];
  for (const [code, entry] of cases) {
    await assert.rejects(p.checkIssuingKeys(...shown(entry)), refused(code), code);
  }
  const [, ...rest] = shown(good);
  for (const key of [definition.log_key, definition.issuers[0].key]) {
    const twin = { ...definition, issuers: [definition.issuers[0], { ...definition.issuers[1], key }] };
    await assert.rejects(p.checkIssuingKeys(twin, ...rest), refused("same_keys"));
  }
  const [, , text, , proof, checkpoint] = shown(good);
  const spaced = text.replace(",", ", ");
  for (const [changed, index] of [[spaced, 2], [text, 1]]) {
    const check = p.checkIssuingKeys(definition, poll, changed, index, proof, checkpoint);
    await assert.rejects(check, refused("bad_proof"));
  }
});

test("a ballot from the request to the receipt", async () => {
  const issuing = await p.checkIssuingKeys(...shown(opening(1)));
  const { cardId, d } = await p.deriveCard(cardOf("7".repeat(38)), "county-18-3");
  const cardKey = await p.importCardKey(d, pointOf(d));
  const { privateKey, publicKey } = await p.newBallotKey();
  assert.equal(privateKey.extractable, false);

  const prepared = await p.prepareRequest({ poll, issuing, cardId, cardKey, publicKey });
  const { request, secret } = structuredClone(prepared);
  assert.equal(p.jcs(Object.keys(request)), '["auth","blinded","deputy","epoch","poll"]');
  const blinded = request.blinded.map((text) => p.unb64(text, 384));
  const spkis = issuers.map((issuer) => issuer.spki);
  const asked = p.concat(p.tag("issue"), poll, p.uint32(1), H(p.tag("keys"), ...spkis), ...blinded);
  assert.ok(await p.verifyP256(pointOf(d), p.unb64(request.auth, 64), asked));
  const blindSigs = issuers.map((issuer, i) => p.b64(issuer.raw(blinded[i])));
  const line = await p.finishIssue(poll, structuredClone(issuing), secret, blindSigs);
  const message = p.ballotKeyMessage(poll, publicKey);
  for (const [i, { prefix, sig }] of line.seals.entries()) {
    assert.ok(await p.verifySeal(issuing.keys[i], p.unb64(prefix, 32), message, p.unb64(sig, 384)));
  }
  const bad = refused("bad_blind_signature");
  await assert.rejects(p.finishIssue(poll, issuing, secret, [...blindSigs].reverse()), bad);
  await assert.rejects(p.finishIssue(poll, issuing, secret, blindSigs.slice(1)), bad);

  const registered = p.b64(log.sign(p.registeredMessage(poll, H(p.utf8(p.jcs(line))))));
  await p.checkRegistered(poll, log.key, line, registered);
  const other = { ...line, seals: [...line.seals].reverse() };
  await assert.rejects(p.checkRegistered(poll, log.key, other, registered), refused("bad_promise"));

  const roll = [p.utf8("other"), p.utf8(p.jcs(line)), p.utf8("third")];
  const freeze = { event: "roll_frozen", issued: 3, registered: 3, root: p.b64(naiveRoot(roll)) };
  const frozen = await p.checkFrozen(...shown(freeze));
  const leaves = p.concat(...roll.map((leaf) => H(bytes([0]), leaf)));
  await p.checkRoll(leaves, frozen, line);
  await assert.rejects(p.checkRoll(leaves, frozen, other), refused("not_on_roll"));
  for (const wrong of [flip(leaves), leaves.subarray(32), leaves.subarray(1), bytes(0)]) {
    await assert.rejects(p.checkRoll(wrong, frozen, line), refused("bad_roll"));
  }
  await assert.rejects(p.checkRoll(leaves, { ...frozen, registered: 2 }, line), refused("bad_roll"));
  await assert.rejects(p.checkFrozen(...shown({ ...freeze, registered: 4 })), refused("roll_too_large"));
  await assert.rejects(p.checkFrozen(...shown({ ...freeze, registered: -1 })), refused("bad_entry"));
  await assert.rejects(p.checkFrozen(...shown({ ...freeze, event: "voting_opened" })), refused("bad_entry"));

  const marks = [0, null, 1];
  const ballot = await p.prepareCast({ poll, rollRoot: frozen.root, marks, privateKey, publicKey });
  const cast = p.concat(p.tag("cast"), poll, frozen.root, p.utf8("[0,null,1]"));
  assert.ok(await p.verifyP256(publicKey, p.unb64(ballot.sig, 64), cast));
  const trackerBytes = H(p.tag("tracker"), poll, publicKey, p.unb64(ballot.sig), p.utf8("[0,null,1]"));
  const promise = p.b64(log.sign(p.concat(p.tag("receipt"), poll, trackerBytes)));
  const receipt = { promise, tracker: p.b64(trackerBytes) };
  const code = await p.checkReceipt(poll, log.key, ballot, receipt);
  assert.equal(code.replace(/-/g, ""), p.base32(trackerBytes).slice(0, 20));
  const elsewhere = { promise, tracker: p.b64(H()) };
  await assert.rejects(p.checkReceipt(poll, log.key, ballot, elsewhere), refused("bad_receipt"));
  const changed = { ...ballot, marks: [0, null, null] };
  await assert.rejects(p.checkReceipt(poll, log.key, changed, receipt), refused("bad_receipt"));
  await assert.rejects(p.checkReceipt(poll, issuers[0].key, ballot, receipt), refused("bad_receipt"));
});

test("the network cannot count the marks by a ballot's length", () => {
  const ballot = { key: "k", poll: "p", sig: "s" };
  const lists = [[null, null, null], [0, null, 0], [0, 1, 2], [10, 19, null]];
  const bodies = lists.map((marks) => p.castBody({ ...ballot, marks }));
  assert.equal(new Set(bodies.map((body) => body.length)).size, 1);
  assert.deepEqual(bodies.map((body) => JSON.parse(body).marks), lists);
});

test("check-in, and the code that finds a wrong poll", async () => {
  const message = await p.checkinMessage("county-18-3", "plenary-1", log.key);
  const [congress, meeting] = [H(p.utf8("county-18-3")), H(p.utf8("plenary-1"))];
  assert.deepEqual(message, p.concat(p.tag("checkin"), congress, meeting, log.key));
  assert.deepEqual(poll, H(p.tag("definition"), p.utf8(p.jcs(definition))));
  assert.equal(p.verificationCode(poll), String(bigFromBytes(poll) % 10n ** 8n).padStart(8, "0"));
  assert.equal(p.verificationCode(bytesFromBig(300000042n, 32)), "00000042");
});

test("limits of the scale", () => {
  const { scale } = definition;
  assert.equal(p.marksProblem([0, 0, null], 3, scale), null);
  assert.equal(p.marksProblem([null, null, null], 3, scale), null);
  assert.deepEqual(p.marksProblem([0, 0, 0], 3, scale), { mark: 0, max: 2, chosen: 3 });
  for (const wrong of [[0, 0], [0, 0, 2], [0, 0, -1], [0, 0, "1"], [0, 0, 0.5], [0, 0, undefined]]) {
    assert.throws(() => p.marksProblem(wrong, 3, scale), refused("bad_marks"));
  }
});
