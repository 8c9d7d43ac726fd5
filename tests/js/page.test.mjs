// The page's files: the CSP can hold. That they are one script, and light: tests/web/test_joined.py.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root));
const modules = (folder) =>
  readdirSync(new URL(folder, root), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return modules(`${folder}${entry.name}/`);
    return entry.name.endsWith(".js") ? [`${folder}${entry.name}`] : [];
  });

const html = read("templates/tablet/tablet.html").toString();
const scripts = modules("static/js/tablet/");

test("nothing inline, nothing from elsewhere, nothing on the console", () => {
  assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|style=|\son[a-z]+=|https?:/);
  for (const path of scripts) {
    assert.doesNotMatch(read(path).toString(), /console\.|innerHTML|eval\(|localStorage|sessionStorage/, path);
  }
});
