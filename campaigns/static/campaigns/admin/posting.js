// A time that somebody fills in is meant: it chooses "at the time below".
document.querySelectorAll("#id_day, #id_clock").forEach((field) => {
  field.addEventListener("input", () => {
    const at = document.querySelector('input[name="when"][value="at"]');
    if (at && field.value) at.checked = true;
  });
});
