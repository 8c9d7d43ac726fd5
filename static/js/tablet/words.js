/** Every trouble in plain Chinese: what happened, and what to do. */

const ASK_STAFF = "请举手联系工作人员。";
const ASK_SCRUTINEER = "请不要关闭本页，请立即举手，请监票人到场查看。";

const WORDS = {
  duplicate: ["本页已在另一个窗口打开", "同一台平板只能用一个窗口表决。请使用原来的窗口；关闭它以后，这里会自动继续。"],
  no_storage: ["本机不能保存表决票", `浏览器没有可用的存储空间(例如处于无痕模式),为避免丢失表决票，不能在本机表决。${ASK_STAFF}`],
  no_crypto: ["本机不能进行加密", `本页必须通过安全连接(https)打开。${ASK_STAFF}`],
  already_issued: ["您的表决票已经领取过了", "每位代表只能领取一张表决票。请回到您领取表决票的那台平板，在那里刷代表证继续。如果不是您本人领取，请立即举手联系工作人员。"],
  not_here: ["本机没有您的表决票", "发票已经结束。请回到您领取表决票的那台平板刷代表证；如果您没有领取过表决票，请联系工作人员。"],
  not_issued: ["没有领到表决票", `发票结束前没有收到签发结果，这张表决票不能使用。${ASK_STAFF}`],
  missed: ["表决票没有登记上", `统一登记已经结束，这张表决票不在票册中，不能投票。${ASK_STAFF}`],
  not_counted: ["表决票没有送达", `表决已经停止，服务器没有收到这张表决票，它没有计入。${ASK_STAFF}`],
  card_key: ["代表证与名册不符", `服务器名册中的公钥与这张代表证不一致，没有签到，也没有领票。${ASK_STAFF}`],
  bad_definition: ["表决内容核对不符", `收到的表决内容与它的核验码不一致，本机拒绝使用。${ASK_SCRUTINEER}`],
  wrong_log: ["会议信息核对不符", `表决内容不属于本次会议。${ASK_SCRUTINEER}`],
  roll_too_large: ["登记数多于发出数", `票册中的表决票比发出的多，说明有人伪造表决票。${ASK_SCRUTINEER}`],
  bad_roll: ["票册核对不符", `下载的票册与公布的票册根不一致。${ASK_SCRUTINEER}`],
  bad_blind_signature: ["签发的表决票未通过核验", `发票方的签名无效，本机没有采用，正在重试。${ASK_SCRUTINEER}`],
  bad_receipt: ["回执未通过核验", `收到的回执不是这张表决票的回执，您的表决票已保存，正在重试。${ASK_SCRUTINEER}`],
  bad_promise: ["登记承诺未通过核验", `服务器的登记承诺签名无效。${ASK_SCRUTINEER}`],
  already_cast: ["服务器称这张票已投过别的内容", `本机只签过一份表决票。${ASK_SCRUTINEER}`],
};

const FAULT = ["本机出了错", "已保存的表决票没有丢失。请再试一次；仍然不行时，请刷新本页，再刷一次代表证。"];
const UNVERIFIED = ["没有通过本机核验", `服务器给出的内容没有通过本机的核验，没有采用，正在重试。${ASK_SCRUTINEER}`];
const REFUSED = ["没有办成", ASK_STAFF];

const FAULT_CODE = "fault";

/**
 * @param {any} error whatever was thrown
 * @returns {{code: string, detail: string}} refusals and failed checks have codes, a DOMException a number
 */
export function troubleOf(error) {
  const code = typeof error.code === "string" ? error.code : FAULT_CODE;
  return { code, detail: error.detail || "" };
}

/**
 * @param {{code: string, detail?: string}} trouble detail: the server's own sentence
 * @returns {{title: string, text: string}}
 */
export function explain({ code, detail }) {
  if (code in WORDS) return { title: WORDS[code][0], text: WORDS[code][1] };
  if (code === FAULT_CODE) return { title: FAULT[0], text: FAULT[1] };
  if (detail) return { title: REFUSED[0], text: `${detail} 您可以再试一次；仍然不行时，${REFUSED[1]}` };
  return { title: UNVERIFIED[0], text: `${UNVERIFIED[1]}(${code})` };
}
