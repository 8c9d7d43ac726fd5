// Looks a receipt up in the list that the page already holds: it is sent nowhere.

const field = document.querySelector("[data-receipt]");
const answer = document.querySelector("[data-answer]");
const words = answer.closest("section").dataset; // what is said, in the page's language
const LENGTH = 20; // base32 characters that a receipt shows of its tracker

// What is typed from paper: no hyphens or spaces, and the letters that 0, 1 and 8 were read for.
function normal(text) {
  const typed = text.normalize("NFKC").toUpperCase().replace(/[\s\-·–—]/g, "");
  return typed.replaceAll("0", "O").replaceAll("1", "I").replaceAll("8", "B");
}

function say(text, kind) {
  answer.hidden = false;
  answer.textContent = text;
  answer.className = `note ${kind}`;
}

function showButton(row) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = words.show;
  button.addEventListener("click", () => row.scrollIntoView({ block: "center" }));
  return button;
}

function find() {
  document.querySelector(".trackers .found")?.classList.remove("found");
  const receipt = normal(field.value);
  if (!/^[A-Z2-7]+$/.test(receipt) || receipt.length < LENGTH) {
    say(words.short, "wait");
    return;
  }
  const rows = [...document.querySelectorAll("[data-tracker]")];
  const row = rows.find((each) => each.dataset.tracker.startsWith(receipt));
  if (!row) {
    say(words.missing, "bad");
    return;
  }
  row.classList.add("found");
  say(words.found, "done");
  answer.append(" ", showButton(row));
}

document.querySelector("[data-find]").addEventListener("click", find);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") find();
});
