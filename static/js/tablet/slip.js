/**
 * A receipt on paper: the only thing that this page prints. It names no deputy, no tablet and no time,
 * and goes with the screen that shows the receipt.
 */
import { h, qrCode } from "./dom.js";
import { inGroups } from "./format.js";
import { t } from "./language.js";

/**
 * @param {object} model of the screen that shows the receipt
 * @param {string} text what the QR code says
 * @returns {HTMLElement} seen on paper alone
 */
export function slip({ definition: { congress, meeting, poll }, facts, code, receipt }, text) {
  return h("section", { class: "slip" },
    h("h2", {}, t("表决票回执")),
    h("p", {}, `${congress.name}${congress.session}`, h("br"), meeting.title),
    h("p", {}, h("b", {}, poll.title)),
    h("p", {}, t("核验码 {code}", { code: inGroups(code, 4) })),
    h("p", { class: "slip-code" }, receipt.code),
    qrCode(text, t("回执的二维码")),
    h("h3", {}, t("怎样查对")),
    h("p", {}, t("结果公布后，打开下面的公示板，输入上面的回执号，可以查到这张表决票已经计入：")),
    h("p", { class: "address" }, `${location.host}/board/${facts.hash}`),
    h("h3", {}, t("它证明什么")),
    h("p", {}, t("只证明一张表决票已经收到。公示板只列回执号，不列选择，所以回执本身不能证明怎样表决。")),
    h("p", {}, t("请自己保管：与只交审计人员的完整记录对照，能看到这张票的选择。")));
}
