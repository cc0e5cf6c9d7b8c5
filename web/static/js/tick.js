// In a table with data-tick: one box in its head ticks all rows, and shows whether all, some or none are ticked.

for (const table of document.querySelectorAll("[data-tick]")) {
  const all = table.querySelector("[data-tick-all]");
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.hidden = false; // without scripts it would do nothing
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
  table.addEventListener("change", show);
  show();
}
