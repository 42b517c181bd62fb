/* Copies a ready text, or hands it to the phone's share sheet. Without script the text can be selected by hand. */
(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-loa-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.loaCopy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = button.dataset.loaDone;
    } catch {
      window.getSelection().selectAllChildren(document.getElementById(button.dataset.loaCopy));
    }
  });
})();
