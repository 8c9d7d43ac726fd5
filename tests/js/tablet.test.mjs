// The tablet page's pure parts: texts, marks, scanner, the HTTP client with a played server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, createApi, createClock } from "../../static/js/tablet/api.js";
import { brief, details, inGroups, judgeDigits, readDigits, secondOf, yuan } from "../../static/js/tablet/format.js";
import { countText, isBlank, limitText, noMarks, reviewGroups, tap } from "../../static/js/tablet/marks.js";
import { createScanner, digitOf } from "../../static/js/tablet/scanner.js";
import { scriptOf } from "../../static/js/tablet/script.js";
import { explain, troubleOf } from "../../static/js/tablet/words.js";

test("digits as people and input methods write them", () => {
  assert.deepEqual(readDigits(" １２3-45 "), { digits: "12345", wrong: "" });
  assert.deepEqual(readDigits("12O4"), { digits: "124", wrong: "O" });
  assert.deepEqual(readDigits("12😀"), { digits: "12", wrong: "😀" });
  assert.equal(inGroups("1234567", 5), "12345 67");
  assert.equal(inGroups("", 5), "");
});

test("the digits are judged at once", () => {
  const judge = (digits, ok = true, wrong = "") => {
    const { state, text } = judgeDigits({ digits, wrong }, () => ok);
    return { state, text: String(text) };
  };
  assert.deepEqual(judge(""), { state: "partial", text: "" });
  assert.match(judge("123").text, /还差 37 位/);
  assert.equal(judge("123", true, "O").state, "wrong");
  assert.equal(judge("1".repeat(40)).state, "complete");
  assert.equal(judge("1".repeat(40), true, "O").state, "complete");
  assert.equal(judge("1".repeat(40), false).state, "wrong");
  assert.match(judge("1".repeat(42)).text, /多了 2 位/);
});

test("money is never rounded", () => {
  const cases = [
    [0, "0 元"], [9999, "9999 元"], [10000, "1 万元"], [12005000, "1,200.5 万元"], [52000000, "5,200 万元"],
    [82505001, "8,250.5001 万元"], [100000000, "1 亿元"], [1244000000, "12.44 亿元"],
    [123456789, "12,345.6789 万元"], [123450000, "1.2345 亿元"], [-52000000, "-5,200 万元"],
  ];
  for (const [amount, text] of cases) assert.equal(String(yuan(amount)), text);
});

test("an item's fields, all of them", () => {
  const item = { id: "1", title: "路", unit: "县交通局", category: "交通", amount_yuan: 82500000, other: 7, place: "" };
  const shown = [["项目类别", "交通"], ["投资估算", "8,250 万元"], ["责任单位", "县交通局"], ["other", "7"]];
  assert.deepEqual(details(item).map(({ label, value }) => [String(label), String(value)]), shown);
  assert.deepEqual(brief(item), ["交通", "县交通局", "8,250 万元"]);
  assert.deepEqual(details({ id: "1", title: "路" }), []);
});

test("the second script of an item, and whatever is none", () => {
  const second = { lang: "ug", title: "يول", content: "" };
  const item = { id: "1", title: "路", content: "修路", second };
  assert.deepEqual(secondOf(item), { title: "يول", content: "", script: { lang: "ug", dir: "rtl", upright: false } });
  assert.deepEqual(details(item).map(({ label }) => String(label)), ["建设内容"]);
  const [content] = details({ ...item, content: undefined, second: { ...second, content: "يول ياساش" } });
  assert.deepEqual([content.value, content.second], ["", "يول ياساش"]);
  for (const wrong of [undefined, null, "يول", { lang: "ug" }, { lang: 7, title: "a" }, { lang: "ug", title: "" }]) {
    assert.equal(secondOf({ second: wrong }), null);
  }
  assert.equal(details({ id: "1", title: "路", second: 7 })[0].label, "second");
});

