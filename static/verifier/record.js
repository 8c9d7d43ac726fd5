// Step 1: the record read strictly. What later steps read again has been through here.
import { b64, compare, hex, unb64, unbase32 } from "./bytes.js";
import { readNotes } from "./checkpoints.js";
import { openContainer } from "./container.js";
import { checkDefinition } from "./definition.js";
import { checkEntry } from "./events.js";
import { need, within } from "./fault.js";
import { hashes, nth, sha256, tag } from "./hashes.js";
import { readJson } from "./json.js";
import { Lines } from "./lines.js";
import * as is from "./shapes.js";

const LARGEST_JSON = 4 * 2 ** 20;
// The README is the same in every record of version 1: docs/record-format.md, section 8.
const README_SIZE = 3418;
const README_HASH = "a4d839b62748672177f86caf4048c90c7504cf8fd77742b6bf77567d807d4907";

/** The parts of a record, checked in their form alone. */
export async function readRecord(file, tell) {
  const members = openContainer(file);
  await checkReadme(members.get("README.txt"));
  const definition = readWhole("definition.json", members, checkDefinition);
  const pollHash = await sha256(tag("definition"), members.get("definition.json"));
  const lines = (name) => new Lines(name, members.get(name));
  const log = lines("log.jsonl");
  const record = {
    definition,
    pollHash,
    poll: b64(pollHash),
    roster: lines("roster.jsonl"),
    issuances: lines("issuances.jsonl"),
    roll: lines("roll.jsonl"),
    ballots: lines("ballots.jsonl"),
    log,
    notes: readNotes(members.get("checkpoints.txt"), log.count, definition.witnesses?.length),
    result: members.get("result.json"),
    board: lines("board.txt"),
  };
  readWhole("result.json", members, result);
  const { roster, issuances, roll, ballots } = record;
  tell(0, roster.count + issuances.count + roll.count + ballots.count + log.count);
  checkRoster(roster, tell);
  const issuers = definition.issuers.length;
  issuances.check(issuance(issuers), tell);
  roll.check(sealed(issuers), tell);
  ballots.check(ballot, tell);
  await checkOrder(roll);
  await checkOrder(ballots);
  log.check(checkEntry, tell);
  checkBoard(record.board);
  return record;
}

async function checkReadme(bytes) {
  const same = bytes.length === README_SIZE && hex(await sha256(bytes)) === README_HASH;
  need(same, "readme", { member: "README.txt" });
}

function readWhole(member, members, check) {
  const bytes = members.get(member);
  need(bytes.length <= LARGEST_JSON, "json.long", { member });
  return within(member, undefined, () => {
    const value = readJson(bytes);
    check(value);
    return value;
  });
}

const result = is.object({
  v: is.oneOf(1),
  poll: is.b64(32),
  turnout: is.object({
    roster: is.count,
    checked_in: is.count,
    issued: is.count,
    registered: is.count,
    returned: is.count,
  }),
  quorum: is.object({ need: is.count, reached: is.bool }),
  blank: is.count,
  items: is.list(
    is.object({
      id: is.text,
      votes: is.list(is.count),
      unmarked: is.count,
      not_voted: is.optional(is.count),
      points: is.optional(is.integer(Number.MIN_SAFE_INTEGER)),
      passed: is.optional(is.bool),
      rank: is.optional(is.integer(1)),
      chosen: is.optional(is.bool),
      grade: is.optional(is.count),
    }),
  ),
  chosen: is.list(is.text),
  tied: is.list(is.text),
});

const deputy = is.object({
  card_id: is.b64(16),
  card_key: is.p256Key,
  delegation: is.text,
  name: is.text,
  number: is.text,
  seat: is.text,
});

const issuance = (issuers) =>
  is.object({
    auth: is.b64(64),
    blind_sigs: is.list(is.b64(384), issuers, issuers),
    blinded: is.list(is.b64(384), issuers, issuers),
    deputy: is.b64(16),
    epoch: is.integer(1, 2 ** 32 - 1),
  });

const sealed = (issuers) =>
  is.object({
    key: is.p256Key,
    seals: is.list(is.object({ prefix: is.b64(32), sig: is.b64(384) }), issuers, issuers),
  });

const ballot = is.object({
  batch: is.integer(1),
  key: is.p256Key,
  marks: is.list(is.optional(is.count)),
  sig: is.b64(64),
});

/** Every deputy, card and key stands once on the roster. */
function checkRoster(roster, tell) {
  const unique = { number: new Set(), card_id: new Set(), card_key: new Set() };
  roster.check((line) => {
    deputy(line);
    for (const [field, seen] of Object.entries(unique)) {
      need(!seen.has(line[field]), "field.twice", { field });
      seen.add(line[field]);
    }
  }, tell);
}

/** Lines are in the order of H(key); equal ones are for the steps that count keys. */
async function checkOrder(lines) {
  const places = await hashes(lines.count, (i) => unb64(lines.read(i).key, 65));
  for (let i = 1; i < lines.count; i++) {
    need(compare(nth(places, i - 1), nth(places, i)) <= 0, "order", lines.at(i));
  }
}

function checkBoard(board) {
  for (let i = 0; i < board.count; i++) {
    const tracker = within(board.member, i + 1, () => board.text(i));
    need(unbase32(tracker) !== null, "board.line", board.at(i));
    need(i === 0 || compare(board.bytes(i - 1), board.bytes(i)) < 0, "board.order", board.at(i));
  }
}
