/** The strip's two buttons, a screen that stays lit, and no way back by accident. */
import { setText } from "./dom.js";

const SIZES = ["标准", "大", "特大"];
const GUARD = "guard";

/**
 * @param {() => boolean} isBusy whether leaving the page would interrupt somebody
 * @returns {{keepIn: (store: object) => Promise<void>}} the text size is kept there and taken from there
 */
export function createTools(isBusy) {
  const button = document.getElementById("size");
  let size = 0;
  let keep = () => {};

  function show() {
    document.documentElement.dataset.size = size;
    setText(button.lastElementChild, SIZES[size]);
    button.setAttribute("aria-label", `字号：${SIZES[size]}，按一下换一种`);
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
    async keepIn(store) {
      // A size that could not be kept is only asked for again.
      keep = () => store.keep("size", size).catch(() => {});
      size = (await store.recall("size").catch(() => 0)) || 0;
      show();
    },
  };
}

function offerFullScreen(button) {
  const root = document.documentElement;
  button.hidden = !document.fullscreenEnabled;
  const toggle = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
  // The browser may refuse; then the page stays as it is.
  button.addEventListener("click", () => toggle().catch(() => {}));
  document.addEventListener("fullscreenchange", () => {
    setText(button, document.fullscreenElement ? "退出全屏" : "全屏");
  });
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
