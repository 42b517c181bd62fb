/* Draws the outbox's results again every few seconds, at the same place, while nobody is typing or choosing. */
(() => {
  const root = document.querySelector("[data-loa-refresh]");
  if (!root || !window.fetch) return;
  const every = Number(root.dataset.loaRefresh) * 1000;
  let last = "";

  async function refresh() {
    const results = document.getElementById("listing-results");
    if (!results || document.hidden || document.querySelector("[aria-expanded=true][data-w-dropdown-target=toggle]")) return;
    if (results.contains(document.activeElement)) return;
    const query = window.location.search.replace(/^\?/, "");
    const response = await fetch(`${root.dataset.loaUrl}?${query}`, {
      headers: { "X-Requested-With": "XMLHttpRequest" },
    });
    if (!response.ok || response.redirected) return;
    const html = await response.text();
    if (html === last) return;
    const first = last === "";
    last = html;
    if (first) return;
    results.innerHTML = html;
  }

  refresh().catch(() => {});
  window.setInterval(() => refresh().catch(() => {}), every);
})();
