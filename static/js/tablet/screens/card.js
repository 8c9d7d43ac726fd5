/** ① The next deputy's card, and what this tablet keeps meanwhile. */
import { checkDigitsOk } from "../../protocol.js";
import { button, fill, h, heading, setText } from "../dom.js";
import { tally } from "../flow.js";
import { inGroups, judgeDigits, readDigits } from "../format.js";
import { t } from "../language.js";
import { practice } from "./practice.js";
import { viewfinder } from "./viewfinder.js";

const GROUP = 5;
const BALLOTS_OUT = ["issuing", "registering", "frozen", "open"];

/**
 * @param {object} model
 * @param {object} actions
 * @returns {import("../view.js").Built}
 */
export function cardScreen(model, actions) {
  const field = cardField(actions);
  const kept = h("div", { class: "kept", role: "status" });
  const busy = h("p", { class: "busy", role: "status" });
  const lead = h("p", { class: "lead" });
  const finder = viewfinder(takeCode(field), (here) => setText(lead, leadText(here)));
  const trying = practice((open) => finder.run(!open));
  const words = h("div", { class: "card-words" }, heading(t("请刷代表证")), lead, field.node, busy, trying.node, kept);
  const nodes = [h("div", { class: "card-screen" }, finder.node, words)];
  const update = (now) => {
    const reading = now.stage === "reading";
    trying.node.hidden = BALLOTS_OUT.includes(now.phase);
    if (trying.node.hidden) trying.close(); // nobody is to take it for the ballot
    finder.run(!reading && !trying.isOpen());
    setText(busy, reading ? (now.ready ? t("正在核对代表证…") : t("正在连接服务器，连上后自动继续…")) : "");
    field.input.disabled = reading;
    keptLines(kept, now, actions);
  };
  const leave = () => {
    trying.close();
    finder.run(false);
    field.clear();
  };
  return { nodes, update, focus: field.input, scan: field.take, leave };
}

function leadText(camera) {
  return camera
    ? t("用摄像头或扫描枪扫代表证上的二维码，或者输入证上的 40 位数字。")
    : t("把代表证上的二维码对准扫描枪，或者输入证上的 40 位数字。");
}

// What the camera reads is a card's number, or none at all.
function takeCode(field) {
  return (text) => {
    const right = checkDigitsOk(text);
    if (right) field.take(text);
    return right;
  };
}

function cardField({ open, next }) {
  const message = h("p", { class: "message", id: "card-message", role: "status" });
  const input = h("input", {
    id: "card-digits", class: "digits", inputmode: "numeric", autocomplete: "off", autocorrect: "off",
    spellcheck: "false", "aria-describedby": "card-message", "data-card": true,
  });
  let before = "";
  let wrong = "";

  function take(text, deletedSpace = false) {
    const read = readDigits(text);
    if (deletedSpace && read.digits === before) read.digits = withoutDigit(read.digits, caretDigits(input));
    if (!read.digits) wrong = "";
    wrong = read.wrong || wrong;
    before = read.digits;
    const { state, text: said } = judgeDigits({ digits: read.digits, wrong }, checkDigitsOk);
    write(input, read.digits);
    setText(message, said);
    message.classList.toggle("wrong", state === "wrong");
    input.setAttribute("aria-invalid", String(state === "wrong"));
    if (state === "complete") finish(read.digits);
  }

  function clear() {
    before = "";
    wrong = "";
    input.value = "";
    setText(message, "");
  }

  // Also ends a look-up that the network keeps waiting.
  function startAgain() {
    clear();
    next();
    input.focus();
  }

  function finish(digits) {
    clear();
    open(digits);
  }

  input.addEventListener("input", (event) => {
    if (!event.isComposing) take(input.value, event.inputType === "deleteContentBackward");
  });
  input.addEventListener("compositionend", () => take(input.value));
  const label = h("label", { for: "card-digits" }, t("代表证号码"));
  const again = button(t("清空重输"), "clear-digits", startAgain, "quiet");
  return { node: h("div", { class: "card-field" }, label, h("div", { class: "row" }, input, again), message), input, take, clear };
}

function caretDigits(input) {
  return readDigits(input.value.slice(0, input.selectionStart)).digits.length;
}

function withoutDigit(digits, end) {
  return digits.slice(0, Math.max(end - 1, 0)) + digits.slice(end);
}

// Writing a value throws the caret to the end: it goes back behind the digit where it was.
function write(input, digits) {
  const value = inGroups(digits, GROUP);
  if (input.value === value) return;
  const caret = Math.min(caretDigits(input), digits.length);
  input.value = value;
  const at = caret + Math.floor(Math.max(caret - 1, 0) / GROUP);
  if (document.activeElement === input) input.setSelectionRange(at, at);
}

function keptLines(element, { slots, phase, late }, actions) {
  const { held, registered, missing, evidence } = tally(slots);
  const key = [held, registered, missing, evidence, phase, late].join();
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  const red = missing > 0 && !["issuing", null].includes(phase);
  const retry = late ? t("正在重试，请举手告知工作人员") : t("正在统一登记，请稍候");
  fill(
    element,
    ...[
      held > 0 && h("p", {}, t("本机保管表决票 {held} 张，已登记 {registered} 张。", { held, registered })),
      red && h("p", { class: "state missing" }, t("{missing} 张尚未登记，{retry}。", { missing, retry })),
      evidence > 0 && button(t("本机保存着 {evidence} 份证据，查看", { evidence }), "evidence", actions.showEvidence),
    ].filter(Boolean),
  );
}
