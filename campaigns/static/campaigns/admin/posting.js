// A time that somebody fills in is meant: it chooses "at the time below", unless best times were chosen.
document.querySelectorAll("#id_day, #id_clock").forEach((field) => {
  field.addEventListener("input", () => {
    const at = document.querySelector('input[name="when"][value="at"]');
    const best = document.querySelector('input[name="when"][value="best"]');
    if (at && field.value && !(best && best.checked)) at.checked = true;
  });
});

// Finding and ticking among hundreds of channels. Without script every channel can still be ticked by hand.
const form = document.querySelector("form[data-fan-out]");
if (form) {
  const rows = [...form.querySelectorAll("[data-row]")].map((row) => ({
    row,
    box: row.querySelector('input[name="channels"]'),
    words: plain(row.textContent),
  }));
  const count = form.querySelector("[data-count]");
  const tell = () => { count.textContent = String(rows.filter((one) => one.box.checked).length); };
  const tick = (chosen, on) => {
    chosen.forEach((one) => { if (!one.box.disabled) one.box.checked = on; });
    tell();
  };
  form.querySelector("[data-tools]").hidden = false;
  form.querySelector("[data-find]").addEventListener("input", (event) => {
    const wanted = plain(event.target.value);
    rows.forEach((one) => { one.row.hidden = !one.words.includes(wanted); });
    form.querySelectorAll("[data-kind]").forEach((kind) => {
      kind.hidden = !kind.querySelector("[data-row]:not([hidden])");
    });
  });
  form.querySelector("[data-find]").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  form.querySelector("[data-all]").addEventListener("click", () => tick(rows.filter((one) => !one.row.hidden), true));
  form.querySelector("[data-none]").addEventListener("click", () => tick(rows, false));
  form.querySelectorAll("[data-kind-all]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const kind = button.closest("[data-kind]");
      tick(rows.filter((one) => kind.contains(one.row) && !one.row.hidden), true);
    });
  });
  form.addEventListener("change", tell);
  tell();
}

function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/\s+/g, " ");
}
