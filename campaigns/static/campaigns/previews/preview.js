// In the editor's panel a choice is made in Wagtail's own menu, so that it outlasts the next keystroke.
const menu = window.parent !== window ? window.parent.document.getElementById("id_preview_mode") : null;
if (menu && "panel" in document.body.dataset) {
  document.querySelectorAll("a[data-mode]").forEach((link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const { mode, label } = link.dataset;
      if (![...menu.options].some((option) => option.value === mode)) menu.add(new Option(label || link.textContent, mode));
      menu.value = mode;
      menu.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
}
