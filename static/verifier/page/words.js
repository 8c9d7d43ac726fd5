// The words of the page, Chinese and English side by side: it is used without a server.
const STEPS = [
  [["读取记录", "Read strictly"], ["文件齐全，每个字节都是规定的写法", "All parts there, each byte in its one form"]],
  [["日志", "The log"], ["条目连续，检查点的签名和根都成立", "Unbroken; checkpoints' signatures and roots hold"]],
  [["表决定义", "The definition"], ["项目、规则、代表名册就是定稿的那一份", "Projects, rules and roster as they were finalised"]],
  [["阶段", "The phases"], ["定稿、发票、登记、表决、公布依次发生", "Finalise, issue, register, vote, publish, in order"]],
  [["发票", "Issuances"], ["只发给签到的代表，一人一票，本人代表证申请", "One each, asked for with the card of a deputy who is here"]],
  [["票册", "The roll"], ["每张票都由发票方封签，开始表决前已冻结", "All sealed by the issuers, frozen before voting"]],
  [["表决票", "The ballots"], ["都在票册上，各一张，签名有效，填写合规", "On the roll, one each, signed, marked by the rules"]],
  [["分批", "The batches"], ["每批张数和累计得票与日志一致", "Counts and running tallies are as logged"]],
  [["结果", "The result"], ["由表决票重新计算，与公布的逐字节相同", "Computed from the ballots, equal byte by byte"]],
  [["数字和公示板", "Figures and board"], ["应到到收回前后相符，公示板就是全部回执", "The figures reconcile; the board is all trackers"]],
];

