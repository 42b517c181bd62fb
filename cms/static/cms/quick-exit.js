/* Works without it, too: then the link is followed and "back" comes back here. With it, this page is
   emptied at once and its entry in the history is replaced. */
addEventListener("click", function (event) {
  var link = event.target.closest && event.target.closest("a[data-exit]");
  if (!link) return;
  event.preventDefault();
  document.documentElement.hidden = true;
  location.replace(link.href);
});
