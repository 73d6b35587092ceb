"use strict";
(() => {
  // Links may lead into what is folded up.
  const unfold = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let d = target.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
    if (target.hidden) reset();
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);

  // Paper cannot unfold: open everything, and put it back afterwards.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const d of folded) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of folded) d.open = false;
    folded = [];
  });

  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const type = document.getElementById("type");
  const protectedOnly = document.getElementById("protected");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("#resource-table tbody tr")].map((row) => ({
    row,
    text: row.textContent.toLowerCase(),
    type: row.cells[1].textContent,
    protected: row.cells[3].textContent === "yes",
  }));
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const r of rows) {
      const fits = wanted.every((w) => r.text.includes(w)) && (!type.value || r.type === type.value) && (!protectedOnly.checked || r.protected);
      r.row.hidden = !fits;
      if (fits) count++;
    }
    shown.value = `${count} of ${rows.length}`;
  };
  const reset = () => {
    form.reset();
    filter();
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
  unfold();
})();