const UI = {
  "steps.of": ["第 {step} 步，共 10 步：{name}", "Step {step} of 10: {name}"],
  count: ["本步已核 {done} / {total}", "{done} of {total} in this step"],
  "state.passed": ["成立", "holds"],
  "state.failed": ["不成立", "fails"],
  "state.running": ["核验中", "checking"],
  "state.open": ["未核验", "not checked"],
  chosenFile: ["已选 {name}（{size} KB）", "{name} chosen ({size} KB)"],
  good: ["核验通过：十步全部成立", "Verified: all ten steps hold"],
  goodAlone: ["核验通过：十步全部成立；尚未与外部数值比对", "Verified: all ten steps hold; not compared with anything outside"],
  bad: ["核验未通过：第 {step} 步“{name}”不成立", "Not verified: step {step} fails ({name})"],
  broken: ["没有核验成：本页遇到意外错误", "Not checked: this page met an unexpected error"],
  brokenDo: ["请换用新版 Chrome、Edge 或 Firefox 再试，或用 python -m voting.verify 核验。（{error}）", "Try a current Chrome, Edge or Firefox, or use python -m voting.verify. ({error})"],
  stopped: ["已停止，没有得出结论", "Stopped, without a verdict"],
  badDo: ["这份记录不能采信。请保留原文件，重新下载一份核验；仍不成立的，报告总监票人。", "Do not rely on this record. Keep the file, download it again and verify that; if it still fails, tell the chief scrutineer."],
  checked: ["{file}，{at} 核验，用时 {seconds} 秒", "verified at {at} in {seconds} s"],
  checkedBad: ["{file}，{at} 核验", "verified at {at}"],
  print: ["打印核验结果", "print"],
  sign: ["核验人：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿", "verified by, date"],
  whereLine: ["位置：{member} 第 {line} 行", "Where: {member}, line {line}"],
  whereMember: ["位置：{member}", "Where: {member}"],
  figures: ["数字", "Figures"],
  roster: ["应到", "roster"],
  checked_in: ["实到", "checked in"],
  issued: ["发出", "issued"],
  registered: ["登记", "registered"],
  returned: ["收回", "returned"],
  valid: ["有效", "valid"],
  blank: ["弃权票", "blank"],
  quorumYes: ["出席人数达到法定（需 {need} 人）", "Quorum reached ({need} needed)"],
  quorumNo: ["出席人数未达到法定（需 {need} 人），任何项目都不通过", "No quorum ({need} needed): nothing passes"],
  recomputed: ["由 {returned} 张表决票重新计算的结果", "The result, computed again from {returned} ballots"],
  chosen: ["入选项目", "Chosen"],
  nothing: ["没有项目入选", "Nothing is chosen"],
  tied: ["末位得票相同，均未入选", "Tied at the last place, none chosen"],
  number: ["序号", "No."],
  item: ["项目", "Project"],
  unmarked: ["未选", "unmarked"],
  not_voted: ["未表决", "not voted"],
  points: ["得分", "points"],
  rank: ["名次", "rank"],
  outcome: ["结论", "Outcome"],
  isChosen: ["入选", "chosen"],
  isPassed: ["通过", "passed"],
  isTied: ["并列", "tied"],
  isPassedOnly: ["通过，未入选", "passed, not chosen"],
  isOut: ["未通过", "not passed"],
  noGrade: ["未评定", "no grade"],
  choose: ["差额圈选，入选 {seats} 项", "choose, {seats} seats"],
  each: ["逐项表决", "each project by itself"],
  grade: ["满意度测评", "grades"],
  rankForm: ["排序，入选 {seats} 项", "rank, {seats} seats"],
  over: ["{form}；须超过{base}的 {num}/{den}", "{form}; more than {num}/{den} of {base}"],
  atLeast: ["{form}；须达到{base}的 {num}/{den}", "{form}; at least {num}/{den} of {base}"],
  "base.roster": ["全体代表", "all deputies"],
  "base.checked_in": ["到会代表", "deputies present"],
  "base.returned": ["收回的票", "ballots returned"],
  anchors: ["与外部数值的比对", "Compared with values from outside"],
  "used.poll": ["表决哈希相同：名册、项目、规则、日志公钥都是定稿的那一份。", "The poll hash agrees: roster, projects, rules and log key are those that were finalised."],
  "used.code": ["核验码相同（八位数只能防错，不能防伪）。", "The verification code agrees (eight digits find mistakes, not forgers)."],
  "used.logKey": ["日志公钥相同。", "The log key agrees."],
  "used.checkpoint": ["检查点（{size} 条）相同：到那时为止的日志没有改写过。", "The checkpoint of {size} entries agrees: the log up to then was not rewritten."],
  "used.cosigned": ["检查点（{size} 条）相同，且有见证人的有效签名：{names}。到那时为止的日志没有改写过。", "The checkpoint of {size} entries agrees, validly cosigned by {names}: the log up to then was not rewritten."],
  "used.others": ["检查点（{size} 条）上另有不是本次见证人的签名，没有核验：{names}。", "On the checkpoint of {size} entries there are signatures by others than this poll's witnesses, not checked: {names}."],
  "used.promise": ["回执 {start} 在公示板上，签名有效：这张票已计入。", "Receipt {start} is on the board and its promise is valid: that ballot was counted."],
  "used.receipt": ["回执 {start} 在公示板上：这张票已计入。", "Receipt {start} is on the board: that ballot was counted."],
  witnesses: ["见证人", "Witnesses"],
  "witnesses.none": ["这次表决没有指定见证人：日志有没有给别人看过另一种样子，只能与外部的检查点比对。", "This poll names no witnesses: whether others were shown another log, only checkpoints from outside can tell."],
  "witnesses.one": ["有 1 位见证人用另一台电脑跟随并签认了日志。", "1 witness followed the log from another machine and signed it."],
  "witnesses.many": ["有 {count} 位见证人用另外的电脑跟随并签认了日志。", "{count} witnesses followed the log from other machines and signed it."],
  "witnesses.each": ["{name}：签认 {notes} / {all} 个检查点，最后一个到第 {last} 条。", "{name}: {notes} of {all} checkpoints, the last of {last} entries."],
  "witnesses.seen": ["以下各步，平板等全体见证人签认后才继续：", "At these steps tablets went on only after all witnesses had signed:"],
  "witnesses.at": ["{event}：全体已签认（检查点 {size} 条）。", "{event}: signed by all (checkpoint of {size} entries)."],
  "witnesses.whose": ["见证人的公钥写在表决定义里：比对了表决哈希，才知道签认的就是会场上那几位。", "Witnesses' keys stand in the definition: only the poll hash, compared, shows that they are those of the hall."],
  "event.issuing_opened": ["开始发票", "issuing opened"],
  "event.issuing_closed": ["停止发票", "issuing closed"],
  "event.roll_frozen": ["票册冻结", "roll frozen"],
  "event.voting_opened": ["开始表决", "voting opened"],
  "lack.poll": ["没有给出表决哈希：不能确定这就是会场上的那一次表决。请与监票核对单比对。", "No poll hash was given: this may be another poll than the one in the hall. Compare it with the scrutineers' note."],
  "lack.checkpoint": ["没有给出检查点：日志若被从头改写、截短或在公布后作废，本页看不出来。请与监票核对单上的检查点比对。", "No checkpoint was given: a log that was rewritten, cut off, or voided after publication cannot be seen. Compare with the checkpoint on the scrutineers' note."],
  "lack.receipts": ["没有给出回执：某位代表的票是否计入，可用其回执查对。", "No receipt was given: with a deputy's receipt it can be seen that the ballot was counted."],
  "lack.all": ["没有任何外部数值：一份连同钥匙从头到尾伪造的记录也能通过以上十步。请务必与监票人签名的核对单比对下面的数值。", "Nothing was given from outside: a record forged from end to end, keys and all, would pass these ten steps. Compare the values below with the notes that the scrutineers signed."],
  hashes: ["供比对的数值", "Values to compare"],
  "hash.code": ["核验码", "verification code"],
  "hash.poll": ["表决哈希", "poll hash"],
  "hash.logKey": ["日志公钥", "log key"],
  "hash.roll": ["票册的根", "roll root"],
  "hash.checkpoint": ["最后的检查点", "last checkpoint"],
  "hash.file": ["记录文件的 SHA-256", "SHA-256 of the file"],
  round: ["第 {round} 轮", "round {round}"],
};

const LONGEST = 80; // of a value that comes out of a record
const clip = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
const fill = (template, values) =>
  template.replace(/\{(\w+)\}/g, (_, name) => clip(String(values[name] ?? "")));

/** A pair of texts with its places filled in; a value may be a pair itself. */
export function fillPair([chinese, english], values = {}) {
  const side = (index) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value[index] : value]),
    );
  return [fill(chinese, side(0)), fill(english, side(1))];
}

export const words = (key, values) => fillPair(UI[key], values);
export const stepName = (step) => STEPS[step - 1][0];
export const stepMeaning = (step) => STEPS[step - 1][1];
export const STEP_COUNT = STEPS.length;
