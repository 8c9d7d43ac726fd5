/**
 * The public board: fetched whole and checked against the log once, then every receipt is looked up
 * here, without asking anybody. What is looked up goes nowhere.
 */
import { createCamera } from "../tablet/camera.js";
import { checkBoard, judge, readReceipt } from "./check.js";

const $ = (name) => document.querySelector(`[data-${name}]`);
const section = $("board");
const words = section.dataset; // what is said, in the page's language
const KINDS = { counted: "done", signed: "done", missing: "bad", unknown: "bad", forged: "bad" };

const board = load();
board.then(
  () => tell($("checked"), words.good, "done"),
  (error) => tell($("checked"), error.code ? words.bad : words.away, "bad"),
);

async function load() {
  const name = words.board;
  const [definition, bytes, published, closed] = await Promise.all([
    fetched(`/api/polls/${name}/definition`, "arrayBuffer"),
    fetched(`/api/polls/${name}/board`, "arrayBuffer"),
    fetched(`/api/polls/${name}/proof/result_published`, "json"),
    fetched(`/api/polls/${name}/proof/voting_closed`, "json"),
  ]);
  return checkBoard(name, new Uint8Array(definition), new Uint8Array(bytes), published, closed);
}

async function fetched(path, form) {
  const response = await fetch(path, { credentials: "omit" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response[form]();
}

function tell(place, text, kind) {
  place.hidden = false;
  place.textContent = text;
  place.className = `note ${kind}`;
}

async function find() {
  const field = $("receipt");
  const answer = $("answer");
  document.querySelector(".trackers .found")?.classList.remove("found");
  $("save").hidden = true;
  const receipt = readReceipt(field.value);
  if (!receipt) return tell(answer, words.short, "wait");
  const checked = await board.catch(() => null);
  if (!checked) return tell(answer, words.unchecked, "bad");
  const verdict = await judge(checked, receipt);
  tell(answer, words[verdict], KINDS[verdict]);
  if (verdict === "missing") offer(field.value.trim(), receipt.code);
  const row = document.querySelector(`[data-tracker^="${receipt.code}"]`);
  if (row && KINDS[verdict] === "done") {
    row.classList.add("found");
    answer.append(" ", showButton(row));
  }
}

function showButton(row) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "plain", textContent: words.show });
  button.addEventListener("click", () => row.scrollIntoView({ block: "center" }));
  return button;
}

// The file that the verifier takes beside the record: `--receipt FILE`.
function offer(text, code) {
  const link = $("save");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `receipt-${code.slice(0, 8)}.json`;
  link.hidden = false;
}

function scan() {
  const place = $("camera");
  const camera = createCamera(
    (sight) => ["denied", "none", "busy"].includes(sight) && tell($("answer"), words.blind, "wait"),
    (text) => {
      if (!readReceipt(text)) return false;
      camera.stop();
      place.replaceChildren();
      $("receipt").value = text;
      find();
      return true;
    },
  );
  place.replaceChildren(camera.video);
  camera.start(true);
}

$("find").addEventListener("click", find);
$("scan").addEventListener("click", scan);
$("receipt").addEventListener("keydown", (event) => {
  if (event.key === "Enter") find();
});
