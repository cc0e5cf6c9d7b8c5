// Moves, removes and adds questions of the schedule in place. Without it the same buttons ask the server, which sends
// the form back rearranged; nothing is saved either way.

const list = document.querySelector("[data-questions]");

function values() {
  return [...list.querySelectorAll("input")].map((field) => field.value);
}

function show(texts) {
  [...list.querySelectorAll("input")].forEach((field, at) => (field.value = texts[at] ?? ""));
}

function moved(texts, what, at) {
  if (what === "remove") return [...texts.slice(0, at), ...texts.slice(at + 1), ""];
  const other = at + (what === "up" ? -1 : 1);
  const changed = [...texts];
  [changed[at], changed[other]] = [changed[other], changed[at]];
  return changed;
}

list?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  const rows = [...list.querySelectorAll("[data-question]")];
  const at = rows.indexOf(button.closest("[data-question]"));
  const what = button.dataset.move;
  show(moved(values(), what, at));
  const to = what === "remove" ? at : at + (what === "up" ? -1 : 1);
  rows[Math.min(to, rows.length - 1)].querySelector("input").focus();
});
