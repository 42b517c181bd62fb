// Another choice shows another poster at once; without this the button does it.
document.querySelector("[data-loa-look]")?.addEventListener("change", (event) => event.currentTarget.requestSubmit());
