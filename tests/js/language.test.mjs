// The second language: said beside the Chinese, whole sentences only, and gone when it is put aside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CATALOGUES } from "../../static/js/tablet/catalogues.js";
import { chooseSecond, inSecond, joined, rendered, secondLanguage, secondLanguages, t } from "../../static/js/tablet/language.js";

CATALOGUES.xx = { name: "Xx", words: { "已选 {n} 项": "{n} chosen", "{label}，{rest}": "{rest}: {label}", "同意": "for" } };

test("Chinese is a string of its own, whatever else is on", () => {
  chooseSecond("xx");
  assert.equal(`${t("已选 {n} 项", { n: 3 })}`, "已选 3 项");
  assert.equal(`${t("{a} {b}", { a: 1 })}`, "1 {b}");
});

test("a second language fills its own sentence, and a text in it is said in it too", () => {
  chooseSecond("xx");
  assert.equal(inSecond(t("已选 {n} 项", { n: 3 })), "3 chosen");
  assert.equal(inSecond(t("{label}，{rest}", { label: t("同意"), rest: "王建国" })), "王建国: for");
  assert.equal(inSecond(joined(" · ", [t("同意"), t("没有译文"), "3"])), "for · 没有译文 · 3");
  assert.equal(inSecond(rendered("服务器的话", t("同意"))), "for");
  assert.equal(`${rendered("服务器的话", t("同意"))}`, "服务器的话");
});

test("what it lacks is said in Chinese only", () => {
  chooseSecond("xx");
  for (const text of [t("没有译文"), joined(" · ", [t("没有译文")]), "王建国"]) assert.equal(inSecond(text), "");
});

test("one that there is not is none", () => {
  assert.deepEqual(secondLanguages(), [{ code: "xx", name: "Xx" }]);
  for (const code of ["", "yy"]) {
    chooseSecond("xx");
    chooseSecond(code);
    assert.equal(secondLanguage(), "");
    assert.equal(inSecond(t("同意")), "");
  }
});
