// Looks a receipt up in the list that the page already holds: it is sent nowhere.

const field = document.querySelector("[data-receipt]");
const answer = document.querySelector("[data-answer]");
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
  button.textContent = "在列表中查看";
  button.addEventListener("click", () => row.scrollIntoView({ block: "center" }));
  return button;
}

function find() {
  document.querySelector(".trackers .found")?.classList.remove("found");
  const receipt = normal(field.value);
  if (!/^[A-Z2-7]+$/.test(receipt) || receipt.length < LENGTH) {
    say("回执有 20 位字母和数字，请核对后再查。", "wait");
    return;
  }
  const rows = [...document.querySelectorAll("[data-tracker]")];
  const row = rows.find((each) => each.dataset.tracker.startsWith(receipt));
  if (!row) {
    say("没有找到这张回执。请核对核验码和回执；确认无误时，请带着回执找监票人。", "bad");
    return;
  }
  row.classList.add("found");
  say("✓ 找到了：您的表决票已经计入。 ", "done");
  answer.append(showButton(row));
}

document.querySelector("[data-find]").addEventListener("click", find);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") find();
});
