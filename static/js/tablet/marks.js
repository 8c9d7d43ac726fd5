/** Marks in progress: what a tap changes, what is counted, what the review lists. Pure. */
import { marksProblem } from "../protocol.js";

/**
 * @typedef {import("../protocol.js").Scale} Scale
 * @typedef {(number | null)[]} Marks
 */

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

/** @param {{mark: number, max: number}} limit @param {Scale} scale @returns {string} */
export function limitText({ mark, max }, scale) {
  const label = scale.marks[mark].label;
  if (scale.marks.length === 1) {
    return `最多选 ${max} 项，已经选满。要选这一项，请先取消一个已选的项目：再点它一次就取消。`;
  }
  return `“${label}”最多 ${max} 项，已经选满。请先取消一个已选的“${label}”：再点它一次就取消。`;
}

/**
 * The count that stays in sight: chosen and allowed.
 * @param {Marks} marks
 * @param {Scale} scale
 * @returns {string}
 */
export function countText(marks, scale) {
  const given = marks.filter((mark) => mark !== null).length;
  if (scale.marks.length === 1) return `已选 ${given} / 最多 ${limitOf(scale, 0, marks.length)}`;
  const limited = Object.keys(scale.limits).map(
    (index) => `${scale.marks[index].label} ${countOf(marks, Number(index))} / 最多 ${scale.limits[index]}`,
  );
  return [`已表决 ${given} / 共 ${marks.length} 项`, ...limited].join(" · ");
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
 * @returns {{label: string, items: number[], unmarked: boolean}[]}
 */
export function reviewGroups(marks, scale) {
  const having = (mark) => marks.flatMap((each, item) => (each === mark ? [item] : []));
  const given = scale.marks.map(({ label }, mark) => ({ label, items: having(mark), unmarked: false }));
  const left = scale.marks.length === 1 ? "未选" : "未表决";
  return [...given, { label: left, items: having(null), unmarked: true }];
}

/** @param {Marks} marks @returns {boolean} a blank ballot, which is valid and 弃权 */
export function isBlank(marks) {
  return marks.every((mark) => mark === null);
}
