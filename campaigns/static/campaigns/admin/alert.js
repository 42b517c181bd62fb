/* The quick alert: safety checks while typing, the next blank, and the channels of the chosen place. Works without it too. */
(() => {
  const form = document.querySelector("[data-loa-check]");
  if (!form) return;
  const title = form.elements.title, text = form.elements.text, found = form.querySelector("[data-loa-found]");
  const blank = form.querySelector("[data-loa-blank]");
  let timer = 0, asked = 0;

  function blanks() {
    blank.parentElement.hidden = !/\[[^\[\]\n]{1,80}\]/.test(text.value);
  }

  async function check() {
    const number = (asked += 1);
    const body = new URLSearchParams({ title: title.value, text: text.value, language: form.dataset.loaLanguage });
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    const answer = await fetch(form.dataset.loaCheck, { method: "POST", body, headers });
    if (!answer.ok || number !== asked) return;
    found.innerHTML = await answer.text();
    // What the server said of an earlier text is out of date now.
    for (const field of [title, text]) field.closest(".w-field")?.querySelector(".w-field__errors")?.replaceChildren();
  }

  function later() {
    blanks();
    window.clearTimeout(timer);
    timer = window.setTimeout(() => check().catch(() => {}), 600);
  }

  blank.addEventListener("click", () => {
    const next = /\[[^\[\]\n]{1,80}\]/.exec(text.value);
    if (!next) return;
    text.focus();
    text.setSelectionRange(next.index, next.index + next[0].length);
  });
  for (const field of [title, text]) field.addEventListener("input", () => {
    // Red is for what was found in the text as it stood; the checks say anew what they find.
    field.removeAttribute("aria-invalid");
    field.closest(".w-field")?.classList.remove("w-field--error");
    later();
  });

  const boxes = [...form.querySelectorAll("input[name=channels]")], count = form.querySelector("[data-loa-count]");
  function tell() {
    if (count) count.textContent = boxes.filter((box) => box.checked).length;
  }
  for (const box of boxes) box.addEventListener("change", tell);
  form.elements.place?.addEventListener("change", (event) => {
    const place = event.target.value;
    for (const box of boxes) box.checked = !place || box.dataset.loaPlaces.split(" ").includes(place);
    tell();
  });
  blanks();
  tell();
  if (text.value) check().catch(() => {});
})();