test("how a language is written", () => {
  const written = (lang) => Object.values(scriptOf(lang)).join(" ");
  assert.equal(written("mn-Mong"), "mn-Mong ltr true");
  assert.equal(written("mn-CN"), "mn-CN ltr true");
  assert.equal(written("mn"), "mn ltr false");
  assert.equal(written("kk-CN"), "kk-CN rtl false");
  assert.equal(written("bo"), "bo ltr false");
  assert.equal(written("zz"), "zz auto false");
  assert.equal(written("not a language"), " auto false");
});

const CHOOSE = { marks: [{ id: "for", label: "同意" }], limits: { 0: 2 } };
const RANK = { marks: [{ id: "a", label: "最急需" }, { id: "b", label: "一般" }], limits: { 0: 1 } };

test("a tap sets, clears and replaces; a limit changes nothing and says which it is", () => {
  const one = tap(noMarks(3), 0, 0, CHOOSE).marks;
  assert.deepEqual(one, [0, null, null]);
  assert.deepEqual(tap(one, 0, 0, CHOOSE).marks, [null, null, null]);
  const two = tap(one, 2, 0, CHOOSE).marks;
  const over = tap(two, 1, 0, CHOOSE);
  assert.deepEqual(over, { marks: two, limit: { mark: 0, max: 2 } });
  assert.match(String(limitText(over.limit, CHOOSE)), /最多选 2 项/);
  assert.deepEqual(tap([0, 1], 0, 1, RANK).marks, [1, 1]);
  assert.match(String(limitText(tap([0, 1], 1, 0, RANK).limit, RANK)), /“最急需”最多 1 项/);
});

test("counts and review", () => {
  assert.equal(String(countText([0, null, 0], CHOOSE)), "已选 2 / 最多 2");
  assert.equal(String(countText([0], { ...CHOOSE, limits: {} })), "已选 1 / 最多 1");
  assert.equal(String(countText([0, null, 1], RANK)), "已表决 2 / 共 3 项 · 最急需 1 / 最多 1");
  const groups = reviewGroups([0, null, 0], CHOOSE).map((group) => ({ ...group, label: String(group.label) }));
  assert.deepEqual(groups, [
    { label: "同意", items: [0, 2], unmarked: false }, { label: "未选", items: [1], unmarked: true },
  ]);
  assert.equal(String(reviewGroups([null], RANK)[2].label), "未表决");
  assert.ok(isBlank([null, null]));
  assert.ok(!isBlank([null, 0]));
});

function keyboard(inField = () => false) {
  const scans = [];
  const handle = createScanner((digits) => scans.push(digits), inField);
  let now = 0;
  const press = (key, gap, code = "") => {
    now += gap;
    const event = { key, code, timeStamp: now, stopped: false, preventDefault: () => (event.stopped = true), stopPropagation() {} };
    handle(event);
    return event.stopped;
  };
  return { scans, press };
}

test("a scanner is told from a person by its speed", () => {
  const { scans, press } = keyboard();
  for (const key of "1234567890") press(key, 5);
  assert.ok(press("Enter", 5));
  for (const key of "1234567890") press(key, 300);
  assert.ok(!press("Enter", 300));
  for (const key of "123") press(key, 5);
  assert.ok(!press("Enter", 5));
  for (const key of "12345x67890") press(key, 5);
  assert.ok(!press("Enter", 5));
  assert.deepEqual(scans, ["1234567890"]);
});

test("a scan that began in the field is the field's, and its Enter presses nothing", () => {
  let focused = true;
  const { scans, press } = keyboard(() => focused);
  for (const key of "1234567890") press(key, 5);
  focused = false;
  assert.ok(press("Enter", 5));
  assert.deepEqual(scans, []);
});

test("a scan right after another is judged by itself", () => {
  let focused = true;
  const { scans, press } = keyboard(() => focused);
  for (const key of "1234567890") press(key, 5);
  press("Enter", 5);
  focused = false;
  for (const key of "0987654321") press(key, 5);
  assert.ok(press("Enter", 5));
  assert.deepEqual(scans, ["0987654321"]);
});

