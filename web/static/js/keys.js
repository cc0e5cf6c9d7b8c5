// Keyboard: `?` opens the help, `/` goes to the search field, `g` and a letter go to a page.
// The help's own links are where the letters lead, so that what it lists is what works.

const WAIT_MS = 1200; // how long after `g` its second key counts
let goUntil = 0;

function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function help() {
  const dialog = document.getElementById("help");
  if (!dialog || dialog.open) return;
  dialog.querySelector("[data-help-search]").hidden = !document.querySelector("[data-search]");
  dialog.showModal();
}

function search(event) {
  const field = document.querySelector("[data-search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function go(key) {
  const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  if (link) link.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (performance.now() < goUntil) {
    goUntil = 0;
    go(event.key);
  } else if (event.key === "?") help();
  else if (event.key === "/") search(event);
  else if (event.key === "g") goUntil = performance.now() + WAIT_MS;
});

for (const button of document.querySelectorAll("[data-help]")) {
  button.hidden = false; // without scripts there is nothing to open
  button.addEventListener("click", help);
}
