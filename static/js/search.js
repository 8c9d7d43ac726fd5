// A search field that leaves only the rows of a table in which all its words stand.

for (const field of document.querySelectorAll("[data-search]")) {
  const rows = [...document.getElementById(field.dataset.search).tBodies[0].rows];
  field.addEventListener("input", () => {
    const words = field.value.trim().split(/\s+/);
    for (const row of rows) row.hidden = !words.every((word) => row.textContent.includes(word));
  });
}
