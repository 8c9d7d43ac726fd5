/** ⑦ The receipt, and the ways in which it ends otherwise. */
import { jcs } from "../../protocol.js";
import { button, h, heading, qrCode, setText } from "../dom.js";
import { t } from "../language.js";
import { slip } from "../slip.js";
import { explain } from "../words.js";

const SECONDS = 60;

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function receiptScreen(model, actions) {
  const { receipt, printer, facts } = model;
  const { promise, tracker, code } = receipt;
  const left = h("p", { class: "left-time" });
  const keep = button(t("继续显示"), "keep", () => stop(t("会一直显示，直到您清空。")));
  const timer = countdown((seconds) => setText(left, t("{seconds} 秒后清空", { seconds })), actions.clear);
  function stop(text) {
    timer.stop();
    setText(left, text);
    keep.hidden = true;
  }
  const prints = Boolean(printer && facts);
  const words = h("div", {},
    heading(t("✓ 已收到您的表决票")),
    h("p", {}, t("回执")),
    h("p", { class: "code", "data-receipt": code }, code),
    h("p", {}, t("可以抄下回执或拍下二维码。结果公布后，可凭回执在公示板查对自己的表决票已经计入。")),
    left,
    h("div", { class: "actions" }, prints && button(t("打印回执"), "print", () => print()), keep, button(t("现在清空"), "clear", actions.clear, "main")));
  const text = jcs({ promise, tracker });
  const split = h("div", { class: "split" }, words, qrCode(text, t("回执的二维码")));
  return { nodes: prints ? [split, slip(model, text)] : [split], leave: timer.stop };
}

// A tablet that slept must not count on from where it was: the time is compared, not the ticks.
function countdown(show, done) {
  const end = Date.now() + 1000 * SECONDS;
  const timer = setInterval(() => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds > 0) return show(seconds);
    clearInterval(timer);
    return done();
  }, 250);
  show(SECONDS);
  return { stop: () => clearInterval(timer) };
}

const CLOSED = {
  closed: [t("表决已结束"), t("请等待会议公布结果。")],
  published: [t("表决已结束，结果已公布"), t("可以在下面的地址查看结果，也可以凭回执在公示板查对。")],
  void: [t("本次表决已作废"), t("本次表决的表决票不再有效。是否重新表决，请听会议主持人宣布。")],
};

/** @param {object} model @returns {import("../view.js").Built} */
export function closedScreen({ phase, uncast, slots, facts }, actions) {
  const [title, text] = CLOSED[phase] || CLOSED.closed;
  const evidence = slots.some((slot) => slot.evidence);
  const nodes = [
    heading(title),
    h("p", { class: "lead" }, text),
    phase === "published" && h("ul", { class: "links" }, link(t("结果"), `/results/${facts.hash}`), link(t("公示板"), `/board/${facts.hash}`)),
    uncast > 0 && h("p", { class: "message" }, t("本机有 {uncast} 张表决票到结束时没有投出，按未收回计。", { uncast })),
    h("p", { class: "small" }, t("本机保管的表决票和选择已经清除。")),
    evidence && button(t("本机保存着证据，查看"), "evidence", actions.showEvidence),
  ].filter(Boolean);
  return { nodes };
}

function link(label, path) {
  return h("li", {}, label, " ", h("a", { href: path }, `${location.host}${path}`));
}

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function evidenceScreen({ evidence }, actions) {
  const text = jcs(evidence.evidence);
  const words = h("div", {},
    heading(t("证据：票册中缺少已经承诺登记的表决票")),
    h("p", { class: "lead" }, t("服务器承诺登记了这张表决票，冻结的票册中却没有它。请不要关闭本页，请立即举手，请监票人到场。")),
    h("p", {}, t("请监票人拍下二维码，在表决开始前提出。这份证据保存在本机，不会丢失，也不显示任何人的选择。")),
    button(t("收起，供下一位代表使用"), "next", actions.hideEvidence));
  return { nodes: [h("div", { class: "split" }, words, qrCode(text, t("证据的二维码"))), h("pre", {}, text)] };
}

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function problemScreen({ trouble, canRetry, canLeave }, actions) {
  const { title, text } = explain(trouble);
  const nodes = [
    heading(title),
    h("p", { class: "lead", role: "alert", "data-code": trouble.code }, text),
    trouble.tracker && h("p", {}, t("这张表决票的回执号："), " ", h("strong", { "data-tracker": true }, trouble.tracker)),
    h("div", { class: "actions" },
      canLeave && button(t("下一位代表"), "next", actions.next),
      canRetry && button(t("再试一次"), "retry", actions.retry, "main")),
  ].filter(Boolean);
  return { nodes };
}
