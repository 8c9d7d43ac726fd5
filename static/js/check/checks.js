/** What a tablet must be able to do, each tried as the vote will try it. */
import { blind, equalBytes, finalize, newBallotKey, parseSpki, signP256, unhex, utf8, verifyEd25519, verifyP256 } from "../protocol.js";
import { firstSight } from "../tablet/camera.js";
import { t } from "../tablet/language.js";
import { keepOffline } from "../tablet/offline.js";
import { openReader } from "../tablet/reader.js";
import { openStore } from "../tablet/store.js";
import { BLIND_RSA, CARD, ED25519 } from "./vectors.js";

const PREFIX = "shell-";
const ROUNDS = 5;
const SLOWEST = 2000;
const CLOCK_MAY_DIFFER = 120;
const RELAY_MAY_DIFFER = 5; // of a window of thirty
const LONG_SIDE = 960;
const SHORT_SIDE = 600;
const PATIENCE = 20000;
const MODULE = 6;
const MESSAGE = utf8("piaojue check");

/** @typedef {import("../tablet/language.js").Text} Text */
/** @typedef {{name: string, label: Text, advice: Text, run: () => Promise<string | Text>}} Check what `run` finds; it throws where that will not do */

const relay = document.querySelector('meta[name="relay"]');

/** @type {Check[]} */
export const CHECKS = [
  {
    name: "secure", label: t("安全连接"), run: secure,
    advice: t("请用 https 开头的地址打开；提示证书有问题时，请联系工作人员安装会场证书。"),
  },
  { name: "crypto", label: t("表决票签名"), run: signing, advice: t("请更新浏览器（Chrome 或 Edge 85 以上）。") },
  { name: "ed25519", label: t("服务器承诺的核验"), run: promises, advice: t("请更新浏览器；仍不通过时请换一台平板。") },
  { name: "blindrsa", label: t("盲签名"), run: blinding, advice: t("请更新浏览器；仍不通过时请换一台平板。") },
  { name: "storage", label: t("保存表决票"), run: storage, advice: t("请退出无痕模式，清理存储空间，允许本站保存数据。") },
  { name: "worker", label: t("断网后仍能打开"), run: worker, advice: t("请退出无痕模式，允许本站保存数据，再检查一次。") },
  { name: "link", label: t("网络连接"), run: link, advice: t("请把平板移近无线接入点，确认连的是会场网络。") },
  ...(relay ? [{ name: "relay", label: t("转送机"), run: askRelay, advice: t("转送机没有把服务器的应答送到：请联系监票人，看它是否开着、连着会场网络，时钟对不对。") }] : []),
  { name: "clock", label: t("时钟"), run: clock, advice: t("请在系统设置里打开自动校时，或者把时间调准。") },
  { name: "screen", label: t("屏幕"), run: display, advice: t("屏幕太小，或者浏览器缩放过大：请把缩放调回 100%，或换一台平板。") },
  { name: "version", label: t("程序版本"), run: version, advice: t("请关闭本机上表决页的其他窗口，再检查一次。") },
];

/** What was found and will not do; anything else that is thrown is only called unusable. */
class Unfit extends Error {
  constructor(found) {
    super(String(found));
    this.found = found;
  }
}

function need(condition, found) {
  if (!condition) throw new Unfit(found);
  return found;
}

async function secure() {
  return need(window.isSecureContext, location.protocol === "https:" ? "https" : t("本机地址"));
}

async function signing() {
  const { privateKey, publicKey } = await newBallotKey();
  const sig = await signP256(privateKey, MESSAGE);
  return need(await verifyP256(publicKey, sig, MESSAGE), "P-256");
}

async function promises() {
  const [key, message, sig] = [ED25519.key, ED25519.message, ED25519.sig].map(unhex);
  const good = await verifyEd25519(key, sig, message);
  return need(good && !(await verifyEd25519(key, sig, MESSAGE)), "Ed25519");
}

async function blinding() {
  const began = performance.now();
  const { spki, prefix, message, salt, blinded, blindSig, seal } = bytesOf(BLIND_RSA);
  const key = parseSpki(spki);
  const made = await blind(key, prefix, message, { salt, r: BigInt(`0x${BLIND_RSA.r}`) });
  const sealed = await finalize(key, prefix, message, blindSig, made.inverse);
  const took = t("{n} 毫秒", { n: Math.ceil(performance.now() - began) });
  return need(equalBytes(made.blinded, blinded) && equalBytes(sealed, seal), took);
}

function bytesOf(vector) {
  return Object.fromEntries(Object.entries(vector).map(([name, text]) => [name, unhex(text)]));
}

