/** ① A specimen with made-up projects, for deputies who want to try before there is a ballot. */
import { button } from "../dom.js";
import { t } from "../language.js";
import { openSpecimen } from "../specimen.js";

/**
 * @param {(open: boolean) => void} changed
 * @returns {{node: HTMLElement, isOpen: () => boolean, close: () => void}}
 */
export function practice(changed) {
  const node = button(t("试一试样票"), "specimen", open, "quiet");
  let shut = null;

  function open() {
    shut = openSpecimen(sample(), close);
    changed(true);
  }

  function close() {
    if (!shut) return;
    shut();
    shut = null;
    changed(false);
    node.focus({ preventScroll: true });
  }

  return { node, isOpen: () => shut !== null, close };
}

function sample() {
  const items = [
    { title: t("样例一：社区食堂"), content: t("虚构的项目，只供练习。"), category: t("养老"), amount_yuan: 3_000_000 },
    { title: t("样例二：口袋公园"), content: t("虚构的项目，只供练习。"), category: t("环境"), amount_yuan: 1_200_000 },
    { title: t("样例三：便民停车场"), content: t("虚构的项目，只供练习。"), category: t("交通"), amount_yuan: 5_000_000 },
  ];
  return {
    poll: { title: t("样票") },
    items: items.map((item, index) => ({ id: String(index + 1), ...item })),
    scale: { marks: [{ id: "for", label: t("同意") }], limits: { 0: 2 } },
  };
}
