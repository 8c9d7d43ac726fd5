// Steps 2 to 4: the log and its checkpoints, the definition in it, the phases of this poll.
import { equal, unb64 } from "./bytes.js";
import { isSigned, NOTE_LINES } from "./checkpoints.js";
import { claim, isCosigned, witnessesOf } from "./cosignatures.js";
import { need } from "./fault.js";
import { isRoot, Tree } from "./hashes.js";
import { Signatures } from "./signatures.js";

/** After these, a checkpoint was made before the same poll went on. */
const NOTED = new Set([
  "poll_defined",
  "issuing_opened",
  "issuing_closed",
  "roll_frozen",
  "voting_opened",
  "ballots_released",
  "voting_closed",
  "result_published",
  "poll_voided",
]);

/** Step 2; the seq of each entry that is no fault of a record, and nothing to pass over. */
export async function checkLog({ log, notes, definition }, outside, pool, tell) {
  const { congress, log_key } = definition;
  const logKey = unb64(log_key, 32);
  need(!outside.logKey || equal(outside.logKey, logKey), "outside.logKey");
  tell(0, log.count + notes.length);
  const apart = checkEntries(log, congress.id, log_key, tell);
  checkSizes(notes, log.count);
  checkNoted(log, notes);
  const tree = await Tree.over(log.count, (i) => log.bytes(i));
  const signatures = new Signatures(pool);
  const witnesses = witnessesOf(definition);
  for (const note of notes) {
    const at = { member: "checkpoints.txt", line: note.line };
    need(equal(await tree.root(note.size), note.root), "note.root", at);
    need(await isSigned(note, congress.id, logKey), "note.signature", at);
    await checkCosignatures(note, witnesses, signatures);
    tell(1);
  }
  await signatures.settle();
  for (const note of outside.checkpoints) {
    need(await isSigned(note, congress.id, logKey), "outside.signature", { size: note.size });
    need(note.size <= log.count, "outside.size", { size: note.size, entries: log.count });
    need(equal(await tree.root(note.size), note.root), "outside.root", { size: note.size });
    for (const line of note.cosignatures) {
      const witness = witnesses.find(({ signer }) => signer === line.name);
      const valid = !witness || (await isCosigned(line, witness, note.signed));
      need(valid, "outside.cosignature", { size: note.size, name: line.name });
    }
  }
  return apart;
}

/** Each is of a witness of the definition, in its order, at most one each. */
async function checkCosignatures({ cosignatures, signed, line: first }, witnesses, signatures) {
  let next = 0;
  for (const [i, line] of cosignatures.entries()) {
    const at = { member: "checkpoints.txt", line: first + NOTE_LINES + i, name: line.name };
    const place = witnesses.findIndex(({ signer }) => signer === line.name);
    need(place >= next, "note.witness", at);
    next = place + 1;
    const parts = await claim(line, witnesses[place], signed);
    need(parts !== null, "note.cosignature", at);
    await signatures.add("ed25519", ...parts, "note.cosignature", at);
  }
}

function checkEntries(log, congress, logKey, tell) {
  need(log.count > 0, "log.first", { member: log.member });
  const apart = { restored: [], relayKeys: [] };
  let before = "";
  for (let i = 0; i < log.count; i++) {
    const entry = log.read(i);
    const isFirst = entry.event === "congress_opened";
    need(isFirst === (i === 0), "log.first", log.at(i));
    if (isFirst) {
      need(entry.congress === congress && entry.log_key === logKey, "log.congress", log.at(i));
    }
    need(entry.seq === i, "log.seq", log.at(i, { expected: i }));
    // Moments of one form: their order is that of their texts.
    need(entry.at >= before, "log.time", log.at(i));
    before = entry.at;
    if (entry.event === "restored") apart.restored.push(i);
    if (entry.event === "relay_key") apart.relayKeys.push(i);
    tell(1);
  }
  return apart;
}

function checkSizes(notes, entries) {
  let before = 0;
  for (const { size, line } of notes) {
    const at = { member: "checkpoints.txt", line };
    need(size > before && size <= entries, "note.sizes", at);
    before = size;
  }
  need(before === entries, "note.last", { member: "checkpoints.txt", entries });
}

