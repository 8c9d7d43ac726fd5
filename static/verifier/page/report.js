// The verdict, and what a good record says.
import { both, byId, element, inFours } from "./dom.js";
import { FAULTS } from "./faults.js";
import { fillPair, stepName, words } from "./words.js";

const FIGURES = ["roster", "checked_in", "issued", "registered", "returned"];

const SIGNS = { good: "✓", bad: "✗", none: "–" };

/** Says a verdict, or with "none" that there is none. */
export function showVerdict(kind, title, ...lines) {
  const paragraphs = lines.map((line) => element("p", {}, line));
  const verdict = element(
    "div",
    { class: `verdict ${kind}` },
    element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind]),
    element("div", {}, element("h2", {}, both(title)), ...paragraphs),
  );
  byId("verdict").replaceChildren(verdict);
  byId("verdict").hidden = false;
  byId("verdict").focus({ preventScroll: true });
  byId("verdict").scrollIntoView({ block: "start" });
}

export const faultText = ({ code, values }) => fillPair(FAULTS[code] ?? [code, code], values);

/** `checked` says which file was verified, when, and how long it took. */
export function showFailure(report, checked) {
  const { member, line } = report.values;
  const place = line ? "whereLine" : "whereMember";
  const lines = [both(faultText(report))];
  if (member) lines.push(both(words(place, { member, line })));
  lines.push(both(words("badDo")), both(words("checkedBad", checked)));
  showVerdict("bad", words("bad", { step: report.step, name: stepName(report.step) }), ...lines);
}

export function showSuccess(report, checked) {
  const { definition } = report;
  const { congress, meeting, poll } = definition;
  const round = poll.round > 1 ? [" · ", both(words("round", { round: poll.round }))] : [];
  const whole = element("span", {}, `${congress.name} · ${meeting.title} · ${poll.title}`, ...round);
  const lines = [whole, both(words("checked", checked))];
  const alone = knowsNothing(report.outside);
  if (alone) {
    lines.push(element("span", { class: "warning" }, both(words("lack.all"))));
  }
  for (const name of ["restored", "relayKeys"].filter((name) => report[name].length)) {
    const entries = report[name].join("、");
    lines.push(element("span", { class: "warning" }, both(words(name, { entries }))));
  }
  showVerdict("good", words(alone ? "goodAlone" : "good"), ...lines);
  const parts = [figures, outcome, witnessed, anchors, hashes].map((part) => part(report));
  const print = element("button", { type: "button", class: "screen" }, both(words("print")));
  print.addEventListener("click", () => window.print());
  parts.push(print, element("p", { class: "paper" }, both(words("sign"))));
  byId("details").replaceChildren(...parts);
  byId("details").hidden = false;
}

const sheet = (title, ...children) =>
  element("section", { class: "sheet" }, element("h2", {}, both(title)), ...children);

function figures({ result }) {
  const { turnout, quorum, blank } = result;
  const counts = FIGURES.map((name) => [name, turnout[name]]);
  counts.push(["valid", turnout.returned], ["blank", blank]);
  const tile = ([name, count]) =>
    element("div", {}, element("dt", {}, both(words(name))), element("dd", {}, String(count)));
  const quorumText = words(quorum.reached ? "quorumYes" : "quorumNo", quorum);
  return sheet(
    words("figures"),
    element("dl", { class: "tiles" }, ...counts.map(tile)),
    element("p", {}, both(quorumText)),
  );
}

function rule({ decision }) {
  const form = words(decision.form === "rank" ? "rankForm" : decision.form, decision);
  const { over, num, den } = decision.pass;
  return words(over ? "over" : "atLeast", { form, num, den, base: words(`base.${decision.base}`) });
}

function outcome({ definition, result }) {
  const titles = new Map(definition.items.map(({ id, title }) => [id, title]));
  const line = (id) => element("li", {}, titles.get(id));
  const named = (ids, kind) => element(kind, { class: "list" }, ...ids.map(line));
  const parts = [element("p", {}, both(rule(definition))), table(definition, result)];
  if (definition.decision.form !== "grade") {
    const title = words(result.chosen.length ? "chosen" : "nothing");
    parts.push(element("h3", {}, both(title)), named(result.chosen, "ol"));
  }
  if (result.tied.length) {
    parts.push(element("h3", {}, both(words("tied"))), named(result.tied, "ul"));
  }
  return sheet(words("recomputed", result.turnout), ...parts);
}

