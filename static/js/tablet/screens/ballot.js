/** ⑤ The ballot and ⑥ its review. */
import { button, h, heading, inScript, setText } from "../dom.js";
import { brief, secondOf } from "../format.js";
import { t } from "../language.js";
import { countText, isBlank, labelOf, limitText, reviewGroups } from "../marks.js";

const SECOND_TAP = 400;
const READING = 1000;

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function ballotScreen({ facts }, actions) {
  const { items, scale } = facts.definition;
  const toggles = [];
  const list = h("ol", { class: `items ${scale.marks.length === 1 ? "one" : "several"}` },
    items.map((item, index) => row(item, index, scale, actions, toggles)));
  const hidden = cloth();
  const more = moreBelow(list);
  const bar = ballotBar(actions);
  const update = ({ marks, limit, covered }) => {
    list.hidden = covered;
    hidden.hidden = !covered;
    // Covered, the elements know nothing either: no style sheet and no inspector shows what was chosen.
    toggles.forEach(({ element, item, mark }) => press(element, !covered && marks[item] === mark));
    bar.update(countText(marks, scale), limit ? limitText(limit, scale) : "", covered);
    more.hidden = covered;
  };
  return { nodes: [ballotHead(scale, items.length, actions), list, hidden, more, bar.node], update };
}

function cloth() {
  return h("div", { class: "covered" }, h("p", {}, t("您的选择已遮挡。要继续，请按下方的“显示”。")));
}

function ballotHead(scale, count, actions) {
  const [only] = scale.marks;
  const most = Math.min("0" in scale.limits ? scale.limits[0] : count, count);
  const how = scale.marks.length === 1
    ? t("请点选您“{label}”的项目，最多 {most} 项。再点一次可以取消。", { label: labelOf(only), most })
    : t("请对每一项作出选择。再点一次可以取消；留空的项目按未表决计。");
  return h("div", { class: "ballot-head" }, heading(t("表决票")), h("p", {}, how), another(actions));
}

// The ballot may stand open in front of somebody else: there is always a way out, the marks stay.
function another(actions) {
  return button(t("换下一位代表"), "next", actions.next, "quiet");
}

function row(item, index, scale, actions, toggles) {
  const facts = h("span", { class: "facts" }, brief(item).map((text) => h("span", {}, text)));
  const title = `title-${index}`;
  const text = h("span", { class: "what" }, titles(item, title), facts);
  const number = h("span", { class: "number" }, String(index + 1));
  const mark = (at, props, ...children) => {
    const click = () => actions.tap(index, at);
    const element = h("button", { type: "button", "data-mark": at, "aria-pressed": "false", click, ...props }, ...children);
    toggles.push({ element, item: index, mark: at });
    return element;
  };
  const info = h("button", {
    type: "button", class: "button quiet", "data-action": "info", id: `info-${index}`,
    "aria-labelledby": `info-${index} ${title}`, click: () => actions.info(index),
  }, t("简介"));
  const box = () => h("span", { class: "box", "aria-hidden": "true" });
  const parts = scale.marks.length === 1
    ? [mark(0, { class: "toggle" }, box(), number, text), info]
    : [h("div", { class: "subject" }, number, text), info,
      h("div", { class: "options", role: "group", "aria-labelledby": title },
        scale.marks.map((each, at) => mark(at, { class: "option" }, box(), labelOf(each))))];
  return h("li", { "data-item": index }, parts);
}

// The ballot's own second script stands beside the Chinese for everybody, whatever somebody chose.
function titles(item, id = null) {
  const second = secondOf(item);
  const kind = second && second.script.upright ? "titles beside" : "titles";
  return h("span", { class: kind, id }, h("span", { class: "title" }, item.title), second && inScript(second.title, second.script));
}

function press(element, pressed) {
  const value = String(pressed);
  if (element.getAttribute("aria-pressed") === value) return;
  element.setAttribute("aria-pressed", value);
  if (element.classList.contains("toggle")) element.parentElement.toggleAttribute("data-chosen", pressed);
}

function ballotBar(actions) {
  const count = h("p", { class: "count", role: "status", "data-count": true });
  const limit = h("p", { class: "limit", role: "alert" });
  const cover = button(t("遮挡"), "cover", actions.cover);
  const go = button(t("核对并投票"), "review", actions.review, "main");
  const node = h("div", { class: "bar" }, limit, cover, count, go);
  const update = (text, limitSaid, covered) => {
    setText(count, text);
    setText(limit, limitSaid);
    limit.hidden = limitSaid === "";
    go.disabled = covered;
    setText(cover, covered ? t("显示") : t("遮挡"));
  };
  return { node, update };
}

// The list scrolls above a fixed bar: what lies below must not go unseen.
function moreBelow(list) {
  const more = h("p", { class: "more", "aria-hidden": "true" });
  const look = () => {
    const below = list.scrollHeight - list.clientHeight - list.scrollTop > 8;
    setText(more, below ? t("↓ 下面还有项目，请向上滑动查看") : "");
  };
  list.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(list);
  return more;
}

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function reviewScreen({ facts, marks }, actions) {
  const { items, scale } = facts.definition;
  const bar = reviewBar(actions);
  const head = h("div", { class: "ballot-head" }, heading(t("请核对您的选择")), summary(marks, scale), another(actions));
  const chosen = reviewGroups(marks, scale).map((group) => groupNode(group, items)).filter(Boolean);
  const groups = h("div", { class: "groups", tabindex: "0" }, chosen);
  const hidden = cloth();
  const update = ({ covered }) => {
    hidden.hidden = !covered;
    if (groups.hidden !== covered) groups.replaceChildren(...(covered ? [] : chosen)); // out of the document
    groups.hidden = covered;
    bar.update(covered);
  };
  return { nodes: [head, groups, hidden, moreBelow(groups), bar.node], update, leave: bar.leave };
}

// A second tap in the place of “核对并投票” must neither cast the unread ballot nor take the review away.
function reviewBar(actions) {
  const cast = button(t("确认投出"), "cast", onceReady(actions.cast), "main");
  const back = button(t("返回修改"), "back", onceReady(actions.back));
  const cover = button(t("遮挡"), "cover", actions.cover);
  const timers = [becomesReady(back, SECOND_TAP), becomesReady(cast, READING)];
  const update = (covered) => {
    cast.disabled = back.disabled = covered;
    setText(cover, covered ? t("显示") : t("遮挡"));
  };
  return { node: h("div", { class: "bar review" }, cast, cover, back), update, leave: () => timers.forEach(clearTimeout) };
}

function onceReady(act) {
  return ({ currentTarget }) => currentTarget.hasAttribute("aria-disabled") || act();
}

function becomesReady(element, milliseconds) {
  element.setAttribute("aria-disabled", "true");
  return setTimeout(() => element.removeAttribute("aria-disabled"), milliseconds);
}

function summary(marks, scale) {
  if (isBlank(marks)) {
    return h("p", { class: "blank" }, t("您没有作任何选择。现在投出，这张表决票按弃权票计。"));
  }
  return h("p", {}, t("{count}。投出以后不能再改。", { count: countText(marks, scale) }));
}

function groupNode({ label, items: indexes, unmarked }, items) {
  if (indexes.length === 0) return null;
  const lines = indexes.map((index) =>
    h("li", {}, h("span", { class: "number" }, String(index + 1)), titles(items[index])));
  return h("section", { class: unmarked ? "group left" : "group" },
    h("h2", {}, t("{label} {n} 项", { label, n: indexes.length })), h("ul", {}, lines));
}
