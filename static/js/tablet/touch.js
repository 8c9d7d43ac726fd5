/** A trembling finger taps twice: that must not take its mark away again. */

const DOUBLE_TAP = 400;

/**
 * @param {(item: number, mark: number) => void} act
 * @returns {(item: number, mark: number) => void} the same, but deaf to the second tap in one place
 */
export function oneTap(act) {
  let before = { place: "", at: 0 };
  return (item, mark) => {
    const now = { place: `${item} ${mark}`, at: performance.now() };
    const again = now.place === before.place && now.at - before.at < DOUBLE_TAP;
    before = now;
    if (!again) act(item, mark);
  };
}
