// Quick entry: D, K and L choose, Enter goes to the next box. Without script the form works as it is.
const grid = document.querySelector("form[data-week-grid]");
if (grid) {
  const boxes = [...grid.querySelectorAll(".loa-entry select, .loa-entry input")];
  const selects = boxes.filter((box) => box.tagName === "SELECT");
  const keys = { d: "d", "đ": "d", k: "k", l: "l" };
  const started = new Map(boxes.map((box) => [box, box.value]));
  const note = grid.querySelector("[data-changed]");
  const tell = () => {
    const changed = selects.filter((select) => {
      const minutes = boxes[boxes.indexOf(select) + 1];
      const dirty = select.value !== started.get(select) || minutes.value !== started.get(minutes);
      select.toggleAttribute("data-dirty", dirty);
      return dirty;
    });
    if (note) note.textContent = changed.length ? `✎ ${changed.length}` : "";
    return changed.length;
  };
  const next = (box, step) => {
    const row = box.tagName === "SELECT" ? selects : boxes;
    const found = row[row.indexOf(box) + step];
    if (found) found.focus();
  };
  grid.addEventListener("keydown", (event) => {
    const box = event.target;
    if (!boxes.includes(box) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      const at = box.tagName === "SELECT" ? box : boxes[boxes.indexOf(box) - 1];
      next(at, 1);
    } else if (box.tagName === "SELECT" && keys[event.key.toLowerCase()]) {
      event.preventDefault();
      box.value = keys[event.key.toLowerCase()];
      tell();
      if (box.value === "l") boxes[boxes.indexOf(box) + 1].focus();
      else next(box, 1);
    }
  });
  // Minutes alone mean that it was played.
  grid.addEventListener("input", (event) => {
    const at = boxes.indexOf(event.target);
    if (at > 0 && event.target.tagName === "INPUT" && event.target.value && !boxes[at - 1].value) boxes[at - 1].value = "d";
    tell();
  });
  grid.addEventListener("change", tell);
  // A day on which everything was played takes one tap; what has a word already is left alone.
  grid.querySelectorAll("[data-all-full]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      selects.filter((one) => !one.value && button.closest(".loa-day").contains(one)).forEach((one) => { one.value = "d"; });
      tell();
    });
  });
  let saving = false;
  grid.addEventListener("submit", () => { saving = true; });
  window.addEventListener("beforeunload", (event) => { if (!saving && tell()) event.preventDefault(); });
  tell();
}
