/* Hides the places whose name does not contain what is typed; chosen ones always stay. Works without marks too. */
(() => {
  const plain = (text) =>
    text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();
  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-loa-places]");
    if (!box || !event.target.matches("[data-loa-places-filter]")) return;
    const wanted = plain(event.target.value.trim());
    for (const label of box.querySelectorAll("label")) {
      const chosen = label.querySelector("input").checked;
      label.hidden = !chosen && wanted !== "" && !plain(label.textContent).includes(wanted);
      label.style.display = label.hidden ? "none" : "";
    }
  });
})();
