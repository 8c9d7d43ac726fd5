/** How a language is written: its direction, and whether its lines stand upright. */

const RIGHT_TO_LEFT = ["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"];
const UPRIGHT = ["Mong", "Phag"];

/**
 * @typedef {object} Script
 * @property {string} lang a BCP 47 tag, "" for none that a browser knows
 * @property {"ltr" | "rtl" | "auto"} dir
 * @property {boolean} upright whether its lines run from top to bottom, each to the right of the last
 */

/** @param {string} lang a BCP 47 tag @returns {Script} */
export function scriptOf(lang) {
  const known = localeOf(lang);
  if (!known) return { lang: "", dir: "auto", upright: false };
  // "mn-CN" is written as "mn-Mong-CN", "kk-CN" as "kk-Arab-CN": the browser knows.
  const { script } = known.maximize();
  const dir = RIGHT_TO_LEFT.includes(script) ? "rtl" : "ltr";
  return { lang, dir: script ? dir : "auto", upright: UPRIGHT.includes(script) };
}

function localeOf(lang) {
  try {
    return new Intl.Locale(lang);
  } catch {
    return null;
  }
}
