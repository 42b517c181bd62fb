{% load i18n %}// Pages of one station: from the network where there is one, else as they were when last seen.
const scope = new URL(self.registration.scope).pathname;
const kept = "loa-" + scope;
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const isPage = event.request.mode === "navigate" && event.request.method === "GET";
  if (isPage && url.pathname.startsWith(scope)) event.respondWith(page(event.request, url));
});
async function page(request, url) {
  try {
    const answer = await fetch(request);
    // The link was closed or handed over: nothing of it stays on this phone.
    if (answer.status === 410) await caches.delete(kept);
    else if (answer.ok && !url.search && (answer.headers.get("Content-Type") || "").startsWith("text/html"))
      await (await caches.open(kept)).put(url.pathname, answer.clone());
    return answer;
  } catch (error) {
    const found = await (await caches.open(kept)).match(url.pathname);
    if (found) return found;
    const text = "{% filter escapejs %}{% translate 'No network. Go back; this page was not kept on the phone.' %}{% endfilter %}";
    return new Response("<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><p style='font:20px sans-serif;margin:2rem'>" + text, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
  }
}
