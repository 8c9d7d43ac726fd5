/** Marks in progress: what a tap changes, what is counted, what the review lists. Pure. */
import { marksProblem } from "../protocol.js";
import { joined, t } from "./language.js";

/**
 * @typedef {import("../protocol.js").Scale} Scale
 * @typedef {import("./language.js").Text} Text
 * @typedef {(number | null)[]} Marks
 */

// The marks of the ready forms; a label that a congress wrote itself stays as it is.
const READY = [
  t("同意"), t("赞成"), t("反对"), t("弃权"), t("满意"), t("基本满意"), t("不满意"), t("最急需"), t("急需"), t("一般"),
];

/** @param {{label: string}} mark of a scale @returns {string | Text} */
export function labelOf({ label }) {
  return READY.find((text) => String(text) === label) || label;
}

/** @param {number} count @returns {Marks} */
export function noMarks(count) {
  return new Array(count).fill(null);
}

/**
 * A tap on a mark: sets it, clears it where it stands, and changes nothing where a limit is reached.
 * @param {Marks} marks
 * @param {number} item
 * @param {number} mark
 * @param {Scale} scale
 * @returns {{marks: Marks, limit: {mark: number, max: number} | null}}
 */
export function tap(marks, item, mark, scale) {
  const next = marks.slice();
  next[item] = marks[item] === mark ? null : mark;
  const problem = next[item] === null ? null : marksProblem(next, marks.length, scale);
  return problem ? { marks, limit: { mark: problem.mark, max: problem.max } } : { marks: next, limit: null };
}

/** @param {{mark: number, max: number}} limit @param {Scale} scale @returns {Text} */
export function limitText({ mark, max }, scale) {
  const label = labelOf(scale.marks[mark]);
  if (scale.marks.length === 1) {
    return t("最多选 {max} 项，已经选满。要选这一项，请先取消一个已选的项目：再点它一次就取消。", { max });
  }
  return t("“{label}”最多 {max} 项，已经选满。请先取消一个已选的“{label}”：再点它一次就取消。", { label, max });
}

/**
 * The count that stays in sight: chosen and allowed.
 * @param {Marks} marks
 * @param {Scale} scale
 * @returns {Text}
 */
export function countText(marks, scale) {
  const given = marks.filter((mark) => mark !== null).length;
  if (scale.marks.length === 1) return t("已选 {n} / 最多 {max}", { n: given, max: limitOf(scale, 0, marks.length) });
  const limited = Object.keys(scale.limits).map((index) => limitedText(marks, Number(index), scale));
  return joined(" · ", [t("已表决 {n} / 共 {all} 项", { n: given, all: marks.length }), ...limited]);
}

function limitedText(marks, mark, scale) {
  const values = { label: labelOf(scale.marks[mark]), n: countOf(marks, mark), max: scale.limits[mark] };
  return t("{label} {n} / 最多 {max}", values);
}

function limitOf(scale, mark, count) {
  return Math.min(mark in scale.limits ? scale.limits[mark] : count, count);
}

function countOf(marks, mark) {
  return marks.filter((each) => each === mark).length;
}

/**
 * What a review lists: one group a mark of the scale, then what is left unmarked.
 * @param {Marks} marks
 * @param {Scale} scale
 * @returns {{label: string | Text, items: number[], unmarked: boolean}[]}
 */
export function reviewGroups(marks, scale) {
  const having = (mark) => marks.flatMap((each, item) => (each === mark ? [item] : []));
  const given = scale.marks.map((each, mark) => ({ label: labelOf(each), items: having(mark), unmarked: false }));
  const left = scale.marks.length === 1 ? t("未选") : t("未表决");
  return [...given, { label: left, items: having(null), unmarked: true }];
}

/** @param {Marks} marks @returns {boolean} a blank ballot, which is valid and 弃权 */
export function isBlank(marks) {
  return marks.every((mark) => mark === null);
}
