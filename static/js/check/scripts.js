/** Which scripts this tablet has letters for: worth knowing where a ballot or a catalogue uses one. */
import { joined, t } from "../tablet/language.js";

const SIZE = 40;
const NO_LETTER = "\u{10ffff}"; // no font ever has one
const SAMPLES = [
  [t("维吾尔文"), "ۇ"], [t("藏文"), "ཀ"], [t("蒙古文"), "ᠮ"], [t("彝文"), "ꀀ"], [t("朝鲜文"), "한"], [t("傣文"), "ᥖ"],
];

/** @returns {import("../tablet/language.js").Text} those that it has and those that it lacks */
export function scripts() {
  const [has, lacks] = [true, false].map((wanted) => SAMPLES.filter(([, letter]) => isDrawn(letter) === wanted));
  const names = (samples) => joined(t("、"), samples.map(([name]) => name));
  return joined(t("；"), [
    has.length > 0 && t("有{names}", { names: names(has) }),
    lacks.length > 0 && t("没有{names}，表决票用到时请先安装字体", { names: names(lacks) }),
  ].filter(Boolean));
}

function isDrawn(letter) {
  return picture(letter) !== picture(NO_LETTER);
}

// What no font has is drawn alike, as the first font's sign for it.
function picture(letter) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const context = canvas.getContext("2d");
  context.font = `${SIZE / 2}px sans-serif`;
  context.fillText(letter, 4, SIZE - 10);
  return canvas.toDataURL();
}
