/* The arrow keys move between the cells of the matrix; Tab enters it at one cell and leaves it. */
for (const table of document.querySelectorAll("[data-loa-matrix]")) {
  const rows = Array.from(table.tBodies[0].rows, (row) => Array.from(row.querySelectorAll(".loa-cell a")));
  let current = rows[0]?.[0];
  for (const link of rows.flat()) link.tabIndex = link === current ? 0 : -1;

  const go = (link) => {
    if (!link) return;
    current.tabIndex = -1;
    current = link;
    link.tabIndex = 0;
    link.focus();
    // Out from under the sticky header and first column.
    const box = table.parentElement;
    const head = table.tHead.getBoundingClientRect(), side = link.closest("tr").cells[0].getBoundingClientRect();
    const place = link.getBoundingClientRect();
    if (getComputedStyle(table).display === "table") {
      if (place.top < head.bottom) box.scrollTop -= head.bottom - place.top;
      if (place.left < side.right) box.scrollLeft -= side.right - place.left;
    }
  };

  table.addEventListener("focusin", (event) => {
    const link = event.target.closest(".loa-cell a");
    if (link && link !== current) { current.tabIndex = -1; current = link; link.tabIndex = 0; }
  });

  table.addEventListener("keydown", (event) => {
    const link = event.target.closest(".loa-cell a");
    if (!link || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const y = rows.findIndex((row) => row.includes(link));
    const x = rows[y].indexOf(link);
    const next = { ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1], ArrowUp: [y - 1, x], ArrowDown: [y + 1, x],
      Home: [y, 0], End: [y, rows[y].length - 1] }[event.key];
    if (!next) return;
    event.preventDefault();
    go(rows[next[0]]?.[next[1]]);
  });
}
