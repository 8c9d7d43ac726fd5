// Step 5: who checked in, whose cards were replaced, who was issued a ballot, and by which keys.
import { b64, join, uint32, unb64, utf8 } from "./bytes.js";
import { Fault, need } from "./fault.js";
import { sha256, tag } from "./hashes.js";
import { writeJson } from "./json.js";
import { hasSmallFactor } from "./rsa.js";
import { Signatures } from "./signatures.js";

/** Returns the figures that follow from the walk and the issuing keys of the last epoch. */
export async function checkIssuances(record, lastEpoch, pool, tell) {
  const { log, issuances } = record;
  tell(0, log.count + issuances.count * (1 + record.definition.issuers.length));
  const signatures = new Signatures(pool);
  const hall = new Hall(record, signatures);
  await hall.prepare();
  const issued = []; // of the last epoch: [entry, card key]
  let closing = null;
  let checkedIn = 0;
  try {
    for (let i = 0; i < log.count; i++) {
      const entry = log.read(i);
      const deputy = await hall.enter(entry, log.at(i));
      if (entry.poll === record.poll) {
        if (entry.event === "issuing_closed") {
          closing = entry;
          checkedIn = hall.present;
        }
        if (deputy && entry.epoch === lastEpoch) issued.push([entry, deputy.card.key]);
      }
      tell(1);
    }
  } catch (fault) {
    // A signature on an earlier line comes first.
    if (fault instanceof Fault) await signatures.settle();
    throw fault;
  }
  await signatures.settle();
  await checkLines(record, hall.keys, issued, pool, tell);
  const found = issued.length;
  need(closing.issued === found, "issued.figure", { expected: found, found: closing.issued });
  return { checkedIn, issued: found, keys: hall.keys };
}

/** The deputies and their cards, as they stand at a place in the log. */
class Hall {
  constructor(record, signatures) {
    Object.assign(this, { record, signatures, present: 0, keys: [] });
    this.holders = new Map(); // card: the deputy who holds it now
    this.numbers = new Map(); // number: deputy
    this.everyCard = new Set(); // of this poll's deputies, at any time so far
    this.everyKey = new Set();
    this.passedOver = new Map(); // card: its check-ins that could not be checked
    this.issuingKeys = new Set();
    this.polls = { last: null, published: false };
    for (let i = 0; i < record.roster.count; i++) {
      const { number, card_id, card_key } = record.roster.read(i);
      const deputy = { number, present: false, epochs: new Set() };
      this.numbers.set(number, deputy);
      this.give(deputy, card_id, card_key);
    }
  }

  async prepare() {
    const { congress, meeting, log_key } = this.record.definition;
    const hash = (id) => sha256(utf8(id));
    this.checkInMessage = join(
      tag("checkin"), await hash(congress.id), await hash(meeting.id), unb64(log_key, 32),
    );
  }

  give(deputy, id, key) {
    if (deputy.card) this.holders.delete(deputy.card.id);
    deputy.card = { id, key, checkedIn: false };
    this.holders.set(id, deputy);
    this.everyCard.add(id);
    this.everyKey.add(key);
  }

  /** Takes the next entry. Returns the deputy of a `ballot_issued`. */
  async enter(entry, at) {
    const { event, poll } = entry;
    if (event === "checked_in") return this.checkIn(entry, at);
    if (event === "poll_defined") this.polls = { last: poll, published: false };
    if (poll !== this.record.poll) return null;
    if (event === "result_published") this.polls.published = true;
    if (event === "card_replaced") await this.replace(entry, at);
    if (event === "issuing_opened") await this.open(entry, at);
    if (event === "assisted") need(this.everyCard.has(entry.deputy), "assisted", at);
    return event === "ballot_issued" ? this.issue(entry, at) : null;
  }

  async checkIn({ meeting, deputy: card, sig }, at) {
    if (meeting !== this.record.definition.meeting.id) return;
    const deputy = this.holders.get(card);
    if (deputy) {
      await this.arrive(deputy, sig, at);
      return;
    }
    const { last, published } = this.polls;
    need(last !== this.record.poll || published, "checkin.unknown", at);
    this.passedOver.set(card, [...(this.passedOver.get(card) ?? []), { sig, at }]);
  }

