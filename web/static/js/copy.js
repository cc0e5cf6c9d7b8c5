// Buttons that put the text of the element named by data-copy into the clipboard, and say that they did.

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break; // without https the browser has none: the text can still be marked by hand
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}
