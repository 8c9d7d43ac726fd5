// The page: takes a record and what is known from outside, shows progress and the verdict.
import { isFit, start } from "./crew.js";
import { both, byId } from "./dom.js";
import { faultText, showFailure, showSuccess, showVerdict } from "./report.js";
import { showSteps } from "./steps.js";
import { stepName, STEP_COUNT, words } from "./words.js";

const FIELDS = ["code", "logKey", "checkpoints", "receipts"];

let file = null;
let stop = null;
let began = 0;

function choose(chosen) {
  if (!chosen || stop) return;
  file = chosen;
  const size = Math.ceil(chosen.size / 1024).toLocaleString("zh-CN");
  byId("chosen").replaceChildren(both(words("chosenFile", { name: chosen.name, size })));
  byId("start").disabled = false;
  byId("start").focus();
  clear();
}

/** Nothing of an earlier record stays beside a new one. */
function clear() {
  for (const id of ["verdict", "details"]) {
    byId(id).hidden = true;
    byId(id).replaceChildren();
  }
  for (const id of FIELDS) markField(id, null);
  showSteps(0, "open");
}

function markField(id, fault) {
  byId(`${id}-fault`).replaceChildren(...(fault ? [both(fault)] : []));
  if (fault) byId(id).setAttribute("aria-invalid", "true");
  else byId(id).removeAttribute("aria-invalid");
}

function begin() {
  clear();
  const typed = Object.fromEntries(FIELDS.map((id) => [id, byId(id).value]));
  began = performance.now();
  busy(true);
  stop = start(file, typed, { progressed, finished, broken });
}

function busy(isBusy) {
  byId("working").hidden = !isBusy;
  byId("stop").hidden = !isBusy;
  byId("start").disabled = isBusy;
  byId("file").disabled = isBusy;
  if (!isBusy) stop = null;
}

let shownStep = 0;

function progressed({ step, done, total }) {
  const part = total ? done / total : 0;
  byId("bar").value = Math.round((1000 * (step - 1 + part)) / STEP_COUNT);
  byId("count").replaceChildren(...(total ? [both(words("count", { done, total }))] : []));
  if (step === shownStep) return;
  shownStep = step;
  byId("working-title").replaceChildren(both(words("steps.of", { step, name: stepName(step) })));
  showSteps(step, "running");
}

function finished(report) {
  busy(false);
  shownStep = 0;
  if (report.good) {
    showSteps(STEP_COUNT + 1, "open");
    showSuccess(report, checked());
  } else if (report.step === 0) {
    showTyped(report);
  } else {
    showSteps(report.step, "failed");
    showFailure(report, checked());
  }
}

function checked() {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  return { file: file.name, at: new Date().toLocaleString("zh-CN"), seconds };
}

/** What was typed stays, and the field is shown. */
function showTyped(report) {
  const id = report.code.replace("typed.", "");
  showSteps(0, "open");
  byId("outside").open = true;
  markField(id, faultText(report));
  byId(id).focus();
}

function broken(error) {
  busy(false);
  shownStep = 0;
  showSteps(0, "open");
  showVerdict("none", words("broken"), both(words("brokenDo", { error })));
}

function halt() {
  stop?.();
  busy(false);
  shownStep = 0;
  showSteps(0, "open");
  showVerdict("none", words("stopped"));
}

function listen() {
  const drop = byId("drop");
  // Anywhere on the page: a file dropped beside the field must not replace the page.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    choose(event.dataTransfer.files[0]);
  });
  byId("file").addEventListener("change", (event) => choose(event.target.files[0]));
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    if (file && !stop) begin();
  });
  byId("stop").addEventListener("click", halt);
}

showSteps(0, "open");
if (isFit()) {
  byId("unfit").hidden = true;
  byId("file").disabled = false;
  listen();
}
