// Keeps a page's figures current. The page names the address to poll (data-live-url), its own
// address (data-page) and its shape: when the shape changes the page is drawn anew by the server,
// unless somebody is typing. Figures and the digest that an approval binds change in one go, so
// that what is confirmed is what is shown.

const EVERY = 800; // milliseconds: what was released is on the screen within a second
const root = document.querySelector("[data-live-url]");
const notice = document.querySelector("[data-notice]"); // with the words to say, in its data
const words = notice.dataset;
let tag = null;

const at = (value, path) => path.split(".").reduce((part, name) => part?.[name], value);
const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

function say(text, link) {
  notice.hidden = !text;
  notice.textContent = text ?? "";
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.textContent = words.refresh;
    notice.append(" ", anchor);
  }
}

function isTyped() {
  const inputs = [...root.querySelectorAll("textarea, input:not([type=hidden])")];
  return inputs.some((input) => input.value !== input.defaultValue);
}

function showFigures(value) {
  for (const element of root.querySelectorAll("[data-live]")) {
    setText(element, String(at(value, element.dataset.live) ?? "—"));
  }
  for (const element of root.querySelectorAll("[data-value]")) {
    element.value = at(value, element.dataset.value) ?? "";
  }
  for (const element of root.querySelectorAll("[data-show]")) {
    element.hidden = !at(value, element.dataset.show);
  }
  for (const bar of root.querySelectorAll("progress[data-bar]")) {
    bar.max = Math.max(1, at(value, bar.dataset.of));
    bar.value = at(value, bar.dataset.bar);
  }
}

function showLists(value) {
  for (const list of root.querySelectorAll("[data-list]")) {
    const texts = at(value, list.dataset.list) ?? [];
    if (texts.join("\n") === [...list.children].map((item) => item.textContent).join("\n")) continue;
    list.replaceChildren(
      ...texts.map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      }),
    );
  }
}

function showRow(item, row, line, past) {
  setText(item.querySelector(".bar-number"), String(row.number));
  setText(item.querySelector(".bar-past"), row.past ? past : "");
  setText(item.querySelector(".bar-note"), row.note);
  row.parts.forEach(([start, length], index) => {
    const part = item.querySelector(`.part-${index + 1}`);
    part.setAttribute("x", start);
    part.setAttribute("width", length);
  });
  if (line !== null) item.querySelector(".bar-line")?.setAttribute("x", line);
}

function showRows(value) {
  const list = root.querySelector("[data-rows]");
  if (!list) return;
  const byVotes = root.querySelector("[data-order]").dataset.order === "votes";
  const items = new Map([...list.children].map((item) => [item.dataset.row, item]));
  for (const row of value.rows) {
    showRow(items.get(row.id), row, value.line, list.dataset.past);
  }
  const order = value.rows.map((row, place) => ({ row, place }));
  if (byVotes) order.sort((a, b) => b.row.number - a.row.number || a.place - b.place);
  const wanted = order.map(({ row }) => items.get(row.id));
  if (wanted.some((item, place) => list.children[place] !== item)) list.append(...wanted);
}

function show(value) {
  if (value.shape === root.dataset.shape) {
    say("");
    showFigures(value);
    showLists(value);
    showRows(value);
    return true;
  }
  if (isTyped()) {
    say(words.changed, root.dataset.page);
    return true;
  }
  say(words.turning.replace("{phase}", value.phase));
  window.location.assign(root.dataset.page);
  return false;
}

async function poll() {
  const headers = tag ? { "If-None-Match": tag } : {};
  const answer = await fetch(root.dataset.liveUrl, {
    headers,
    cache: "no-store",
    redirect: "manual",
    signal: AbortSignal.timeout(5000),
  });
  if (answer.type === "opaqueredirect" || answer.status === 403) {
    say(words.ended, root.dataset.page);
    return false;
  }
  if (answer.status === 304) return true;
  if (!answer.ok) throw new Error(String(answer.status));
  const value = await answer.json();
  tag = answer.headers.get("ETag");
  return show(value);
}

async function turn() {
  let goOn = true;
  try {
    goOn = await poll();
    if (root.classList.replace("stale", "fresh")) say("");
  } catch {
    root.classList.remove("fresh");
    root.classList.add("stale");
    tag = null; // what is said below goes with the next full answer
    say(words.lost);
  }
  if (goOn) window.setTimeout(turn, EVERY);
}

turn();
