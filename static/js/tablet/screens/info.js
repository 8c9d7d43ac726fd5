/** The items' details, in a dialog above whatever screen stands. */
import { button, h } from "../dom.js";
import { details } from "../format.js";

/**
 * @param {object} definition
 * @param {number | null} index of one item, or null for all
 */
export function openInfo(definition, index) {
  const { items, poll } = definition;
  const title = index === null ? `${poll.title}:表决项目` : `${index + 1}. ${items[index].title}`;
  const body = index === null ? items.map(section) : fieldList(items[index]);
  const close = button("关闭", "close", () => dialog.close(), "main");
  const dialog = h("dialog", { "aria-labelledby": "info-title", close: () => dialog.remove() },
    h("h2", { id: "info-title" }, title), h("div", { class: "info", tabindex: "0" }, body), close);
  document.body.append(dialog);
  dialog.showModal();
}

function section(item, index) {
  return h("section", {}, h("h3", {}, `${index + 1}. ${item.title}`), fieldList(item));
}

function fieldList(item) {
  const fields = details(item);
  if (fields.length === 0) return h("p", {}, "没有更多内容。");
  return h("dl", {}, fields.map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)]));
}
