// The browser's verifier on a command line, for the tests: a line of JSON in, a line of JSON out.
// In: {record: path, typed: {…}}. Out: verify's report.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { firstFalse } from "../../static/verifier/signatures.js";
import { verify } from "../../static/verifier/verify.js";

const pool = { width: 1, check: firstFalse };

for await (const line of createInterface({ input: process.stdin })) {
  const { record, typed } = JSON.parse(line);
  const report = await verify(new Uint8Array(await readFile(record)), typed ?? {}, pool, () => {});
  console.log(JSON.stringify(report));
}
