// Steps 6 to 8: the roll of ballot keys, the ballots, the batches in which they were released.
import { join, unb64, utf8 } from "./bytes.js";
import { need } from "./fault.js";
import { isRoot, tag } from "./hashes.js";
import { writeJson } from "./json.js";
import { Signatures } from "./signatures.js";

/** The entries of this poll with one of these names. */
export function entriesOf({ log, poll }, event) {
  const found = [];
  for (let i = 0; i < log.count; i++) {
    const entry = log.read(i);
    if (entry.poll === poll && entry.event === event) found.push(entry);
  }
  return found;
}

/** Step 6. */
export async function checkRoll(record, issued, spkis, pool, tell) {
  const { roll, pollHash } = record;
  const registered = roll.count;
  tell(0, registered * spkis.length);
  const [frozen] = entriesOf(record, "roll_frozen");
  const [gap] = entriesOf(record, "gap_accepted");
  const signatures = new Signatures(pool, tell);
  const keys = spkis.map((spki) => unb64(spki, 422));
  const seen = new Set();
  for (let i = 0; i < registered; i++) {
    const at = roll.at(i);
    const { key, seals } = roll.read(i);
    need(!seen.has(key), "roll.twice", at);
    seen.add(key);
    const message = join(tag("ballot-key"), pollHash, unb64(key, 65));
    for (const [k, { prefix, sig }] of seals.entries()) {
      const sealed = join(unb64(prefix, 32), message);
      await signatures.add("pss", keys[k], sealed, unb64(sig, 384), "roll.seal", at);
    }
  }
  await signatures.settle();
  const figures = { issued, registered };
  const same = (entry) => entry.issued === issued && entry.registered === registered;
  need(await isRoot(unb64(frozen.root, 32), registered, (i) => roll.bytes(i)), "roll.root");
  need(registered <= issued, "roll.more", figures);
  need(same(frozen), "roll.figures", figures);
  need(Boolean(gap) === registered < issued && (!gap || same(gap)), "roll.gap", figures);
  return { registered, root: unb64(frozen.root, 32), keys: seen };
}

/** Step 7. */
export async function checkBallots(record, roll, pool, tell) {
  const { ballots, definition, pollHash } = record;
  const { items, scale } = definition;
  tell(0, ballots.count);
  const signatures = new Signatures(pool, tell);
  const open = new Set(roll.keys);
  for (let i = 0; i < ballots.count; i++) {
    const at = ballots.at(i);
    const { key, marks, sig } = ballots.read(i);
    need(roll.keys.has(key), "ballot.unknown", at);
    need(open.delete(key), "ballot.twice", at);
    checkMarks(marks, items, scale, at);
    const message = join(tag("cast"), pollHash, roll.root, utf8(writeJson(marks)));
    await signatures.add("ecdsa", unb64(key, 65), message, unb64(sig, 64), "ballot.signature", at);
  }
  await signatures.settle();
}

function checkMarks(marks, items, { marks: scale, limits }, at) {
  need(marks.length === items.length, "ballot.items", at);
  const used = scale.map(() => 0);
  for (const mark of marks) {
    if (mark === null) continue;
    need(mark < scale.length, "ballot.scale", at);
    used[mark]++;
  }
  const within = used.every((count, mark) => count <= (limits[mark] ?? Infinity));
  need(within, "ballot.limit", at);
}

/** How often each item got each mark, the last column being no mark. */
export class Tally {
  constructor({ items, scale }) {
    this.rows = items.map(() => new Array(scale.marks.length + 1).fill(0));
    this.blank = 0;
  }

  add(marks) {
    marks.forEach((mark, item) => this.rows[item][mark ?? this.rows[item].length - 1]++);
    if (marks.every((mark) => mark === null)) this.blank++;
  }
}

/** Step 8. Returns the tally of all ballots. */
export async function checkBatches(record, registered, tell) {
  const { ballots, definition } = record;
  const released = entriesOf(record, "ballots_released");
  const { reserve } = definition.release;
  tell(0, ballots.count);
  released.forEach(({ batch }, i) => need(batch === i + 1, "batch.number", { batch: i + 1 }));
  if (released.length > 1) {
    need(registered >= 4 * reserve, "batch.small", { reserve });
    for (const { batch, count } of released) {
      need(count >= reserve, "batch.reserve", { batch, reserve });
    }
  }
  const members = released.map(() => []);
  for (let i = 0; i < ballots.count; i++) {
    const { batch } = ballots.read(i);
    need(batch <= released.length, "batch.unknown", ballots.at(i, { batch }));
    members[batch - 1].push(i);
  }
  const tally = new Tally(definition);
  for (const [i, { batch, count, root, tally: logged }] of released.entries()) {
    const lines = members[i];
    need(lines.length === count, "batch.count", { batch, expected: lines.length, found: count });
    const same = await isRoot(unb64(root, 32), count, (k) => ballots.bytes(lines[k]));
    need(same, "batch.root", { batch });
    for (const line of lines) {
      tally.add(ballots.read(line).marks);
      tell(1);
    }
    need(writeJson(logged) === writeJson(tally.rows), "batch.tally", { batch });
  }
  return tally;
}