/** The columns of the table: heading, its class, and what stands in it. */
function columns({ scale, decision, items }, { tied }) {
  const label = (mark) => [scale.marks[mark].label, ""];
  const end =
    decision.form === "grade"
      ? (item) => gradeOf(item, label)
      : (item) => outcomeOf(item, decision, tied);
  return [
    [words("number"), "figure", (_, i) => i + 1],
    [words("item"), "item", (_, i) => items[i].title],
    ...scale.marks.map((_, mark) => [label(mark), "figure", ({ votes }) => votes[mark]]),
    [words("unmarked"), "figure", ({ unmarked }) => unmarked],
    [words("not_voted"), "figure", ({ not_voted }) => not_voted],
    [words("points"), "figure", ({ points }) => points],
    [words("rank"), "figure", ({ rank }) => rank],
    [words("outcome"), null, end],
  ];
}

function gradeOf({ grade }, label) {
  return both(grade === null ? words("noGrade") : label(grade));
}

function outcomeOf({ id, passed, chosen }, { form }, tied) {
  if (chosen) return both(words(form === "each" ? "isPassed" : "isChosen"));
  if (tied.includes(id)) return both(words("isTied"));
  return both(words(passed ? "isPassedOnly" : "isOut"));
}

function table(definition, result) {
  const applies = ([, , value]) => value(result.items[0], 0) !== null;
  const shown = columns(definition, result).filter(applies);
  const kind = (name) => (name ? { class: name } : {});
  const heading = ([title, name]) => element("th", { scope: "col", ...kind(name) }, both(title));
  const row = (item, i) =>
    element(
      "tr",
      item.chosen ? { class: "chosen" } : {},
      ...shown.map(([, name, value]) => {
        const content = value(item, i);
        return element("td", kind(name), content instanceof Node ? content : String(content));
      }),
    );
  const body = element("tbody", {}, ...result.items.map(row));
  return element("table", {}, element("thead", {}, element("tr", {}, ...shown.map(heading))), body);
}

const knowsNothing = ({ poll, code, logKey, checkpoints, receipts }) =>
  !poll && !code && !logKey && checkpoints.length === 0 && receipts.length === 0;

const line = (kind, text) => element("li", { class: kind }, both(text));
const agrees = (key, values) => line("agrees", words(key, values));
const lacks = (key, values) => line("lacks", words(key, values));

/** Who saw the log beside the server, and what all of them saw. */
function witnessed({ witnesses, seen, notes, outside }) {
  const count = witnesses.length;
  if (count === 0) return sheet(words("witnesses"), element("p", {}, both(words("witnesses.none"))));
  const all = seen.map(({ event, size }) =>
    agrees("witnesses.at", { event: words(`event.${event}`), size }),
  );
  return sheet(
    words("witnesses"),
    element("p", {}, both(words("witnesses.all", { count }))),
    signers(witnesses, notes),
    element("p", {}, both(words("witnesses.seen"))),
    element("ul", { class: "checks" }, ...all, ...(outside.poll ? [] : [lacks("witnesses.whose")])),
  );
}

/** Each witness, and how many of all notes it signed. */
function signers(witnesses, all) {
  const headings = [["name", "item"], ["notes", "figure"], ["last", "figure"]];
  const heading = ([name, kind]) =>
    element("th", { scope: "col", class: kind }, both(words(`witnesses.${name}`)));
  const row = ({ name, notes, last }) =>
    element(
      "tr",
      {},
      element("td", { class: "item" }, name),
      element("td", { class: "figure" }, `${notes} / ${all}`),
      element("td", { class: "figure" }, String(last)),
    );
  const head = element("thead", {}, element("tr", {}, ...headings.map(heading)));
  return element("table", {}, head, element("tbody", {}, ...witnesses.map(row)));
}

function anchors({ outside }) {
  const { poll, code, logKey, checkpoints, receipts } = outside;
  return sheet(
    words("anchors"),
    element(
      "ul",
      { class: "checks" },
      ...(poll ? [agrees("used.poll")] : []),
      ...(code ? [agrees("used.code")] : []),
      ...(logKey ? [agrees("used.logKey")] : []),
      ...checkpoints.flatMap(({ size, witnesses, others }) => [
        witnesses.length
          ? agrees("used.cosigned", { size, names: witnesses.join("、") })
          : agrees("used.checkpoint", { size }),
        ...(others.length ? [lacks("used.others", { size, names: others.join("、") })] : []),
      ]),
      ...receipts.map(({ start, promised }) =>
        agrees(promised ? "used.promise" : "used.receipt", { start: inFours(start) }),
      ),
      ...(poll ? [] : [lacks("lack.poll")]),
      ...(checkpoints.length ? [] : [lacks("lack.checkpoint")]),
      ...(receipts.length ? [] : [lacks("lack.receipts")]),
    ),
  );
}

function hashes({ hashes: values }) {
  const shown = ["code", "poll", "logKey", "roll", "checkpoint", "file"];
  const rows = shown.flatMap((name) => [
    element("dt", {}, both(words(`hash.${name}`))),
    element("dd", {}, name === "checkpoint" ? values[name] : inFours(values[name])),
  ]);
  return sheet(words("hashes"), element("dl", { class: "hashes" }, ...rows));
}
