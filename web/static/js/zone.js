// Offers the zone of this browser for a field, where the field says another one or none.

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const offer of document.querySelectorAll("[data-zone-offer]")) {
  const field = document.getElementById(offer.dataset.zoneOffer);
  const button = offer.querySelector("button");
  const show = () => { offer.hidden = !here || field.value.trim() === here; };
  if (!field || !button) continue;
  button.textContent = `Take the zone of this browser: ${here}`;
  button.addEventListener("click", () => {
    field.value = here;
    show();
    field.focus();
  });
  field.addEventListener("input", show);
  show();
}
