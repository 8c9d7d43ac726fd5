/** How things are written for people: digits of a card, codes, money, the fields of an item. */

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
 * @returns {{state: "partial" | "wrong" | "complete", text: string}}
 */
export function judgeDigits({ digits, wrong }, checkOk) {
  const missing = CARD_LENGTH - digits.length;
  if (wrong && missing > 0) {
    return { state: "wrong", text: `代表证号码只有数字，“${wrong}”没有采用。还差 ${missing} 位。` };
  }
  if (missing < 0) return { state: "wrong", text: `多了 ${-missing} 位。代表证号码共 40 位，请删去多余的数字。` };
  if (missing > 0) return { state: "partial", text: digits ? `已输入 ${digits.length} 位，还差 ${missing} 位。` : "" };
  if (!checkOk(digits)) return { state: "wrong", text: "号码不对:40 位数字的校验没有通过。请对照代表证逐组核对后改正。" };
  return { state: "complete", text: "" };
}

/**
 * An amount as offices write it, never rounded: 元 below 1 万, 亿元 from 1 亿 where short, else 万元.
 * @param {number} amount whole 元
 * @returns {string}
 */
export function yuan(amount) {
  if (Math.abs(amount) < 10000) return `${amount} 元`;
  if (Math.abs(amount) >= 1e8 && amount % 10000 === 0) return `${scaled(amount, 8)} 亿元`;
  return `${scaled(amount, 4)} 万元`;
}

// Moves the decimal point in the text: binary fractions would not be exact.
function scaled(amount, places) {
  const digits = String(Math.abs(amount)).padStart(places + 1, "0");
  const whole = digits.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return `${amount < 0 ? "-" : ""}${whole}${fraction && `.${fraction}`}`;
}

const FIELDS = {
  category: "项目类别",
  content: "建设内容",
  place: "建设地点",
  benefit: "受益范围",
  amount_yuan: "投资估算",
  year_amount_yuan: "年度计划投资",
  funding: "资金来源",
  unit: "责任单位",
  partner: "协同单位",
  leader: "牵头领导",
  deadline: "完成时限",
  reason: "可行性说明",
};

/**
 * All fields that an item of the definition carries, the known ones first and in the office's order.
 * @param {object} item
 * @returns {[string, string][]} label and value
 */
export function details(item) {
  const others = Object.keys(item).filter((name) => !(name in FIELDS) && name !== "id" && name !== "title");
  return [...Object.keys(FIELDS), ...others]
    .filter((name) => ![undefined, null, ""].includes(item[name]))
    .map((name) => [FIELDS[name] || name, fieldText(name, item[name])]);
}

function fieldText(name, value) {
  if (name.endsWith("_yuan") && Number.isInteger(value)) return yuan(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {object} item @returns {string[]} category, unit and amount, where the item has them */
export function brief(item) {
  const amount = Number.isInteger(item.amount_yuan) ? yuan(item.amount_yuan) : "";
  return [item.category, item.unit, amount].filter(Boolean).map(String);
}
