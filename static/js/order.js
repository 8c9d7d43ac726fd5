// Rows that are put into another order: dragged by their grip (mouse, pen or finger), or moved by
// their buttons, which without this script send the form at once. Nothing is stored until then.

const table = document.querySelector("[data-order]");
const form = table?.closest("form");
const unsaved = form?.querySelector("[data-unsaved]");
const moved = form?.querySelector("[data-moved]");
const EDGE = 80; // pixels from the window's edges in which it scrolls along

const rows = () => [...table.tBodies[0].rows];

function change(row) {
  unsaved.hidden = false;
  const n = rows().indexOf(row) + 1;
  moved.textContent = table.dataset.say.replace("{title}", row.dataset.title).replace("{n}", n);
}

function step(button) {
  const row = button.closest("tr");
  const up = button.dataset.by === "-1";
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (up) other.before(row);
  else other.after(row);
  button.focus();
  change(row);
}

// The dragged row stays where it is in the document, or it would lose the pointer: others pass it.
function follow(row, y) {
  const middle = (other) => {
    const { top, height } = other.getBoundingClientRect();
    return top + height / 2;
  };
  for (let other; (other = row.previousElementSibling) && y < middle(other); ) row.after(other);
  for (let other; (other = row.nextElementSibling) && y > middle(other); ) row.before(other);
}

function drag(grip, event) {
  const row = grip.closest("tr");
  const start = rows().indexOf(row);
  const move = ({ clientY }) => {
    if (clientY < EDGE) window.scrollBy(0, -12);
    if (clientY > window.innerHeight - EDGE) window.scrollBy(0, 12);
    follow(row, clientY);
  };
  const end = () => {
    row.classList.remove("dragged");
    grip.removeEventListener("pointermove", move);
    if (rows().indexOf(row) !== start) change(row);
  };
  event.preventDefault();
  row.classList.add("dragged");
  grip.setPointerCapture(event.pointerId);
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", end, { once: true });
}

function leave(event) {
  if (!unsaved.hidden) event.preventDefault();
}

if (form) {
  for (const grip of form.querySelectorAll("[data-grip]")) {
    grip.hidden = false;
    grip.addEventListener("pointerdown", (event) => drag(grip, event));
  }
  for (const button of form.querySelectorAll("[data-by]")) {
    button.type = "button";
    button.addEventListener("click", () => step(button));
  }
  window.addEventListener("beforeunload", leave);
  const free = () => window.removeEventListener("beforeunload", leave);
  form.addEventListener("submit", free);
  form.querySelector("[data-leave]").addEventListener("click", free);
}
