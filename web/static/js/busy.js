// A form that is on its way says so on its button, and does not go twice when somebody presses twice.

const LONGEST_MS = 10_000; // an answer that is a file leaves the page as it is: then the button works again

function free(form, button) {
  delete form.dataset.sent;
  button?.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return; // a question comes first, or nothing leaves
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  const button = event.submitter;
  const line = form.querySelector("[data-working-line]");
  if (line) line.textContent = form.dataset.working; // what takes its time says so, until the next page is there
  else setTimeout(() => free(form, button), LONGEST_MS);
  addEventListener("pageshow", () => free(form, button), { once: true }); // back from the next page
});
