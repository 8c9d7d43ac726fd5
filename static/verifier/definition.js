// definition.json: what is voted on and how it is decided.
import * as is from "./shapes.js";

const share = { num: is.integer(1, 1000), den: is.integer(1, 1000) };
const FORMS = ["choose", "each", "grade", "rank"];
const BASES = ["roster", "checked_in", "returned"];

const party = is.object({ id: is.id, name: is.text, key: is.ed25519Key });

const fields = {
  v: is.oneOf(1),
  congress: is.object({ id: is.id, name: is.text, session: is.text }),
  meeting: is.object({ id: is.id, title: is.text, date: is.text }),
  poll: is.object({
    id: is.text,
    title: is.text,
    round: is.integer(1),
    follows: is.optional(is.b64(32)),
  }),
  items: is.list(is.object({ id: is.text, title: is.text }, true), 1, 200),
  scale: is.object({
    marks: is.list(is.object({ id: is.text, label: is.text }), 1, 20),
    limits: is.object({}, true),
  }),
  decision: is.object({
    form: is.oneOf(...FORMS),
    base: is.oneOf(...BASES),
    mark: is.optional(is.count),
    pass: is.object({ ...share, over: is.bool }),
    quorum: is.object(share),
    seats: is.optional(is.integer(1)),
    points: is.optional(is.list(is.integer(-1000, 1000))),
  }),
  release: is.object({ reserve: is.integer(10) }),
  issuers: is.list(party, 1, 2),
  roster: is.object({ count: is.count, root: is.b64(32) }),
  log_key: is.ed25519Key,
};
// Not there where there are none.
const maybe = {
  witnesses: is.list(party, 1, 8),
  relay: is.object({ name: is.text, origin: is.origin }),
};

/** Refuses a value that is not a definition. */
export function checkDefinition(value) {
  const there = Object.entries(maybe).filter(([name]) => value?.[name] !== undefined);
  is.object({ ...fields, ...Object.fromEntries(there) })(value);
  const { items, scale, decision, issuers, witnesses = [] } = value;
  const marks = scale.marks.length;
  const ids = (list) => list.map(({ id }) => id);
  is.allDiffer(ids(items), "items[].id");
  is.allDiffer(ids(scale.marks), "scale.marks[].id");
  is.allDiffer(ids(issuers), "issuers[].id");
  is.allDiffer(ids(witnesses), "witnesses[].id");
  const keys = [...issuers, ...witnesses].map(({ key }) => key);
  is.allDiffer([...keys, value.log_key], "issuers[].key, witnesses[].key, log_key");
  checkLimits(scale.limits, marks);
  checkShare(decision.pass, "decision.pass");
  checkShare(decision.quorum, "decision.quorum");
  checkForm(decision, marks);
}

function checkLimits(limits, marks) {
  const names = Array.from({ length: marks }, (_, mark) => String(mark));
  for (const [name, limit] of Object.entries(limits)) {
    is.oneOf(...names)(name, "scale.limits");
    is.count(limit, `scale.limits.${name}`);
  }
}

function checkShare(value, path) {
  is.where(({ num, den }) => num <= den)(value, path);
}

/** The fields that belong to some forms only are there exactly in those. */
function checkForm({ form, mark, seats, points }, marks) {
  const present = (value, forms, field) =>
    is.where(() => (value !== null) === forms.includes(form))(value, field);
  present(mark, ["choose", "each"], "decision.mark");
  present(seats, ["choose", "rank"], "decision.seats");
  present(points, ["rank"], "decision.points");
  is.where(() => mark === null || mark < marks)(mark, "decision.mark");
  is.where(() => points === null || points.length === marks)(points, "decision.points");
}
