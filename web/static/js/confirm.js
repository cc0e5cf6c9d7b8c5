// Asks before a form with data-confirm is sent. Without scripts the server asks, on a page of its own:
// it wants the field `sure`, which this module adds once the person has said yes.

const dialog = document.getElementById("confirm");

function ask(form) {
  dialog.querySelector("[data-confirm-title]").textContent = form.dataset.confirm;
  dialog.querySelector("[data-confirm-text]").textContent = form.dataset.confirmText || "";
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.textContent = form.dataset.confirmYes || "Yes";
  yes.className = `btn ${form.dataset.confirmClass || "btn-danger"}`; // what lets things go on is no danger
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

function sure(form) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "sure", value: "yes" });
  form.append(field);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!dialog || !form.dataset.confirm || form.elements.sure) return;
  event.preventDefault();
  if (await ask(form)) {
    sure(form);
    form.requestSubmit(event.submitter || undefined);
  }
});
