// The browser's verifier on a command line, for the tests: a line of JSON in, a line of JSON out.
// In: {record: path, typed: {…}}. Out: verify's report. In: {decide: {…}}. Out: the result's text.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { writeJson } from "../../static/verifier/json.js";
import { FAULTS } from "../../static/verifier/page/faults.js";
import { fillPair } from "../../static/verifier/page/words.js";
import { decide } from "../../static/verifier/result.js";
import { firstFalse } from "../../static/verifier/signatures.js";
import { verify } from "../../static/verifier/verify.js";

const pool = { width: 1, check: firstFalse };

async function answer({ record, typed, decide: vote }) {
  if (vote) return writeJson(decide(vote, vote.turnout, vote.tally));
  const report = await verify(new Uint8Array(await readFile(record)), typed, pool, () => {});
  return report.good ? report : { ...report, words: fillPair(FAULTS[report.code], report.values) };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
