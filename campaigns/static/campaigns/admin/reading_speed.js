// A stopwatch that writes its seconds into the form.
(() => {
  const watch = document.querySelector("[data-loa-stopwatch]");
  const field = document.querySelector("input[name=seconds]");
  if (!watch || !field) return;
  const button = watch.querySelector("button");
  const shown = watch.querySelector("output");
  let began = 0, timer = 0;
  const written = () => ((performance.now() - began) / 1000).toFixed(1).replace(".", ",");
  watch.hidden = false;
  button.addEventListener("click", () => {
    if (timer) {
      clearInterval(timer);
      timer = 0;
      field.value = shown.textContent = written();
      button.textContent = button.dataset.start;
    } else {
      began = performance.now();
      timer = setInterval(() => { shown.textContent = written(); }, 100);
      button.textContent = button.dataset.stop;
    }
  });
})();
