/**
 * A keyboard scanner types 40 digits within a fraction of a second and ends with Enter, wherever the
 * focus is. People type slower: their keys are left alone.
 */
import { asciiDigits } from "./format.js";

const FAST = 100;
const ENOUGH = 10;

/**
 * The digit of a key, also where an input method hides it.
 * @param {{key: string, code: string}} event
 * @returns {string} one ASCII digit, or ""
 */
export function digitOf({ key, code }) {
  const typed = asciiDigits(key);
  if (/^[0-9]$/.test(typed)) return typed;
  const match = ["Process", "Unidentified"].includes(key) && /^(?:Digit|Numpad)([0-9])$/.exec(code);
  return match ? match[1] : "";
}

/**
 * @param {(digits: string) => void} onScan
 * @param {(event: KeyboardEvent) => boolean} inField whether the card's own field takes this key
 * @returns {(event: KeyboardEvent) => void} for `keydown`, capturing
 */
export function createScanner(onScan, inField) {
  let digits = "";
  let last = -Infinity;
  let typed = false;
  return (event) => {
    if (!event.key) return;
    // An ended scan is not gone on with, however soon the next one comes.
    const goesOn = digits !== "" && event.timeStamp - last < FAST;
    const digit = digitOf(event);
    if (digit) {
      // Where the digits began counts: a field that has them all moves the focus before Enter comes.
      if (!goesOn) typed = inField(event);
      digits = goesOn ? digits + digit : digit;
      last = event.timeStamp;
    } else if (event.key === "Enter" && goesOn && digits.length >= ENOUGH) {
      // A scanner's Enter must not press the button that happens to have the focus.
      event.preventDefault();
      event.stopPropagation();
      const scanned = digits;
      digits = "";
      if (!typed) onScan(scanned);
    } else if (event.key.length === 1) {
      digits = "";
    }
  };
}
