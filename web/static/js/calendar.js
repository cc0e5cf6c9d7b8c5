// A calendar by keyboard: the arrows go from day to day and from week to week, Home and End to the ends of the week.
// Without scripts the days are buttons in a row, reached by Tab; with them Tab goes to one day, and on from there.

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

function place(table, button) {
  for (const day of table.querySelectorAll("button")) day.tabIndex = day === button ? 0 : -1;
}

function target(days, button, key) {
  const at = days.indexOf(button);
  if (key in STEPS) return days[at + STEPS[key]];
  const week = [...button.closest("tr").querySelectorAll("button")];
  if (key === "Home") return week[0];
  return key === "End" ? week.at(-1) : undefined;
}

for (const table of document.querySelectorAll("[data-calendar]")) {
  const days = [...table.querySelectorAll("button")];
  const first = table.querySelector(":target") || days[0];
  if (!first) continue;
  place(table, first);
  if (location.hash === `#${first.id}`) first.focus(); // back from a day that was turned
  table.addEventListener("keydown", (event) => {
    if (!(event.target instanceof HTMLButtonElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = target(days, event.target, event.key);
    if (!(event.key in STEPS) && !next) return;
    event.preventDefault();
    if (!next) return;
    place(table, next);
    next.focus();
  });
}
