// Keeps a part of a page fresh: fetches the fragment that data-poll names and swaps it in when it has changed.
// Pauses while the tab is hidden, says when it last looked, and says so when it could not.

const parts = new Map();

function line(part, text, failed = false) {
  const out = part.querySelector("[data-poll-line]");
  if (!out) return;
  out.hidden = false;
  out.textContent = text;
  out.classList.toggle("failed", failed);
}

function clock() {
  return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

async function fetched(url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "poll" }, redirect: "manual", cache: "no-store" });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
    throw new Error("You are signed out. Load the page again.");
  }
  if (!answer.ok) throw new Error(`The server answered ${answer.status}. Trying again.`);
  return answer.text();
}

function swap(part, html) {
  const body = part.querySelector("[data-poll-body]");
  if (parts.get(part) === html) return;
  parts.set(part, html);
  const made = document.createElement("template");
  made.innerHTML = html;
  const held = body.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...body.querySelectorAll("details[id][open]")].map((one) => one.id); // what somebody has unfolded
  body.replaceChildren(made.content);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (held) document.getElementById(held)?.focus({ preventScroll: true }); // whoever was there by keyboard stays there
  tell(part);
}

// Screen readers hear the sum when it has changed, and not the time of each look.
function tell(part) {
  const out = part.querySelector("[data-poll-said]");
  const sum = part.querySelector("[data-poll-summary]")?.dataset.pollSummary;
  if (out && sum && out.textContent !== sum) out.textContent = sum;
}

async function look(part) {
  try {
    swap(part, await fetched(part.dataset.poll));
    line(part, `Updated ${clock()}`);
  } catch (error) {
    const known = error instanceof TypeError ? "No connection to the server. Trying again." : error.message;
    line(part, known, true);
  }
}

function keep(part) {
  const every = Number(part.dataset.pollSeconds || 5) * 1000;
  let timer = 0;
  const again = async () => {
    clearTimeout(timer);
    if (document.hidden) return line(part, "Paused while this tab is hidden");
    await look(part);
    timer = setTimeout(again, every);
  };
  document.addEventListener("visibilitychange", again);
  timer = setTimeout(again, every);
  line(part, `Updated ${clock()}`);
}

document.querySelectorAll("[data-poll]").forEach(keep);
