// The hall's screen: asks each second what the presidium has chosen, and draws it. An answer that
// stays away is visible before three seconds have passed: what stands is greyed and struck out.

const EVERY = 1000;
const ANSWER_WITHIN = 1500;
const LOST_AFTER = 2200; // since what stands was asked for; the watch and a slow machine have the rest
const TURN_AFTER = 12000; // for each page of a long result
const A_PAGE = 10; // projects, in two columns
const LONG = 14; // a name that takes two lines in a column

const main = document.querySelector("main");
const lost = document.querySelector(".lost");
let tag = null;
let shown = null;
let firstPage = 0;
let heard = performance.now();

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function picture({ path, size, label }) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const modules = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("class", "qr");
  modules.setAttribute("d", path);
  svg.append(modules);
  return svg;
}

function header(value) {
  const corner = value.what === "code" ? [] : [make("p", "", value.corner)];
  return make("header", "", make("h1", "", value.title), ...corner);
}

function titleScreen(value) {
  const headline = value.headline ? [make("p", "headline", value.headline)] : [];
  return [
    make("div", "body middle", make("p", "meeting", value.meeting), make("h1", "great", value.title), ...headline),
  ];
}

function codeScreen(value) {
  const headline = make("p", "headline", value.headline);
  const codes = make("div", "", make("p", "code", value.code), make("p", "hash", value.hash));
  return [header(value), make("div", "body", headline, make("div", "pair", codes, picture(value.qr)))];
}

function figuresScreen(value) {
  const figures = value.figures.map(([label, count]) =>
    make("div", "", make("dt", "", label), make("dd", "", count)),
  );
  const note = value.note ? [make("p", value.warns ? "note not" : "note", value.note)] : [];
  const parts = [make("p", "headline", value.headline), make("dl", "figures", ...figures), ...note];
  return [header(value), make("div", "body middle", ...parts)];
}

function resultScreen(value) {
  const pages = Math.max(1, Math.ceil(value.projects.length / A_PAGE));
  const page = Math.floor((performance.now() - firstPage) / TURN_AFTER) % pages;
  const projects = value.projects.slice(page * A_PAGE, (page + 1) * A_PAGE);
  const items = projects.map(([id, title, said]) =>
    make("li", "", make("span", "", id), make("b", title.length > LONG ? "long" : "", title), make("span", "", said)),
  );
  const kind = projects.length <= A_PAGE / 2 ? "projects single" : "projects";
  const count = pages > 1 ? [make("span", "page", `${page + 1} / ${pages}`)] : [];
  const note = value.note ? [make("span", "note not", value.note)] : [];
  const headline = make("p", "headline", make("span", "", value.headline), ...note, ...count);
  return [header(value), make("div", "body result", headline, make("ol", kind, ...items))];
}

const SCREENS = {
  title: titleScreen,
  code: codeScreen,
  check_in: figuresScreen,
  voting: figuresScreen,
  closed: figuresScreen,
  result: resultScreen,
};

function draw() {
  if (!shown) return;
  const witnessed = shown.witnessed ? [make("p", "witnessed", shown.witnessed)] : [];
  main.replaceChildren(...SCREENS[shown.what](shown), ...witnessed);
}

async function ask() {
  const answer = await fetch(document.body.dataset.liveUrl, {
    headers: tag ? { "If-None-Match": tag } : {},
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(String(answer.status));
  const value = await answer.json();
  if (shown?.what !== value.what) firstPage = performance.now();
  shown = value;
  draw();
  tag = answer.headers.get("ETag"); // of what stands there: what could not be drawn is not heard
}

async function turn() {
  const asked = performance.now();
  try {
    await ask();
    heard = asked; // an answer is no younger than its question
  } catch {
    // the watch below tells it as soon as nothing has been heard for too long
  }
  watch();
  window.setTimeout(turn, Math.max(0, EVERY - (performance.now() - asked)));
}

function watch() {
  const away = performance.now() - heard > LOST_AFTER;
  lost.hidden = !away;
  document.body.classList.toggle("stale", away);
}

window.setInterval(watch, 200);
window.setInterval(() => {
  if (shown?.what === "result") draw();
}, EVERY);
turn();