/** Each phase of each poll has a note before that poll's next entry. */
function checkNoted(log, notes) {
  const waiting = new Map(); // poll: the entry that a note has to follow
  let next = 0; // of the notes, the first whose size is greater than i
  for (let i = 0; i < log.count; i++) {
    while (notes[next].size <= i) next++;
    const { event, poll } = log.read(i);
    if (poll === undefined) continue;
    const last = waiting.get(poll);
    const noted = last === undefined || (next > 0 && notes[next - 1].size > last);
    need(noted, "note.missing", log.at(last ?? i));
    if (NOTED.has(event)) waiting.set(poll, i);
    else waiting.delete(poll);
  }
}

/** Step 3. */
export async function checkDefined({ log, roster, definition, pollHash, poll }, outside) {
  need(!outside.pollHash || equal(outside.pollHash, pollHash), "outside.pollHash");
  need(!outside.code || outside.code === verificationCode(pollHash), "outside.code");
  const { follows } = definition.poll;
  let followed = follows === null;
  let defined = false;
  for (let i = 0; i < log.count && !defined; i++) {
    const entry = log.read(i);
    if (entry.event !== "poll_defined") continue;
    if (entry.poll === poll) defined = true;
    else if (entry.poll === follows) followed = true;
  }
  need(defined, "defined.missing");
  need(followed, "defined.follows");
  const { count, root } = definition.roster;
  const at = { member: roster.member };
  need(roster.count === count, "roster.count", { ...at, expected: count, found: roster.count });
  need(await isRoot(unb64(root, 32), count, (i) => roster.bytes(i)), "roster.root", at);
}

/** 核验码: eight digits that tell one poll from another. */
export function verificationCode(pollHash) {
  let rest = 0;
  for (const byte of pollHash) rest = (rest * 256 + byte) % 1e8;
  return String(rest).padStart(8, "0");
}

/** What may follow what; `assisted`, `approved` and `card_replaced` stand beside. */
const NEXT = {
  start: ["poll_defined"],
  poll_defined: ["issuing_opened"],
  issuing_opened: ["ballot_issued", "issuing_opened", "issuing_closed"],
  ballot_issued: ["ballot_issued", "issuing_opened", "issuing_closed"],
  issuing_closed: ["gap_accepted", "roll_frozen"],
  gap_accepted: ["roll_frozen"],
  roll_frozen: ["voting_opened"],
  voting_opened: ["ballots_released", "voting_closed"],
  ballots_released: ["ballots_released", "voting_closed"],
  voting_closed: ["result_published"],
  result_published: [],
};
const STATES = Object.keys(NEXT);
const BEFORE_VOTING = new Set(STATES.slice(1, STATES.indexOf("voting_opened")));

/** Of these, the last of its kind is seen by all witnesses before tablets act upon it. */
const SEEN_BY_ALL = ["issuing_opened", "issuing_closed", "roll_frozen", "voting_opened"];

/** Step 4. Returns the number of the last epoch, and which notes show what all witnesses saw. */
export function checkPhases({ log, notes, definition, poll }) {
  const places = new Map(); // event: where its last entry stands
  let state = "start";
  let epoch = 0;
  for (let i = 0; i < log.count; i++) {
    const entry = log.read(i);
    if (entry.poll !== poll) continue;
    const { event } = entry;
    const at = log.at(i, { event });
    need(event !== "poll_voided", "phase.voided", at);
    if (event === "approved" || event === "card_replaced") {
      need(state !== "start", "phase.order", at);
    } else if (event === "assisted") {
      need(BEFORE_VOTING.has(state), "phase.order", at);
    } else {
      need(NEXT[state].includes(event), "phase.order", at);
      if (event === "issuing_opened") need(entry.epoch === ++epoch, "phase.epoch", at);
      if (event === "ballot_issued") need(entry.epoch === epoch, "phase.epoch", at);
      state = event;
      places.set(event, i);
    }
  }
  need(state === "result_published", "phase.end", { event: state });
  const { witnesses = [] } = definition;
  return { epoch, seen: witnesses.length ? checkSeen(notes, places, witnesses.length) : [] };
}

/** Step 2 has seen that lines are of different witnesses: here they are counted. */
function checkSeen(notes, places, witnesses) {
  return SEEN_BY_ALL.map((event) => {
    const { size, line, cosignatures } = notes.find((note) => note.size > places.get(event));
    const at = { member: "checkpoints.txt", line, event, found: cosignatures.length, witnesses };
    need(cosignatures.length === witnesses, "phase.unseen", at);
    return { event, size };
  });
}
