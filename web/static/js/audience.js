// Counts while somebody writes a query, and lets its text and its lines follow each other. Without it the buttons do
// the same by loading the page again. What is asked later ends what was asked before: only the newest answer is shown.

const form = document.querySelector("[data-audience]");
const text = form?.querySelector("[data-query]");
const lines = form?.querySelector("[data-lines]");
const found = document.querySelector("[data-found]");
const line = document.querySelector("[data-look-line]");
const WAIT = 350; // ms of quiet before a question
let timer = 0;
let asked = null;

function say(words, failed = false) {
  line.textContent = words;
  line.classList.toggle("failed", failed);
}

async function answered(from, pressed) {
  const said = new FormData(form);
  said.set("from", from);
  if (pressed) said.set("do", pressed);
  const answer = await fetch(form.dataset.audience, { method: "POST", body: said, signal: asked.signal, redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new Error("You are signed out. Load the page again.");
  if (!answer.ok) throw new Error(`The server answered ${answer.status}. Change something to try again.`);
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  return (name) => made.content.querySelector(`[data-part="${name}"]`);
}

function redrawn(part) {
  const held = lines.contains(document.activeElement) ? document.activeElement.id : "";
  lines.replaceChildren(...part.childNodes);
  dress();
  if (held) document.getElementById(held)?.focus({ preventScroll: true });
}

async function look(from, redraw, pressed = "") {
  asked?.abort();
  const mine = (asked = new AbortController());
  say("Counting …");
  try {
    const part = await answered(from, pressed);
    if (mine !== asked) return;
    if (from === "lines") text.value = part("text").value;
    if (redraw) redrawn(part("lines"));
    found.replaceChildren(...part("found").childNodes);
    const wrong = found.querySelector(".fault") !== null;
    text.toggleAttribute("aria-invalid", wrong);
    if (wrong) text.setAttribute("aria-invalid", "true");
    say(wrong ? "" : (found.querySelector(".question")?.textContent ?? ""));
  } catch (error) {
    if (error.name === "AbortError") return;
    say(error instanceof TypeError ? "No connection to the server. Change something to try again." : error.message, true);
  }
}

function soon(from, redraw) {
  clearTimeout(timer);
  timer = setTimeout(() => look(from, redraw), WAIT);
}

function dress() {
  form.querySelectorAll("[data-without]").forEach((button) => (button.hidden = true));
}

function press(event) {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  event.preventDefault();
  clearTimeout(timer);
  const adds = button.value === "add";
  look("lines", true, button.value).then(() => {
    const selects = lines.querySelectorAll("[name=what]");
    (adds ? selects[selects.length - 1] : document.getElementById("add-line"))?.focus();
  });
}

if (form) {
  dress();
  text.addEventListener("input", () => soon("text", true));
  lines.addEventListener("input", (event) => {
    const redraw = event.target.dataset.line === "redraw";
    if (event.target.dataset.line !== undefined) soon("lines", redraw);
  });
  lines.addEventListener("click", press);
}
