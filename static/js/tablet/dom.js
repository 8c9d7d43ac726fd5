/** Making elements: text goes in as text, never as HTML, and no inline styles (the CSP forbids them). */
import { utf8 } from "../protocol.js";
import { qrMatrix } from "./qr.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;

/**
 * @param {string} tag
 * @param {Object<string, any>} [props] attributes; functions are listeners, named by their event;
 *   true is an empty attribute; false, null and undefined none
 * @param {...any} children nodes, texts, lists of them; null and false are left out
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== false));
  return element;
}

/**
 * @param {string} label
 * @param {string} action for `data-action`
 * @param {() => void} onClick
 * @param {string} [kind] "main" for the one that leads on, "quiet" for a small one
 * @returns {HTMLElement}
 */
export function button(label, action, onClick, kind = "") {
  return h("button", { type: "button", class: `button ${kind}`.trim(), "data-action": action, click: onClick }, label);
}

/** @param {string} text @returns {HTMLElement} the screen's heading, which takes the focus */
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

/** @param {Node} element @param {string} text set only where it differs, so that it is read out once */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {string} text
 * @param {string} label for those who do not see it
 * @returns {SVGElement}
 */
export function qrCode(text, label) {
  const grid = qrMatrix(utf8(text));
  const path = grid.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  const size = grid.length + 2 * QUIET;
  const svg = svgElement("svg", { viewBox: `${-QUIET} ${-QUIET} ${size} ${size}`, class: "qr", role: "img" });
  svg.setAttribute("aria-label", label);
  svg.append(
    svgElement("rect", { x: -QUIET, y: -QUIET, width: size, height: size, class: "qr-light" }),
    svgElement("path", { d: path.join(""), class: "qr-dark" }),
  );
  return svg;
}

function svgElement(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
