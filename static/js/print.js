// Buttons that print the page, and the line at the foot of every sheet that says what it belongs to.

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

const marked = document.querySelector("[data-mark]");
if (marked) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@page { @bottom-left { content: ${JSON.stringify(marked.dataset.mark)} } }`);
  document.adoptedStyleSheets.push(sheet);
}
