/**
 * A specimen ballot: the vote's own ballot and review, to be tried. Marks live here until it closes;
 * nothing is kept, nothing is sent, and every part of it says that it is a specimen.
 */
import { button, fill, h, heading } from "./dom.js";
import { t } from "./language.js";
import { noMarks, tap } from "./marks.js";
import { ballotScreen, reviewScreen } from "./screens/ballot.js";
import { openInfo } from "./screens/info.js";
import { oneTap } from "./touch.js";

const SCREENS = { ballot: ballotScreen, review: reviewScreen, done: doneScreen };
const STAMPS = 24;

/**
 * Shows it in place of everything else on the page.
 * @param {{poll: {title: string}, items: object[], scale: object}} definition what it needs of one
 * @param {() => void} leave the button that ends it was pressed
 * @returns {() => void} takes it away again
 */
export function openSpecimen(definition, leave) {
  const main = h("main");
  const page = h("div", { class: "specimen" }, band(leave), main, stamps());
  const others = Array.from(document.body.children).filter((one) => !one.hidden);
  const blank = { facts: { definition }, screen: "ballot", marks: noMarks(definition.items.length), limit: null, covered: false };
  let state = blank;
  let built = null;

  const actions = {
    tap: oneTap((item, mark) => show(tap(state.marks, item, mark, definition.scale))),
    cover: () => show({ covered: !state.covered, limit: null }),
    review: () => show({ screen: "review", limit: null }),
    back: () => show({ screen: "ballot" }),
    cast: () => show({ ...blank, screen: "done" }),
    again: () => show(blank),
    info: (index) => openInfo(definition, index),
    next: leave,
  };

  function show(change) {
    const before = state.screen;
    state = { ...state, ...change };
    if (state.screen !== before) build();
    else if (built.update) built.update(state);
  }

  function build() {
    if (built && built.leave) built.leave();
    built = SCREENS[state.screen](state, actions);
    main.dataset.screen = state.screen;
    fill(main, ...built.nodes);
    if (built.update) built.update(state);
    main.querySelector("h1").focus({ preventScroll: true });
  }

  others.forEach((one) => (one.hidden = true));
  document.body.append(page);
  build();
  return () => {
    if (built.leave) built.leave();
    page.remove();
    others.forEach((one) => (one.hidden = false));
  };
}

function band(leave) {
  return h("header", { class: "band" },
    h("strong", {}, t("样票")),
    h("p", {}, t("仅供练习，不会投出任何表决票。")),
    button(t("结束练习"), "leave-specimen", leave, "quiet"));
}

// Over everything and in nobody's way: no photograph of it can pass for a ballot.
function stamps() {
  const one = () => h("span", { "data-stamp": t("样票") });
  return h("div", { class: "stamps", "aria-hidden": "true" }, Array.from({ length: STAMPS }, one));
}

function doneScreen(model, actions) {
  const nodes = [
    heading(t("练习完成")),
    h("p", { class: "lead" }, t("这是样票：没有投出任何表决票，您刚才的选择没有保存，也没有发送。")),
    h("p", {}, t("正式表决时，这里会显示表决票的回执。")),
    h("div", { class: "actions" },
      button(t("再试一次"), "again", actions.again),
      button(t("结束练习"), "end", actions.next, "main")),
  ];
  return { nodes };
}
