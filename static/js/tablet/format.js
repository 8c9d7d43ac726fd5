/** How things are written for people: digits of a card, codes, money, the fields of an item. */
import { t } from "./language.js";
import { scriptOf } from "./script.js";

const CARD_LENGTH = 40;
const FULL_WIDTH_ZERO = 0xff10;

/**
 * What somebody typed or scanned into the card field.
 * @param {string} text
 * @returns {{digits: string, wrong: string}} ASCII digits, and the first character that is none
 */
export function readDigits(text) {
  const ascii = asciiDigits(text).replace(/[\s-]/g, "");
  return { digits: ascii.replace(/[^0-9]/g, ""), wrong: (/[^0-9]/u.exec(ascii) || [""])[0] };
}

/** @param {string} text @returns {string} with full-width digits as ASCII, as input methods make them */
export function asciiDigits(text) {
  return text.replace(/[\uff10-\uff19]/g, (char) => String(char.charCodeAt(0) - FULL_WIDTH_ZERO));
}

/** @param {string} text @param {number} size @returns {string} in groups with a space between */
export function inGroups(text, size) {
  return (text.match(new RegExp(`.{1,${size}}`, "g")) || []).join(" ");
}

/**
 * What to say about the digits so far.
 * @param {{digits: string, wrong: string}} read wrong: the latest character that was left out
 * @param {(digits: string) => boolean} checkOk whether the check digits of 40 digits are right
 * @returns {{state: "partial" | "wrong" | "complete", text: import("./language.js").Text | ""}}
 */
export function judgeDigits({ digits, wrong }, checkOk) {
  const missing = CARD_LENGTH - digits.length;
  if (wrong && missing > 0) {
    return { state: "wrong", text: t("代表证号码只有数字，“{wrong}”没有采用。还差 {missing} 位。", { wrong, missing }) };
  }
  if (missing < 0) return { state: "wrong", text: t("多了 {extra} 位。代表证号码共 40 位，请删去多余的数字。", { extra: -missing }) };
  if (missing > 0) return { state: "partial", text: digits ? t("已输入 {n} 位，还差 {missing} 位。", { n: digits.length, missing }) : "" };
  if (!checkOk(digits)) return { state: "wrong", text: t("号码不对：40 位数字的校验没有通过。请对照代表证逐组核对后改正。") };
  return { state: "complete", text: "" };
}

/**
 * An amount as offices write it, never rounded: 元 below 1 万, 亿元 from 1 亿 where short, else 万元.
 * @param {number} amount whole 元
 * @returns {import("./language.js").Text}
 */
export function yuan(amount) {
  if (Math.abs(amount) < 10000) return t("{amount} 元", { amount });
  if (Math.abs(amount) >= 1e8 && amount % 10000 === 0) return t("{amount} 亿元", { amount: scaled(amount, 8) });
  return t("{amount} 万元", { amount: scaled(amount, 4) });
}

// Moves the decimal point in the text: binary fractions would not be exact.
function scaled(amount, places) {
  const digits = String(Math.abs(amount)).padStart(places + 1, "0");
  const whole = digits.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return `${amount < 0 ? "-" : ""}${whole}${fraction && `.${fraction}`}`;
}

const FIELDS = {
  category: t("项目类别"),
  content: t("建设内容"),
  place: t("建设地点"),
  benefit: t("受益范围"),
  amount_yuan: t("投资估算"),
  year_amount_yuan: t("年度计划投资"),
  funding: t("资金来源"),
  unit: t("责任单位"),
  partner: t("协同单位"),
  leader: t("牵头领导"),
  deadline: t("完成时限"),
  reason: t("可行性说明"),
};

/**
 * @typedef {object} Second what an item says in the ballot's second script
 * @property {string} title
 * @property {string} content "" for none
 * @property {import("./script.js").Script} script
 *
 * @typedef {object} Detail
 * @property {string | import("./language.js").Text} label
 * @property {string | import("./language.js").Text} value
 * @property {string} second the value in the ballot's second script, "" for none
 */

/**
 * All fields that an item of the definition carries, the known ones first and in the office's order.
 * @param {object} item
 * @returns {Detail[]}
 */
export function details(item) {
  const second = secondOf(item);
  const apart = ["id", "title", ...(second ? ["second"] : [])];
  const others = Object.keys(item).filter((name) => !(name in FIELDS) && !apart.includes(name));
  const said = (name) => (second && name === "content" ? second.content : "");
  return [...Object.keys(FIELDS), ...others]
    .filter((name) => ![undefined, null, ""].includes(item[name]) || said(name))
    .map((name) => ({ label: FIELDS[name] || name, value: fieldText(name, item[name]), second: said(name) }));
}

function fieldText(name, value = "") {
  if (name.endsWith("_yuan") && Number.isInteger(value)) return yuan(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {object} item @returns {string[]} category, unit and amount, where the item has them */
export function brief(item) {
  const amount = Number.isInteger(item.amount_yuan) ? yuan(item.amount_yuan) : "";
  return [item.category, item.unit, amount].map((part) => (part ? String(part) : "")).filter(Boolean);
}

/**
 * A ballot's second script comes with its definition and is always shown, whatever a deputy chose.
 * @param {object} item
 * @returns {Second | null}
 */
export function secondOf({ second }) {
  const { lang, title, content = "" } = second || {};
  if (![lang, title, content].every((part) => typeof part === "string") || !title) return null;
  return { title, content, script: scriptOf(lang) };
}
