/** Every trouble in plain words: what happened, and what to do. */
import { Text, rendered, t } from "./language.js";

const staff = t("请举手联系工作人员。");
const scrutineer = t("请不要关闭本页，请立即举手，请监票人到场查看。");

const WORDS = {
  duplicate: [t("本页已在另一个窗口打开"), t("同一台平板只能用一个窗口表决。请使用原来的窗口；关闭它以后，这里会自动继续。")],
  no_storage: [t("本机不能保存表决票"), t("浏览器没有可用的存储空间（例如处于无痕模式），为避免丢失表决票，不能在本机表决。{staff}", { staff })],
  no_crypto: [t("本机不能进行加密"), t("本页必须通过安全连接（https）打开。{staff}", { staff })],
  already_issued: [t("您的表决票已经领取过了"), t("每位代表只能领取一张表决票。请回到您领取表决票的那台平板，在那里刷代表证继续。如果不是您本人领取，请立即举手联系工作人员。")],
  not_here: [t("本机没有您的表决票"), t("发票已经结束。请回到您领取表决票的那台平板刷代表证；如果您没有领取过表决票，请联系工作人员。")],
  not_issued: [t("没有领到表决票"), t("发票结束前没有收到签发结果，这张表决票不能使用。{staff}", { staff })],
  missed: [t("表决票没有登记上"), t("统一登记已经结束，这张表决票不在票册中，不能投票。{staff}", { staff })],
  not_counted: [t("表决票没有送达"), t("表决已经停止，服务器没有收到这张表决票，它没有计入。{staff}", { staff })],
  card_key: [t("代表证与名册不符"), t("服务器名册中的公钥与这张代表证不一致，没有签到，也没有领票。{staff}", { staff })],
  bad_definition: [t("表决内容核对不符"), t("收到的表决内容与它的核验码不一致，本机拒绝使用。{scrutineer}", { scrutineer })],
  stale_page: [t("请重新打开本页"), t("本次表决经转送机收票，而本页打开时还没有登记这台转送机。请刷新本页；仍然不行时，{staff}", { staff })],
  wrong_log: [t("会议信息核对不符"), t("表决内容不属于本次会议。{scrutineer}", { scrutineer })],
  roll_too_large: [t("登记数多于发出数"), t("票册中的表决票比发出的多，说明有人伪造表决票。{scrutineer}", { scrutineer })],
  bad_roll: [t("票册核对不符"), t("下载的票册与公布的票册根不一致。{scrutineer}", { scrutineer })],
  bad_blind_signature: [t("签发的表决票未通过核验"), t("发票方的签名无效，本机没有采用，正在重试。{scrutineer}", { scrutineer })],
  bad_receipt: [t("回执未通过核验"), t("收到的回执不是这张表决票的回执，您的表决票已保存，正在重试。{scrutineer}", { scrutineer })],
  bad_promise: [t("登记承诺未通过核验"), t("服务器的登记承诺签名无效。{scrutineer}", { scrutineer })],
  already_cast: [t("服务器称这张票已投过别的内容"), t("本机只签过一份表决票。{scrutineer}", { scrutineer })],
};

const FAULT = [t("本机出了错"), t("已保存的表决票没有丢失。请再试一次；仍然不行时，请刷新本页，再刷一次代表证。")];
const UNVERIFIED = [t("没有通过本机核验"), t("服务器给出的内容没有通过本机的核验，没有采用，正在重试。{scrutineer}", { scrutineer })];

// What the server refuses it says itself, in Chinese: these are the same in a second language.
const SAID_BY_SERVER = {
  already_cast: t("这张表决票已经投出，不能更改。"),
  bad_signature: t("签名未通过核验。"),
  busy: t("服务器正忙，刚才的操作没有完成，请稍候再试。"),
  issuer_away: t("发票机现在不能签发，请联系工作人员。"),
  no_meeting: t("会议还没有建立，不能签到。"),
  not_checked_in: t("您还没有签到，请先签到。"),
  not_issuing: t("现在不是发票的时间。"),
  not_on_roster: t("名册中没有这张代表证。"),
  not_open: t("现在不是表决的时间。"),
  not_registering: t("现在不是统一登记的时间。"),
  over_marked: t("选择超过了限额，请修改。"),
  unknown_card: t("名册中没有这张代表证，请联系工作人员。"),
  wrong_epoch: t("发票已重新开始，正在重新领取。"),
};
const NOT_ACCEPTED = t("服务器没有接受。");

const FAULT_CODE = "fault";

/**
 * @param {any} error whatever was thrown
 * @returns {{code: string, detail: string | Text}} refusals and failed checks have codes, a DOMException a number
 */
export function troubleOf(error) {
  const code = typeof error.code === "string" ? error.code : FAULT_CODE;
  return { code, detail: error.detail || "" };
}

/**
 * @param {{code: string, detail?: string | Text}} trouble detail: the server's own sentence
 * @returns {Text} that sentence, with the tablet's own for a second language
 */
export function rendering({ code, detail = "" }) {
  return detail instanceof Text ? detail : rendered(detail, SAID_BY_SERVER[code] || NOT_ACCEPTED);
}

/**
 * @param {{code: string, detail?: string | Text}} trouble
 * @returns {{title: Text, text: Text}}
 */
export function explain(trouble) {
  const { code, detail } = trouble;
  if (code in WORDS) return { title: WORDS[code][0], text: WORDS[code][1] };
  if (code === FAULT_CODE) return { title: FAULT[0], text: FAULT[1] };
  if (detail) return { title: t("没有办成"), text: t("{detail} 您可以再试一次；仍然不行时，{staff}", { detail: rendering(trouble), staff }) };
  return { title: UNVERIFIED[0], text: t("{text}（{code}）", { text: UNVERIFIED[1], code }) };
}
