// A file may be dropped anywhere on the card of its field. Without scripts the field itself still takes it.

for (const form of document.querySelectorAll("form[data-drop]")) {
  const card = form.closest(".card") ?? form;
  const field = form.querySelector("input[type=file]");
  card.addEventListener("dragover", (event) => event.preventDefault());
  card.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    field.files = event.dataTransfer.files;
    field.focus();
  });
}
