// The ten steps, one after the other, and what came out.
import { b64, hex } from "./bytes.js";
import { checkBallots, checkBatches, checkRoll } from "./ballots.js";
import { sightings, witnessesOf } from "./cosignatures.js";
import { Fault } from "./fault.js";
import { sha256 } from "./hashes.js";
import { checkIssuances } from "./issuances.js";
import { checkDefined, checkLog, checkPhases, verificationCode } from "./log.js";
import { readOutside } from "./outside.js";
import { readRecord } from "./record.js";
import { checkFigures, checkResult } from "./result.js";

/**
 * Verifies a record. `typed` is what is known from outside, as it was typed; `pool` checks
 * signatures; `tell({step, done, total})` hears how far it is.
 *
 * Returns `{good: true, …}` with what the record says, or `{good: false, step, code, values}`.
 * Step 0 is what was typed.
 */
export async function verify(file, typed, pool, tell) {
  const run = { step: 0 };
  try {
    const outside = readOutside(typed);
    const steps = walk(file, outside, pool, (step) => progress(run, step, tell));
    const found = await steps;
    return { good: true, outside: used(outside, found.definition), ...found };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { good: false, step: run.step, code: fault.code, values: fault.values };
  }
}

async function walk(file, outside, pool, begin) {
  const record = await readRecord(file, begin(1));
  const apart = await checkLog(record, outside, pool, begin(2));
  begin(3);
  await checkDefined(record, outside);
  begin(4);
  const { epoch, seen } = checkPhases(record);
  const { checkedIn, issued, keys } = await checkIssuances(record, epoch, pool, begin(5));
  const roll = await checkRoll(record, issued, keys, pool, begin(6));
  await checkBallots(record, roll, pool, begin(7));
  const tally = await checkBatches(record, roll.registered, begin(8));
  const turnout = {
    roster: record.roster.count,
    checked_in: checkedIn,
    issued,
    registered: roll.registered,
    returned: record.ballots.count,
  };
  begin(9);
  const result = await checkResult(record, turnout, tally);
  begin(10);
  await checkFigures(record, turnout, outside);
  return {
    definition: record.definition,
    result,
    witnesses: sightings(record.definition, record.notes),
    seen,
    ...apart,
    notes: record.notes.length,
    hashes: {
      file: hex(await sha256(file)),
      poll: record.poll,
      code: verificationCode(record.pollHash),
      roll: b64(roll.root),
      logKey: record.definition.log_key,
      checkpoint: record.notes.at(-1).whole,
    },
  };
}

const SOMETIMES = 100; // things done between two messages

/** Begins a step: `tell(done more, total)`, the total once. */
function progress(run, step, tell) {
  let done = 0;
  let total = 0;
  let told = 0;
  run.step = step;
  tell({ step, done, total });
  return (more, whole = total) => {
    done += more;
    total = whole;
    if (more > 0 && done < total && done - told < SOMETIMES) return;
    told = done;
    tell({ step, done, total });
  };
}

/** What was given from outside, in words' terms. */
function used({ pollHash, code, logKey, checkpoints, receipts }, definition) {
  const names = new Map(witnessesOf(definition).map(({ signer, name }) => [signer, name]));
  const signers = ({ cosignatures }) => [...new Set(cosignatures.map(({ name }) => name))];
  return {
    poll: Boolean(pollHash),
    code: Boolean(code),
    logKey: Boolean(logKey),
    checkpoints: checkpoints.map((note) => ({
      size: note.size,
      witnesses: signers(note).filter((name) => names.has(name)).map((name) => names.get(name)),
      others: signers(note).filter((name) => !names.has(name)),
    })),
    receipts: receipts.map(({ start, promise }) => ({ start, promised: Boolean(promise) })),
  };
}
