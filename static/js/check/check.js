/** A tablet checks itself before the meeting, says so in large letters, and is counted without a name. */
import { jcs } from "../protocol.js";
import { button, fill, h, heading, setText } from "../tablet/dom.js";
import { t } from "../tablet/language.js";
import { CHECKS, allowCamera, camera, ownVersion, tryOut } from "./checks.js";
import { printerChoice } from "./printer.js";
import { scripts } from "./scripts.js";

const main = document.querySelector("main");
const verdict = h("div", { class: "verdict", role: "status" }, heading(t("正在检查本机…")));
const list = h("ul", { class: "checks" });
const counted = h("p", { class: "small", role: "status" });

async function checkAll() {
  const failed = [];
  for (const check of CHECKS) {
    const line = h("li", {}, cells("○", check.label, "…"));
    list.append(line);
    const { ok, found } = await tryOut(check);
    if (!ok) failed.push(check);
    line.className = ok ? "good" : "wrong";
    const advice = ok ? [] : [h("p", {}, check.advice)];
    fill(line, ...cells(ok ? "✓" : "✗", check.label, found), ...advice);
  }
  const line = h("li");
  list.append(line);
  await showCamera(line);
  list.append(h("li", {}, cells("·", t("文字"), scripts())));
  return failed;
}

async function showCamera(line) {
  const { found, asks } = await camera();
  const ask = button(t("允许使用摄像头"), "camera", () => allowCamera().catch(() => {}).then(() => showCamera(line)), "quiet");
  fill(line, ...cells("·", t("摄像头"), found), ...(asks ? [ask] : []));
}

function cells(sign, label, found) {
  return [h("span", { "aria-hidden": "true" }, sign), h("b", {}, label), h("span", {}, found)];
}

function show(failed) {
  document.body.dataset.passed = String(failed.length === 0);
  const words = failed.length === 0
    ? [heading(t("✓ 本机可以使用")), h("p", { class: "lead" }, t("请不要清除浏览器数据，开会时打开表决页。"))]
    : [heading(t("✗ 本机有 {n} 项没有通过", { n: failed.length })), h("p", { class: "lead" }, t("请按下面红字的提示处理，然后再检查一次。"))];
  const again = button(t("再检查一次"), "again", () => location.reload(), failed.length ? "main" : "");
  const go = h("a", { href: "/tablet" }, t("打开表决页"));
  fill(verdict, ...words, h("div", { class: "ways" }, again, go));
}

// Names of checks and the files' version: nothing that tells one tablet from another.
async function report(failed) {
  const body = jcs({ version: await ownVersion(), passed: failed.length === 0, failed: failed.map(({ name }) => name) });
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", headers, body, credentials: "omit", referrerPolicy: "no-referrer" };
  const response = await fetch("/api/fleet", init);
  return response.ok ? t("检查结果已经计数，不记名。") : (await response.json()).detail;
}

async function start() {
  fill(main, verdict, list, h("div", { class: "foot" }, await printerChoice(), counted));
  const failed = await checkAll();
  show(failed);
  setText(counted, await report(failed).catch(() => t("检查结果没有送达，请连上网络再检查一次。")));
}

start();
