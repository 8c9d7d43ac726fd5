// The page's files: every module is preloaded, the whole stays light, the CSP can hold.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root));
const modules = (folder) =>
  readdirSync(new URL(folder, root), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return modules(`${folder}${entry.name}/`);
    return entry.name.endsWith(".js") ? [`${folder}${entry.name}`] : [];
  });

const html = read("templates/tablet/tablet.html").toString();
const scripts = ["static/js/protocol.js", ...modules("static/js/protocol/"), ...modules("static/js/tablet/")];

test("every module is named in the page, so that none waits for another", () => {
  const named = [...html.matchAll(/(?:href|src)="\/(static\/js\/[^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(named.sort(), scripts.sort());
});

test("the whole page weighs at most 150 kB on the wire, compressed as voting/web/shell.py does", () => {
  const files = ["templates/tablet/tablet.html", "static/css/tablet.css", ...scripts];
  const bytes = files.reduce((sum, path) => sum + gzipSync(read(path)).length, 0);
  assert.ok(bytes <= 150000, `${bytes} bytes`);
});

test("nothing inline, nothing from elsewhere, nothing on the console", () => {
  assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|style=|\son[a-z]+=|https?:/);
  for (const path of scripts.filter((name) => name.includes("/tablet/"))) {
    assert.doesNotMatch(read(path).toString(), /console\.|innerHTML|eval\(|localStorage|sessionStorage/, path);
  }
});