// The vote's own store under another name: a key that signs goes to disk, comes back and still signs.
async function storage() {
  const { privateKey, publicKey } = await newBallotKey();
  const store = await openStore("piaojue-check");
  await store.remove("check");
  await store.add({ name: "check", privateKey });
  const [kept] = await (await openStore("piaojue-check")).all();
  const sig = await signP256(kept.privateKey, MESSAGE);
  await store.remove("check");
  return need(await verifyP256(publicKey, sig, MESSAGE), t("已写入并读回"));
}

let registration = null;

async function worker() {
  registration = await keepOffline(() => true);
  need(registration, t("不可用"));
  await navigator.serviceWorker.ready;
  return t("已就绪");
}

async function link() {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { took } = await askStatus();
    times.push(took);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  return need(median <= SLOWEST, t("往返 {n} 毫秒", { n: Math.ceil(median) }));
}

// What the server says, by the relay: it reaches the server, knows this page, and its clock will do.
async function askRelay() {
  const [by, direct] = [await askStatus(relay.content), await askStatus()];
  need(by.said.log_key === direct.said.log_key, t("服务器回答 {status}", { status: by.said.log_key || "?" }));
  const seconds = Math.abs(Date.parse(by.date) - Date.parse(direct.date)) / 1000;
  need(seconds <= RELAY_MAY_DIFFER, t("与服务器相差 {n} 秒", { n: seconds }));
  return relay.content;
}

async function clock() {
  const { date, took, received } = await askStatus();
  const seconds = Math.round((received - took / 2 - Date.parse(date) - 500) / 1000);
  return need(Math.abs(seconds) <= CLOCK_MAY_DIFFER, t("与服务器相差 {n} 秒", { n: Math.abs(seconds) }));
}

async function askStatus(by = "") {
  const sent = Date.now();
  const how = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
  const response = await fetch(`${by}/api/status`, how);
  const said = await response.json().catch(() => ({}));
  need(response.ok, t("服务器回答 {status}", { status: response.status }));
  const received = Date.now();
  return { date: response.headers.get("Date"), took: received - sent, received, said };
}

async function display() {
  const sides = [screen.width, screen.height].sort((a, b) => b - a);
  return need(sides[0] >= LONG_SIDE && sides[1] >= SHORT_SIDE, `${sides[0]}×${sides[1]}`);
}

// While the worker takes up a new version there are two; then one window after the other lets the old one go.
async function version() {
  const wanted = await serverVersion();
  await registration.update();
  const end = Date.now() + PATIENCE / 2;
  let own = await ownVersion();
  while (own !== wanted && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    own = await ownVersion();
  }
  return need(own === wanted, own.slice(0, 8) || t("没有"));
}

/** @returns {Promise<string>} of the files that the server has */
export async function serverVersion() {
  const response = await fetch("/api/fleet", { credentials: "omit", cache: "no-store" });
  return (await response.json()).version;
}

/** @returns {Promise<string>} of the files that this tablet keeps; "" for none, or more than one version */
export async function ownVersion() {
  const names = window.caches ? await caches.keys() : [];
  const kept = names.filter((name) => name.startsWith(PREFIX));
  return kept.length === 1 ? kept[0].slice(PREFIX.length) : "";
}

/**
 * What is worth knowing and no fault: without a camera cards are scanned or typed in.
 * @returns {Promise<{found: string, asks: boolean}>} asks: the browser has still to be asked for it
 */
export async function camera() {
  const reader = await openReader().catch(() => null);
  const took = reader && (await readCard(reader).catch(() => null));
  if (took === null) return { found: t("不能识别二维码：请用扫描枪，或者输入号码"), asks: false };
  const sight = await firstSight(reader);
  const found = {
    none: t("没有摄像头，请为本机配扫描枪"),
    ask: t("有摄像头，还没有允许使用"),
    denied: t("浏览器不允许使用摄像头，请在网站设置里允许"),
    starting: t("可以刷证，识别用时 {took} 毫秒", { took: Math.ceil(took) }),
  };
  return { found: found[sight], asks: sight === "ask" };
}

/** Asks the browser for the camera, so that no deputy meets the question. */
export async function allowCamera() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  stream.getTracks().forEach((track) => track.stop());
}

// A card as it is printed, drawn and read as the camera's pictures are.
async function readCard(read) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = CARD.size * MODULE;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(MODULE, MODULE);
  context.fillStyle = "#000000";
  context.fill(new Path2D(CARD.path));
  const picture = context.getImageData(0, 0, canvas.width, canvas.height);
  const began = performance.now();
  need((await read(picture)) === CARD.digits, "");
  return performance.now() - began;
}

/**
 * @param {Check} check
 * @returns {Promise<{ok: boolean, found: string | Text}>} never rejects
 */
export async function tryOut({ run }) {
  let timer = 0;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Unfit(t("没有在时限内完成"))), PATIENCE)));
  try {
    return { ok: true, found: await Promise.race([run(), late]) };
  } catch (error) {
    return { ok: false, found: error instanceof Unfit ? error.found : t("不可用") };
  } finally {
    clearTimeout(timer);
  }
}
