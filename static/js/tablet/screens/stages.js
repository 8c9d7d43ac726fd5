/** ② to ④: whose card it is, and the ballot on its way until voting opens. */
import { button, fill, h, heading, setText } from "../dom.js";
import { stateLines } from "../flow.js";
import { rootText } from "../hall.js";
import { joined, t } from "../language.js";
import { rendering } from "../words.js";

const SIGNS = { done: "●", todo: "○", missing: "▲" };

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function confirmScreen({ line, checkedIn, status: { meeting } }, actions) {
  const yes = button(checkedIn ? t("是我") : t("是我，签到"), "confirm", actions.confirm, "main");
  const no = button(t("不是我"), "not-me", actions.next);
  const busy = h("p", { class: "busy", role: "status" });
  const nodes = [
    heading(t("请确认是不是您本人")),
    h("p", { class: "deputy" }, h("strong", {}, line.name), " ", t("代表")),
    h("p", { class: "lead" }, [line.delegation, line.seat].filter(Boolean).join(" · ")),
    meeting && h("p", { "data-meeting": true }, t("会议：{title}（{date}）", meeting)),
    checkedIn && h("p", {}, t("已签到。")),
    busy,
    h("div", { class: "actions" }, no, yes),
  ].filter(Boolean);
  const update = ({ stage }) => {
    yes.disabled = no.disabled = stage === "checking";
    setText(busy, stage === "checking" ? t("正在签到…") : "");
  };
  return { nodes, update };
}

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function waitingScreen({ line }, actions) {
  const figures = h("p", { class: "figures" });
  const nodes = [
    heading(t("已签到，等待发票")),
    h("ul", { class: "states" }, stateItem({ state: "done", text: t("身份已核对") }), stateItem({ state: "todo", text: t("等待发票开始") })),
    line && h("p", { class: "lead" }, t("{name} 代表，发票开始后，本机会自动为您领取表决票，请不要离开。", { name: line.name })),
    figures,
    foot(actions, t("换下一位代表")),
  ].filter(Boolean);
  return { nodes, update: (now) => setText(figures, figuresText(now)) };
}

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function issuingScreen(model, actions) {
  return onTheWay(t("正在领取表决票…"), t("签发通常只需几秒钟。连接中断时会自动重试，不会重复领取。"), actions);
}

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function heldScreen(model, actions) {
  return onTheWay(t("已领取表决票，等待统一登记"), t("停止发票后，所有平板一起登记。请不要关闭本页。"), actions);
}

/** @param {object} model @param {object} actions @returns {import("../view.js").Built} */
export function registeredScreen(model, actions) {
  return onTheWay(t("表决票已登记，等待表决开始"), t("表决开始后，本页会自动出现表决票。请不要关闭本页。"), actions);
}

function onTheWay(title, lead, actions) {
  const states = h("ul", { class: "states", "aria-live": "polite" });
  const figures = h("p", { class: "figures" });
  const roll = h("p", { class: "small" });
  const note = h("p", { class: "message", role: "status" });
  const nodes = [heading(title), states, h("p", { class: "lead" }, lead), note, figures, roll, foot(actions, t("下一位代表"))];
  const update = (now) => {
    setText(figures, figuresText(now));
    setText(roll, now.slot && now.slot.rollRoot ? t("票册已核对。票册根 {root}", { root: rootText(now.facts) }) : "");
    setText(note, now.slotTrouble ? rendering(now.slotTrouble) : "");
    showStates(states, now);
  };
  return { nodes, update };
}

function showStates(list, { slot, phase, late }) {
  const lines = slot ? stateLines(slot, phase, late) : [{ state: "todo", text: t("正在签发表决票") }];
  const key = lines.map(({ state, text }) => `${state} ${text}`).join();
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  fill(list, ...lines.map(stateItem));
}

function stateItem({ state, text }) {
  return h("li", { class: `state ${state}` }, h("span", { "aria-hidden": "true" }, SIGNS[state]), text);
}

function foot(actions, label) {
  return h(
    "div",
    { class: "actions" },
    button(t("表决项目简介"), "info", () => actions.info(null)),
    button(label, "next", actions.next),
  );
}

function figuresText({ status }) {
  const { meeting, poll } = status;
  const parts = meeting ? [t("应到 {n}", { n: meeting.roster }), t("实到 {n}", { n: meeting.checked_in })] : [];
  if (poll && poll.epoch > 0) parts.push(t("已发票 {n}", { n: poll.issued }), t("已登记 {n}", { n: poll.registered }));
  return joined("   ", parts);
}

/** @returns {import("../view.js").Built} */
export function castingScreen() {
  const nodes = [
    heading(t("正在投出表决票…")),
    h("p", { class: "lead" }, t("您的表决票已经签名并保存在本机，会一直重发，直到收到回执。请不要关闭本页。")),
  ];
  return { nodes };
}
