/** Making elements: text goes in as text, never as HTML, and no inline styles (the CSP forbids them). */
import { utf8 } from "../protocol.js";
import { Text, inSecond, secondLanguage } from "./language.js";
import { qrMatrix } from "./qr.js";
import { scriptOf } from "./script.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;
let codes = 0;

/**
 * @param {string} tag
 * @param {Object<string, any>} [props] attributes; functions are listeners, named by their event;
 *   true is an empty attribute; false, null and undefined none
 * @param {...any} children nodes, strings, texts of `t`, lists of them; null and false are left out
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== false).map(asNode));
  return element;
}

/** @type {WeakMap<Node, Text>} what stands in each `.said` */
const said = new WeakMap();

function asNode(child) {
  return child instanceof Text ? saidNode(child) : child;
}

// Chinese first, and the same in the second language beside it, each of its own `lang`.
function saidNode(text) {
  const element = h("span", { class: "said" });
  said.set(element, text);
  say(element);
  return element;
}

function say(element) {
  const text = said.get(element);
  const other = inSecond(text);
  fill(element, String(text), ...(other ? [h("span", { class: "second", ...languageOf(secondLanguage()) }, other)] : []));
}

/** Says what stands on the page again, after another second language was chosen. */
export function sayAgain() {
  document.querySelectorAll(".said").forEach(say);
}

/** @param {string} code of a language @returns {{lang: string, dir: string}} its attributes */
export function languageOf(code) {
  const { lang, dir } = scriptOf(code);
  return { lang, dir };
}

/**
 * @param {string} text of a ballot, in its second script
 * @param {import("./script.js").Script} script
 * @returns {HTMLElement}
 */
export function inScript(text, { lang, dir, upright }) {
  return h("span", { class: upright ? "script upright" : "script", lang, dir }, text);
}

/**
 * @param {string | Text} label
 * @param {string} action for `data-action`
 * @param {() => void} onClick
 * @param {string} [kind] "main" for the one that leads on, "quiet" for a small one
 * @returns {HTMLElement}
 */
export function button(label, action, onClick, kind = "") {
  return h("button", { type: "button", class: `button ${kind}`.trim(), "data-action": action, click: onClick }, label);
}

/** @param {string | Text} text @returns {HTMLElement} the screen's heading, which takes the focus */
export function heading(text) {
  return h("h1", { tabindex: "-1" }, text);
}

/**
 * Chromium has replaceChildren from 86 on only.
 * @param {Element} element
 * @param {...Node} nodes what it holds from now on
 */
export function fill(element, ...nodes) {
  element.textContent = "";
  element.append(...nodes);
}

/** @param {Element} element @param {string | Text} text set only where it differs, so that it is read out once */
export function setText(element, text) {
  const stands = said.get(element.firstChild) || element.textContent;
  if (String(stands) !== String(text)) fill(element, asNode(text));
}

/**
 * @param {string} text
 * @param {string | Text} label
 * @returns {HTMLElement} with its label below it, which names it for those who do not see it
 */
export function qrCode(text, label) {
  const grid = qrMatrix(utf8(text));
  const path = grid.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  const size = grid.length + 2 * QUIET;
  const id = `qr-${(codes += 1)}`;
  const svg = svgElement("svg", { viewBox: `${-QUIET} ${-QUIET} ${size} ${size}`, class: "qr", role: "img", "aria-labelledby": id });
  svg.append(
    svgElement("rect", { x: -QUIET, y: -QUIET, width: size, height: size, class: "qr-light" }),
    svgElement("path", { d: path.join(""), class: "qr-dark" }),
  );
  return h("figure", {}, svg, h("figcaption", { id }, label));
}

function svgElement(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
