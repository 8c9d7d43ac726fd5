/** The strip's buttons, a screen that stays lit, and no way back by accident. */
import { fill, h, languageOf, sayAgain, setText } from "./dom.js";
import { chooseSecond, secondLanguages, t } from "./language.js";

const SIZES = [t("标准"), t("大"), t("特大")];
const NONE = { code: "", name: t("只用中文") };
const NOBODYS = ["card", "closed"];
const FORGOTTEN_AFTER = 120000;
const GUARD = "guard";

/**
 * @param {() => boolean} isBusy whether leaving the page would interrupt somebody
 * @returns {{keepIn: (store: object) => Promise<void>, follow: (model: object) => void}} the text size
 *   is kept in the store and taken from there
 */
export function createTools(isBusy) {
  const button = document.getElementById("size");
  let size = 0;
  let keep = () => {};

  function show() {
    document.documentElement.dataset.size = size;
    setText(button, t("字号：{size}", { size: SIZES[size] }));
  }

  button.addEventListener("click", () => {
    size = (size + 1) % SIZES.length;
    show();
    keep();
  });
  show();
  offerFullScreen(document.getElementById("full"));
  stayAwake();
  guardPage(isBusy);
  return {
    follow: offerLanguages(document.getElementById("language")),
    async keepIn(store) {
      // A size that could not be kept is only asked for again.
      keep = () => store.keep("size", size).catch(() => {});
      size = (await store.recall("size").catch(() => 0)) || 0;
      show();
    },
  };
}

// What somebody reads is for nobody else to know: it goes with the card, or soon where none came.
function offerLanguages(button) {
  const choices = [NONE, ...secondLanguages()];
  let chosen = 0;
  let timer = 0;
  let waits = true;

  function choose(index) {
    chosen = index % choices.length;
    chooseSecond(choices[chosen].code);
    fill(button, ...offer(choices[(chosen + 1) % choices.length]));
    sayAgain();
  }

  button.hidden = choices.length === 1;
  button.addEventListener("click", () => {
    choose(chosen + 1);
    clearTimeout(timer);
    timer = setTimeout(() => waits && choose(0), FORGOTTEN_AFTER);
  });
  choose(0);
  return ({ screen, stage }) => {
    const free = NOBODYS.includes(screen) && stage === "none";
    if (free && !waits) choose(0);
    waits = free;
  };
}

// Each language offers itself in its own words.
function offer({ code, name }) {
  if (!code) return [h("span", {}, name)];
  return [h("span", { "aria-hidden": "true" }, "＋ "), h("b", languageOf(code), name)];
}

function offerFullScreen(button) {
  const root = document.documentElement;
  button.hidden = !document.fullscreenEnabled;
  const name = () => (document.fullscreenElement ? t("退出全屏") : t("全屏"));
  const toggle = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
  // The browser may refuse; then the page stays as it is.
  button.addEventListener("click", () => toggle().catch(() => {}));
  document.addEventListener("fullscreenchange", () => setText(button, name()));
  setText(button, name());
}

// The lock ends whenever the page is hidden, and a battery that runs low may refuse it.
function stayAwake() {
  if (!navigator.wakeLock) return;
  const ask = () => {
    if (document.visibilityState === "visible") navigator.wakeLock.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}

// Back leads to a second entry of this page. Chromium skips entries that no touch made.
function guardPage(isBusy) {
  const guard = () => {
    if (history.state !== GUARD) history.pushState(GUARD, "");
  };
  for (const name of ["pointerdown", "keydown", "popstate"]) addEventListener(name, guard);
  addEventListener("beforeunload", (event) => {
    if (!isBusy()) return;
    event.preventDefault();
    event.returnValue = "";
  });
}
