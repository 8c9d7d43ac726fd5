/**
 * Whether this tablet has a printer: only then are deputies offered their receipts on paper. Without
 * one a browser would offer to save them as files, and they would stay on the tablet.
 */
import { h } from "../tablet/dom.js";
import { t } from "../tablet/language.js";
import { openPage } from "../tablet/store.js";

/** @returns {Promise<HTMLElement | string>} the choice, kept on the tablet alone */
export async function printerChoice() {
  const page = openPage();
  const printer = await page.recall("printer").catch(() => null);
  if (printer === null || !window.print) return "";
  const box = h("input", { type: "checkbox", id: "printer", change: () => page.keep("printer", box.checked) });
  box.checked = Boolean(printer);
  return h("div", { class: "printer" }, box,
    h("label", { for: "printer" }, t("本机接有小票打印机，代表可以打印回执")),
    h("p", { class: "small" }, t("没有打印机时请不要勾选：回执会被存成本机上的文件。请只用直接接在本机上的打印机：打印服务器会记下打印的次序。")));
}
