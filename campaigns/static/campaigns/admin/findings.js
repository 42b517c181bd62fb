// The safety check beside the editor: asks again a moment after typing, one request at a time, and leads to each
// place. Everything it does can be done without it.
(() => {
  const PAUSE = 900;
  const LONGEST = 25000;
  const RETRIES = [5000, 15000, 45000];
  const form = () => document.querySelector("form[data-edit-form], #page-edit-form");
  const panel = () => document.querySelector("[data-loa-findings]");
  let timer = 0;
  let running = null;
  let failed = 0;
  let checked = "";

  const typed = () => {
    const data = new FormData(form());
    // Files are not read; what does not change the text is not asked about again.
    [...data.entries()].forEach(([name, value]) => { if (value instanceof File) data.delete(name); });
    return data;
  };
  const say = (words) => { const line = panel()?.querySelector("[data-loa-findings-state]"); if (line) line.textContent = words; };
  const later = (pause) => { clearTimeout(timer); timer = setTimeout(ask, pause); };

  async function ask() {
    const here = panel();
    if (!here || !form()) return;
    if (running) { later(PAUSE); return; }
    const data = typed();
    const seen = new URLSearchParams(data).toString();
    if (seen === checked) return;
    running = new AbortController();
    const end = setTimeout(() => running.abort(), LONGEST);
    say(here.dataset.loaChecking);
    try {
      const answer = await fetch(here.dataset.loaFindings, {
        method: "POST", body: data, signal: running.signal, credentials: "same-origin",
        headers: { "X-Requested-With": "XMLHttpRequest" },
      });
      if (!answer.ok || !(answer.headers.get("content-type") || "").includes("json")) throw new Error(String(answer.status));
      const found = await answer.json();
      checked = seen;
      failed = 0;
      show(found);
    } catch {
      say(panel()?.dataset.loaLater || "");
      if (failed < RETRIES.length) later(RETRIES[failed]);
      failed += 1;
    } finally {
      clearTimeout(end);
      running = null;
    }
  }

  function show(found) {
    const here = panel();
    if (!here) return;
    here.querySelector("[data-loa-findings-list]").innerHTML = found.html;
    say(here.dataset.loaChecked);
    const counter = document.querySelector('[data-side-panel-toggle="loa-findings"] [data-side-panel-toggle-counter]');
    if (counter) { counter.textContent = found.count; counter.hidden = !found.count; }
  }

  // --- The place -------------------------------------------------------------------------------

  const bare = (text) => text.normalize("NFC");
  function fieldsOf(row) {
    return row.dataset.loaTargets.split(" ").flatMap((id) => {
      if (id !== "id_body") return [document.getElementById(id)].filter(Boolean);
      const body = document.querySelector('[data-contentpath="body"], #panel-child-content-body-content');
      return body ? [...body.querySelectorAll('textarea, input[type="text"], [contenteditable="true"]')] : [];
    });
  }
  // Tabs open with a movement: nothing can be selected in a field before it is shown.
  async function open(element) {
    const tab = element.closest('[role="tabpanel"]');
    if (tab && tab.hidden) document.querySelector(`[role="tab"][aria-controls="${tab.id}"]`)?.click();
    element.closest("[data-panel], section.w-panel")?.querySelectorAll('[data-panel-toggle][aria-expanded="false"]').forEach((one) => one.click());
    for (let tries = 0; tries < 20 && tab && tab.hidden; tries += 1) await new Promise((done) => { setTimeout(done, 50); });
  }
  function rangeOf(element, words) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const nodes = [];
    let text = "";
    while (walker.nextNode()) { nodes.push([text.length, walker.currentNode]); text += walker.currentNode.data; }
    const start = text.indexOf(words);
    if (start < 0) return null;
    const at = (place) => { const [from, node] = [...nodes].reverse().find(([begin]) => begin <= place); return [node, place - from]; };
    const range = document.createRange();
    range.setStart(...at(start));
    range.setEnd(...at(start + words.length));
    return range;
  }
  function locate(row) {
    const words = row.dataset.loaWords;
    for (const element of fieldsOf(row)) {
      if (element.isContentEditable) {
        const range = words && rangeOf(element, words);
        if (range) return { element, range };
      } else if (words) {
        let start = element.value.indexOf(words);
        if (start < 0 && bare(element.value).includes(bare(words))) { element.value = bare(element.value); start = element.value.indexOf(bare(words)); }
        if (start >= 0) return { element, start, end: start + words.length };
      }
    }
    return { element: fieldsOf(row)[0] || document.getElementById(row.dataset.loaTargets.split(" ")[0]) };
  }
  async function go(row, stay) {
    const place = locate(row);
    if (!place.element) return place;
    await open(place.element);
    // On a phone the panel lies over the text: looking at the place closes it, a cure leaves it open for the next.
    if (!stay && window.matchMedia("(max-width: 50em)").matches) document.querySelector("[data-form-side-close-button]")?.click();
    place.element.focus({ preventScroll: true });
    if (place.range) { const chosen = window.getSelection(); chosen.removeAllRanges(); chosen.addRange(place.range); }
    else if (place.end !== undefined && place.element.setSelectionRange) place.element.setSelectionRange(place.start, place.end);
    place.element.scrollIntoView({ block: "center" });
    return place;
  }

  // --- The cure --------------------------------------------------------------------------------

  function put(element, start, end, words) {
    element.focus();
    element.setRangeText(words, start, end, "select");
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function addBlock(type) {
    const body = window.wagtail?.editHandler?.getPanelByName?.("body")?.getBoundWidget?.();
    const block = body?.block || body;
    const value = type === "hotlines" ? { note: "" } : null;
    block?.insert?.({ type, value, id: crypto.randomUUID?.() || null }, block.children?.length || 0, { animate: true });
  }
  // The summary is short, and stands in for an empty text for channels: what no longer fits goes on there,
  // first where social networks and messages take it from, then for reading aloud, then in the page's own text.
  async function addElsewhere(text, words) {
    const field = ["id_social_text", "id_loudspeaker_text"].map((id) => document.getElementById(id))
      .find((one) => one && !one.value.includes(words));
    if (!field) { addBlock(/\d{3}/.test(words) ? "hotlines" : "rights"); return; }
    await open(field);
    const before = field.value || text;
    put(field, 0, field.value.length, `${before.trim()} ${words}`);
  }
  async function cure(row, button) {
    const words = button.dataset.loaText;
    if (button.dataset.loaCure === "block") {
      addBlock(words);
      later(PAUSE);
      return;
    }
    const place = await go(row, true);
    if (!place.element) return;
    if (place.range) {
      // The rich text keeps its own record: the browser's own insertion is what it follows.
      document.execCommand("insertText", false, words);
    } else if (button.dataset.loaCure === "replace" && place.end !== undefined) {
      put(place.element, place.start, place.end, words);
    } else {
      const text = place.element.value;
      const gap = !text || /\s$/.test(text) ? "" : " ";
      const most = place.element.maxLength;
      if (most > 0 && text.length + gap.length + words.length > most) await addElsewhere(text, words);
      else put(place.element, text.length, text.length, gap + words);
    }
    later(PAUSE);
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest?.(".loa-finding");
    if (!row) return;
    const button = event.target.closest("[data-loa-cure]");
    if (button) cure(row, button);
    else if (event.target.closest("[data-loa-go]")) go(row);
  });
  ["input", "change"].forEach((kind) => document.addEventListener(kind, (event) => {
    if (form()?.contains(event.target)) { failed = 0; later(PAUSE); }
  }));
  // A form that came back with errors holds more than what is stored.
  later(1500);
})();
