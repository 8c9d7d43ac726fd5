/** The items' details, in a dialog above whatever screen stands. */
import { button, h, inScript } from "../dom.js";
import { details, secondOf } from "../format.js";
import { t } from "../language.js";

/**
 * @param {object} definition
 * @param {number | null} index of one item, or null for all
 */
export function openInfo(definition, index) {
  const { items, poll } = definition;
  const title = index === null ? t("{title}：表决项目", { title: poll.title }) : itemTitle(items[index], index);
  const body = index === null ? [relayLine(definition), items.map(section)] : fieldList(items[index]);
  const close = button(t("关闭"), "close", () => dialog.close(), "main");
  const dialog = h("dialog", { "aria-labelledby": "info-title", close: () => dialog.remove() },
    h("h2", { id: "info-title" }, title), h("div", { class: "info", tabindex: "0" }, body), close);
  document.body.append(dialog);
  dialog.showModal();
}

// By whom ballots go, who does not learn what is in them.
function relayLine({ relay }) {
  return relay ? h("p", {}, t("登记和投票经转送机送达服务器：{name}（{origin}）", relay)) : null;
}

function section(item, index) {
  return h("section", {}, h("h3", {}, itemTitle(item, index)), fieldList(item));
}

function itemTitle(item, index) {
  const second = secondOf(item);
  return [`${index + 1}. ${item.title}`, second && inScript(second.title, second.script)];
}

function fieldList(item) {
  const fields = details(item);
  const second = secondOf(item);
  if (fields.length === 0) return h("p", {}, t("没有更多内容。"));
  return h("dl", {}, fields.map(({ label, value, second: said }) =>
    [h("dt", {}, label), h("dd", {}, value, said !== "" && inScript(said, second.script))]));
}
