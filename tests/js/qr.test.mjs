// The codes of Python's qrcode package for the same bytes, level M and mask are the pinned truth.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { qrMatrix } from "../../static/js/tablet/qr.js";

const rows = (grid) => grid.map((row) => row.map(Number).join(""));
const sample = (length) => Uint8Array.from({ length }, (_, i) => 33 + ((i * 7 + length) % 90));

const PIAOJUE = `
111111100001001111111
100000101101101000001
101110100110101011101
101110100101101011101
101110101110101011101
100000100100101000001
111111101010101111111
000000000111100000000
101010100111000010010
101001011110001101111
110011110100100011111
101001001110001000010
011110100000101110001
000000001001010111001
111111100101011111111
100000100101110000001
101110101111011110011
101110100110001010110
101110101100100111001
100000100010001110010
111111101010101000011`.trim().split("\n");

// Bytes, mask, version, and the head of the SHA-256 of the rows joined by LF.
const PINNED = [
  [1, 1, 1, "1eb30f70eab8c0f4c22cf974c76f0b29"],
  [14, 6, 1, "8b1f41ad0126bc13a4b8e61bf3843077"],
  [15, 7, 2, "c49da7e4d85d751406982d96d7ebd6ee"],
  [62, 6, 4, "abb5628616d26959a6f8ff97f102c2db"],
  [84, 4, 5, "a47db43a34ff5f403dcba32996695107"],
  [122, 2, 7, "9bf3201f22a964cdd77cb8569bd3d517"],
  [157, 5, 9, "a2db48d423a2ea353a853945e850716d"],
  [180, 4, 9, "3f64ddebb41bc82350db7c5782b4d429"],
  [213, 5, 10, "b1a7dd801b0a0f16019b0e32f1b82c08"],
  [412, 4, 15, "759c116994c936efcd84d6f29b84cf64"],
  [1000, 0, 26, "6ad45175e8bc28a54d0e1d128fcac5e1"],
  [1373, 5, 31, "1499f24a28b69e5913a8b0f9ed03f630"],
  [2331, 3, 40, "15efd534900091417016fce2cebc862c"],
];

test("a small code, module by module", () => {
  assert.deepEqual(rows(qrMatrix(new TextEncoder().encode("piaojue"), 0)), PIAOJUE);
});

test("codes of many sizes and every mask", () => {
  for (const [length, mask, version, head] of PINNED) {
    const grid = qrMatrix(sample(length), mask);
    assert.equal(grid.length, 4 * version + 17, `${length} bytes`);
    const digest = createHash("sha256").update(rows(grid).join("\n")).digest("hex");
    assert.equal(digest.slice(0, 32), head, `${length} bytes`);
  }
});

test("without a mask, one of the eight is chosen", () => {
  const free = rows(qrMatrix(sample(157))).join();
  const masked = [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => rows(qrMatrix(sample(157), mask)).join());
  assert.ok(masked.includes(free));
});

test("what no code holds is refused", () => {
  assert.throws(() => qrMatrix(sample(2332)), RangeError);
});
