// Steps 9 and 10: the rule of decision, the figures, the board and deputies' receipts.
import { base32, compare, equal, join, unb64, utf8 } from "./bytes.js";
import { entriesOf } from "./ballots.js";
import { verifyEd25519 } from "./ed25519.js";
import { need } from "./fault.js";
import { isRoot, hashes, nth, sha256, tag } from "./hashes.js";
import { writeJson } from "./json.js";

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** The result by the definition's rule. */
export function decide({ definition, poll }, turnout, tally) {
  const { quorum } = definition.decision;
  const need = Math.ceil((turnout.roster * quorum.num) / quorum.den);
  const reached = turnout.checked_in >= need;
  const items = definition.items.map(({ id }, i) => count(id, tally.rows[i], definition, turnout));
  const isGrade = definition.decision.form === "grade";
  const { chosen, tied } = (isGrade ? grade : choose)(items, definition, turnout, reached);
  const shown = items.map(({ support, score, ...item }) => item);
  const names = (list) => list.map(({ id }) => id);
  return {
    v: 1,
    poll,
    turnout,
    quorum: { need, reached },
    blank: tally.blank,
    items: shown,
    chosen: names(chosen),
    tied: names(tied),
  };
}

function count(id, row, { decision: { form, mark, points } }, turnout) {
  const votes = row.slice(0, -1);
  const unmarked = row.at(-1);
  const missing = turnout.issued - turnout.returned + unmarked;
  const weighed = form === "rank" ? sum(votes.map((number, k) => number * points[k])) : null;
  const support = form === "rank" ? sum(votes) : votes[mark];
  return {
    id,
    votes,
    unmarked,
    not_voted: form === "each" || form === "grade" ? missing : null,
    points: weighed,
    passed: null,
    rank: null,
    chosen: null,
    grade: null,
    support,
    score: weighed ?? support,
  };
}

function reaches(votes, { pass, base }, turnout) {
  const whole = turnout[base];
  if (whole === 0) return false;
  const [left, right] = [votes * pass.den, whole * pass.num];
  return pass.over ? left > right : left >= right;
}

function grade(items, { decision }, turnout, quorate) {
  for (const item of quorate ? items : []) {
    const upTo = (last) => sum(item.votes.slice(0, last + 1));
    const last = item.votes.length - 1;
    const first = item.votes.findIndex((_, k) => k < last && reaches(upTo(k), decision, turnout));
    item.grade = first < 0 ? last : first;
  }
  return { chosen: [], tied: [] };
}

function choose(items, { decision }, turnout, quorate) {
  for (const item of items) {
    item.passed = quorate && reaches(item.support, decision, turnout);
    item.rank = 1 + items.filter(({ score }) => score > item.score).length;
  }
  // Sorting keeps the definition's order where scores are equal.
  const passed = items.filter((item) => item.passed).sort((a, b) => b.score - a.score);
  const seats = decision.form === "each" ? Infinity : decision.seats;
  const limit = passed.length > seats && passed[seats - 1].score === passed[seats].score;
  const border = limit ? passed[seats].score : null;
  const chosen = passed.slice(0, seats).filter(({ score }) => score !== border);
  for (const item of items) item.chosen = chosen.includes(item);
  return { chosen, tied: items.filter((item) => item.passed && item.score === border) };
}

/** Step 9. Returns the result. */
export async function checkResult(record, turnout, tally) {
  const result = decide(record, turnout, tally);
  const bytes = utf8(writeJson(result));
  need(equal(bytes, record.result), "result.other", { member: "result.json" });
  const [published] = entriesOf(record, "result_published");
  const hash = await sha256(tag("result"), bytes);
  need(equal(hash, unb64(published.result, 32)), "result.hash");
  return result;
}

/** Step 10. */
export async function checkFigures(record, turnout, outside) {
  const order = ["roster", "checked_in", "issued", "registered", "returned"];
  for (let i = 1; i < order.length; i++) {
    const [more, less] = [order[i - 1], order[i]];
    need(turnout[more] >= turnout[less], "figures.order", { more, less });
  }
  for (const event of ["issuing_closed", "roll_frozen", "voting_closed"]) {
    const [entry] = entriesOf(record, event);
    for (const name of order) {
      const [expected, found] = [turnout[name], entry[name]];
      const same = found === undefined || found === expected;
      need(same, "figures.event", { event, figure: name, expected, found });
    }
  }
  const trackers = await checkBoard(record);
  for (const receipt of outside.receipts) await checkReceipt(receipt, record, trackers);
}

async function checkBoard(record) {
  const { ballots, board, pollHash } = record;
  const message = (i) => {
    const { key, sig, marks } = ballots.read(i);
    return join(tag("tracker"), pollHash, unb64(key, 65), unb64(sig, 64), utf8(writeJson(marks)));
  };
  const found = await hashes(ballots.count, message);
  const trackers = Array.from({ length: ballots.count }, (_, i) => base32(nth(found, i)));
  trackers.sort((a, b) => compare(utf8(a), utf8(b)));
  const { member, count } = board;
  const expected = trackers.length;
  need(count === expected, "board.count", { member, expected, found: count });
  trackers.forEach((tracker, i) => need(tracker === board.text(i), "board.tracker", board.at(i)));
  const [published] = entriesOf(record, "result_published");
  const root = unb64(published.board, 32);
  need(await isRoot(root, count, (i) => board.bytes(i)), "board.root", { member });
  return trackers;
}

async function checkReceipt({ start, tracker, promise }, { definition, pollHash }, trackers) {
  if (promise) {
    const message = join(tag("receipt"), pollHash, tracker);
    const signed = await verifyEd25519(unb64(definition.log_key, 32), message, promise);
    need(signed, "receipt.promise", { receipt: start });
  }
  const whole = promise ? base32(tracker) : start;
  need(trackers.some((one) => one.startsWith(whole)), "receipt.missing", { receipt: start });
}
