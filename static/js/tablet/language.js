/**
 * What the tablet says: every sentence of it goes through `t`, by which the catalogues find it.
 *
 * Chinese is always said. A deputy may have a second language said beside it: that choice lives in
 * this module's memory only, is never stored or sent, and all languages are here before it is made.
 */
import { CATALOGUES } from "./catalogues.js";

/** A text for people: Chinese as a string, and the same in a second language where that has it. */
export class Text {
  /** @param {(words: Object<string, string> | null) => string} say what it is in a catalogue, "" for nothing */
  constructor(say) {
    this.say = say;
    Object.freeze(this);
  }

  /** @returns {string} in Chinese */
  toString() {
    return this.say(null);
  }
}

/**
 * @param {string} template a literal in Chinese, with `{name}` where a value goes
 * @param {Object<string, string | number | Text>} [values]
 * @returns {Text}
 */
export function t(template, values = {}) {
  return new Text((words) => filled(words ? words[template] || "" : template, values, words));
}

function filled(template, values, words) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? inWords(values[name], words) : whole));
}

// What a second language does not have, and names of people, stand in it as they are.
function inWords(value, words) {
  return (value instanceof Text && value.say(words)) || String(value);
}

/**
 * @param {string | Text} separator
 * @param {(string | Text)[]} parts
 * @returns {Text}
 */
export function joined(separator, parts) {
  return new Text((words) => {
    if (words && !parts.some((part) => part instanceof Text && part.say(words))) return "";
    return parts.map((part) => inWords(part, words)).join(inWords(separator, words));
  });
}

/**
 * What the server said, in Chinese, which is the tablet's own sentence in a second language.
 * @param {string} said
 * @param {Text} own
 * @returns {Text}
 */
export function rendered(said, own) {
  return new Text((words) => (words ? own.say(words) : said));
}

let second = "";

/** @returns {{code: string, name: string}[]} the second languages that there are */
export function secondLanguages() {
  return Object.entries(CATALOGUES).map(([code, { name }]) => ({ code, name }));
}

/** @param {string} code of the second language from now on, "" for none */
export function chooseSecond(code) {
  second = code in CATALOGUES ? code : "";
}

/** @returns {string} the code of the second language that is on, "" for none */
export function secondLanguage() {
  return second;
}

/**
 * @param {string | Text} text
 * @returns {string} in the second language that is on; "" where there is none or it lacks the text
 */
export function inSecond(text) {
  return second && text instanceof Text ? text.say(CATALOGUES[second].words) : "";
}
