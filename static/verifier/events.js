// The entries of log.jsonl, each with exactly its fields.
import { fail } from "./fault.js";
import * as is from "./shapes.js";

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$/;
const poll = is.b64(32);
const hash = is.b64(32);
const card = is.b64(16);
const signature = is.b64(64);
const epoch = is.integer(1, 2 ** 32 - 1);

const EVENTS = {
  congress_opened: { congress: is.id, log_key: is.b64(32) },
  poll_defined: { poll },
  checked_in: { meeting: is.id, deputy: card, sig: signature },
  card_replaced: {
    poll,
    number: is.text,
    old: card,
    card_id: card,
    card_key: is.p256Key,
    sigs: is.list(signature, 1, 2),
  },
  issuing_opened: {
    poll,
    epoch,
    keys: is.list(is.object({ sig: signature, spki: is.rsaKey }), 1, 2),
  },
  ballot_issued: { poll, deputy: card, epoch, request: hash },
  issuing_closed: { poll, issued: is.count, checked_in: is.count },
  gap_accepted: { poll, issued: is.count, registered: is.count, by: is.list(is.text, 2, 2) },
  roll_frozen: { poll, issued: is.count, registered: is.count, root: hash },
  voting_opened: { poll },
  ballots_released: {
    poll,
    batch: is.integer(1),
    count: is.integer(1),
    root: hash,
    tally: is.list(is.list(is.count)),
  },
  voting_closed: {
    poll,
    roster: is.count,
    checked_in: is.count,
    issued: is.count,
    registered: is.count,
    returned: is.count,
  },
  result_published: { poll, result: hash, board: hash },
  poll_voided: { poll, reason: is.text },
  approved: { poll, step: is.text, by: is.text, role: is.text },
  assisted: { poll, deputy: card, helper: is.text },
};

const head = { seq: is.count, at: is.where(isMoment), event: is.text };
const anyShape = is.object(head, true);
const shapes = new Map(
  Object.entries(EVENTS).map(([event, fields]) => [event, is.object({ ...head, ...fields })]),
);

/** Refuses a value that is not an entry of a log. */
export function checkEntry(entry) {
  anyShape(entry);
  const shape = shapes.get(entry.event);
  if (shape) shape(entry);
  else if (Object.hasOwn(entry, "poll")) fail("field.unknown", { field: "poll" });
  if (entry.event === "gap_accepted") is.allDiffer(entry.by, "by");
}

function isMoment(value) {
  const parts = typeof value === "string" ? DATE.exec(value) : null;
  if (!parts) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return year >= 1 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}
