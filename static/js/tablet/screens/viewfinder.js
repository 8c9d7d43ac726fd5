/** ① The camera's picture, with a frame for the card, or why there is none and what to do. */
import { createCamera } from "../camera.js";
import { button, h, setText } from "../dom.js";
import { t } from "../language.js";

const PICTURED = ["starting", "looking", "lingering", "foreign"];
const ASKS = { ask: true, denied: true, busy: true };

/**
 * @param {import("../camera.js").Sight} sight
 * @returns {string} what to do
 */
export function sightText(sight) {
  const texts = {
    none: "",
    ask: t("可以用摄像头刷证：画面只在本机识别，不保存，也不上传。"),
    denied: t("浏览器没有允许使用摄像头。请工作人员在浏览器的网站设置里允许，再按“打开摄像头”。也可以用扫描枪，或者输入号码。"),
    starting: t("正在打开摄像头…"),
    looking: t("请把代表证上的二维码放进方框，停一下。"),
    lingering: t("请先拿开刚才的代表证，再出示下一张。"),
    foreign: t("这个二维码不是代表证。请出示代表证上的二维码。"),
    busy: t("摄像头打不开，可能正被别的程序使用。请关掉那个程序，再按“打开摄像头”。也可以用扫描枪，或者输入号码。"),
  };
  return texts[sight];
}

/**
 * @param {(text: string) => boolean} take whether a code's text was a card's
 * @param {(works: boolean) => void} found whether the camera shows something
 * @returns {{node: HTMLElement, run: (wanted: boolean) => void}}
 */
export function viewfinder(take, found) {
  const says = h("p", { class: "sight", role: "status" });
  const ask = button(t("打开摄像头"), "camera", () => camera.start(true));
  const turn = button(t("换摄像头"), "turn-camera", () => camera.turn(), "quiet");
  const camera = createCamera(show, take);
  const picture = h("div", { class: "picture" }, camera.video, h("div", { class: "frame", "aria-hidden": "true" }));
  const node = h("section", { class: "viewfinder", "aria-label": t("摄像头") }, picture, says, h("div", { class: "row" }, ask, turn));
  let running = false;
  const follow = () => (running && !document.hidden ? camera.start() : camera.stop());

  function show(sight, several = false) {
    node.dataset.sight = sight;
    node.hidden = sight === "none";
    picture.hidden = !PICTURED.includes(sight);
    ask.hidden = !ASKS[sight];
    turn.hidden = !several;
    setText(says, sightText(sight));
    found(PICTURED.includes(sight));
  }

  function run(wanted) {
    if (wanted === running) return;
    running = wanted;
    if (!wanted) setText(says, "");
    if (wanted) document.addEventListener("visibilitychange", follow);
    else document.removeEventListener("visibilitychange", follow);
    follow();
  }

  show("none");
  return { node, run };
}
