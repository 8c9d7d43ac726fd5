/** The strip at the top, and one screen at a time below it. */
import { fill, setText } from "./dom.js";
import { inGroups } from "./format.js";
import { t } from "./language.js";
import { ballotScreen, reviewScreen } from "./screens/ballot.js";
import { cardScreen } from "./screens/card.js";
import { closedScreen, evidenceScreen, problemScreen, receiptScreen } from "./screens/ends.js";
import {
  castingScreen, confirmScreen, heldScreen, issuingScreen, registeredScreen, waitingScreen,
} from "./screens/stages.js";

/**
 * @typedef {object} Built
 * @property {Node[]} nodes
 * @property {(model: object) => void} [update] for what changes while the screen stays
 * @property {HTMLElement} [focus] what takes the focus from a keyboard, else the heading
 * @property {(digits: string) => void} [scan] takes what a scanner read
 * @property {() => void} [leave]
 */

const SCREENS = {
  card: cardScreen,
  confirm: confirmScreen,
  waiting: waitingScreen,
  issuing: issuingScreen,
  held: heldScreen,
  registered: registeredScreen,
  ballot: ballotScreen,
  review: reviewScreen,
  casting: castingScreen,
  receipt: receiptScreen,
  closed: closedScreen,
  evidence: evidenceScreen,
  problem: problemScreen,
};

const LINK = {
  start: t("正在连接…"),
  up: t("已连接"),
  down: t("正在重新连接，您的选择已保存"),
};

/** @param {object} actions what the buttons do */
export function createView(actions) {
  const main = document.querySelector("main");
  const notice = document.getElementById("notice");
  let built = null;
  let shown = "";
  let timer = 0;

  function change(model, key) {
    if (built && built.leave) built.leave();
    shown = key;
    notice.hidden = true;
    built = SCREENS[model.screen](model, actions);
    main.dataset.screen = model.screen;
    fill(main, ...built.nodes);
    main.scrollTop = 0;
    if (built.update) built.update(model);
    focusOn(built, main);
  }

  return {
    /** @param {object} model */
    show(model) {
      showStrip(model);
      const key = [model.screen, ...model.key].join(" ");
      if (key !== shown) change(model, key);
      else if (built.update) built.update(model);
    },
    /** @returns {((digits: string) => void) | undefined} */
    scan: () => built && built.scan,
    /** @param {string | import("./language.js").Text} text said over any screen for some seconds */
    say(text) {
      clearTimeout(timer);
      setText(notice, text);
      notice.hidden = false;
      timer = setTimeout(() => (notice.hidden = true), 6000);
    },
  };
}

// On a touch screen the focus in the field would raise the keyboard over everything.
function focusOn({ focus }, main) {
  const typing = focus && !matchMedia("(pointer: coarse)").matches;
  const target = typing ? focus : main.querySelector("h1");
  if (target) target.focus({ preventScroll: true });
}

function showStrip({ status, definition, code, link, waits }) {
  const congress = status ? `${status.congress.name}${status.congress.session}` : "";
  const poll = definition ? definition.poll.title : "";
  setText(document.getElementById("strip-congress"), congress);
  setText(document.getElementById("strip-poll"), poll);
  showCode(document.getElementById("strip-code"), code);
  const element = document.getElementById("strip-link");
  element.dataset.link = link;
  setText(element, waits && link === "up" ? t("● 等待见证人") : LINK[link]);
}

function showCode(element, code) {
  element.hidden = !code;
  setText(element.firstElementChild, t("核验码"));
  setText(element.lastElementChild, inGroups(code, 4));
}