  /** The deputy checks in with the card of now. */
  async arrive(deputy, sig, at) {
    need(!deputy.card.checkedIn, "checkin.twice", at);
    deputy.card.checkedIn = true;
    if (!deputy.present) this.present++;
    deputy.present = true;
    const key = unb64(deputy.card.key, 65);
    await this.signed("ecdsa", key, this.checkInMessage, sig, "checkin.signature", at);
  }

  async replace({ number, old, card_id, card_key, sigs }, at) {
    const deputy = this.numbers.get(number);
    need(deputy?.card.id === old, "replaced.old", at);
    need(deputy.epochs.size === 0, "replaced.issued", at);
    need(!this.everyCard.has(card_id), "replaced.card", at);
    need(!this.everyKey.has(card_key), "replaced.key", at);
    const message = join(
      tag("card-replaced"), this.record.pollHash, await sha256(utf8(number)),
      unb64(card_id, 16), unb64(card_key, 65),
    );
    await this.signedByIssuers(sigs, () => message, "replaced.signature", at);
    this.give(deputy, card_id, card_key);
    for (const earlier of this.passedOver.get(card_id) ?? []) {
      await this.arrive(deputy, earlier.sig, earlier.at);
    }
  }

  async open({ epoch, keys }, at) {
    for (const { spki } of keys) {
      need(!this.issuingKeys.has(spki), "opened.again", at);
      need(!hasSmallFactor(unb64(spki, 422)), "opened.weak", at);
      this.issuingKeys.add(spki);
    }
    const message = (i) =>
      join(tag("issuing-key"), this.record.pollHash, uint32(epoch), unb64(keys[i].spki, 422));
    await this.signedByIssuers(keys.map(({ sig }) => sig), message, "opened.signature", at);
    this.keys = keys.map(({ spki }) => spki);
  }

  issue({ deputy: card, epoch }, at) {
    const deputy = this.holders.get(card);
    need(deputy, "issued.unknown", at);
    need(deputy.card.checkedIn, "issued.absent", at);
    need(!deputy.epochs.has(epoch), "issued.twice", at);
    deputy.epochs.add(epoch);
    return deputy;
  }

  async signedByIssuers(sigs, message, code, at) {
    const { issuers } = this.record.definition;
    need(sigs.length === issuers.length, code, at);
    for (const [i, { key }] of issuers.entries()) {
      await this.signed("ed25519", unb64(key, 32), message(i), sigs[i], code, at);
    }
  }

  async signed(kind, key, message, sig, code, at) {
    await this.signatures.add(kind, key, message, unb64(sig, 64), code, at);
  }
}

/** issuances.jsonl against the log, and its signatures. */
async function checkLines({ issuances, pollHash }, spkis, issued, pool, tell) {
  const expected = issued.length;
  const found = issuances.count;
  need(found === expected, "issuances.count", { member: issuances.member, expected, found });
  const signatures = new Signatures(pool, tell);
  const keys = spkis.map((spki) => unb64(spki, 422));
  const keysHash = await sha256(tag("keys"), ...keys);
  for (let i = 0; i < found; i++) {
    const at = issuances.at(i);
    const { auth, blind_sigs, blinded, deputy, epoch } = issuances.read(i);
    const [entry, cardKey] = issued[i];
    const request = await sha256(tag("request"), utf8(writeJson({ auth, blinded, deputy, epoch })));
    const same =
      entry.deputy === deputy && entry.epoch === epoch && entry.request === b64(request);
    need(same, "issuances.entry", at);
    const values = blinded.map((value) => unb64(value, 384));
    const asked = join(tag("issue"), pollHash, uint32(epoch), keysHash, ...values);
    await signatures.add("ecdsa", unb64(cardKey, 65), asked, unb64(auth, 64), "issuances.auth", at);
    for (const [k, key] of keys.entries()) {
      const signature = unb64(blind_sigs[k], 384);
      await signatures.add("blind", key, values[k], signature, "issuances.blind", at);
    }
  }
  await signatures.settle();
}