test("digits behind an input method", () => {
  assert.equal(digitOf({ key: "７", code: "Digit7" }), "7");
  assert.equal(digitOf({ key: "Process", code: "Numpad3" }), "3");
  assert.equal(digitOf({ key: "Process", code: "KeyA" }), "");
  assert.equal(digitOf({ key: "a", code: "Digit1" }), "");
});

function played(...answers) {
  const calls = [];
  const links = [];
  const fetch = async (path, init) => {
    calls.push({ path, ...init });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const api = createApi({ fetch, wait: async () => {}, onLink: (up) => links.push(up) });
  return { api, calls, links };
}
const json = (value, init) => new Response(JSON.stringify(value), init);

test("the same bytes go out again until they are answered", async () => {
  const page = new Response("<html>", { status: 200 });
  const { api, calls, links } = played(
    new TypeError("network"), new Response("", { status: 502 }), json({}, { status: 503 }), page, json({ ok: 1 }),
  );
  assert.deepEqual(await api.post("/api/cast", { b: 1, a: [null] }), { ok: 1 });
  assert.equal(calls.length, 5);
  assert.deepEqual([...new Set(calls.map((call) => call.body))], ['{"a":[null],"b":1}']);
  for (const { credentials, referrerPolicy, cache } of calls) {
    assert.deepEqual([credentials, referrerPolicy, cache], ["omit", "no-referrer", "no-store"]);
  }
  assert.deepEqual(links, [false, false, false, false, true]);
});

test("what names the deputy goes by connections of its own", async () => {
  const { api, calls } = played(json({}), json({}));
  await api.postNamed("/api/issue", {});
  await api.post("/api/register", {});
  assert.deepEqual(calls.map(({ credentials }) => credentials), ["same-origin", "omit"]);
});

test("a refusal is an answer, with its code and sentence", async () => {
  const refusal = { code: "already_issued", detail: "已领取。" };
  const { api, links } = played(json(refusal, { status: 409 }));
  await assert.rejects(api.postNamed("/api/issue", {}), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.code, error.detail], [409, "already_issued", "已领取。"]);
    return true;
  });
  assert.deepEqual(links, [true]);
});

test("an unchanged status is asked for by its ETag, where that is the body's own hash", async () => {
  const own = '"b4e09fc13ea9290a2a319508232f96c9"';
  const { api, calls } = played(
    json({ poll: null }, { headers: { ETag: '"mark-7"' } }), json({ poll: null }, { headers: { ETag: own } }), new Response(null, { status: 304 }), new TypeError("network"),
  );
  assert.deepEqual(await api.status(), { poll: null });
  assert.deepEqual(await api.status(), { poll: null });
  assert.equal(calls[1].headers["If-None-Match"], undefined);
  assert.equal(await api.status(), null);
  assert.equal(calls[2].headers["If-None-Match"], own);
  await assert.rejects(api.status(), ApiError);
});

test("what was given up is not sent again", async () => {
  const ended = new AbortController();
  const { api, calls, links } = played(new TypeError("network"), json({}));
  const asking = api.postNamed("/api/card", {}, ended.signal);
  ended.abort();
  await assert.rejects(asking, ApiError);
  assert.equal(calls.length, 1);
  assert.deepEqual(links, []);
});

test("the server's clock, from headers of whole seconds", () => {
  const clock = createClock(() => 1000000);
  assert.equal(clock.now(), 1000);
  clock.learn("Thu, 01 Jan 1970 01:00:00 GMT", 999800, 1000200);
  assert.equal(clock.now(), 3600.5);
  clock.learn("yesterday", 0, 0);
  assert.equal(clock.now(), 3600.5);
});

test("every trouble has words", () => {
  assert.match(String(explain({ code: "already_issued", detail: "x" }).text), /那台平板/);
  assert.match(String(explain({ code: "unknown_card", detail: "名册中没有这张代表证。" }).text), /名册中没有/);
  assert.match(String(explain({ code: "bad_proof" }).text), /监票人/);
  assert.equal(troubleOf(new DOMException("full", "QuotaExceededError")).code, "fault");
  assert.match(String(explain(troubleOf(new TypeError("x"))).title), /本机出了错/);
});
