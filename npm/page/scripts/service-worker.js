// Keeps the files of one build and answers with them, with and without a network. Nothing else is kept:
// neither files of visitors nor replies of other places.
const NAME = `cretula-${"VERSION"}`;
const FILES = ["FILES"];

self.addEventListener("install", (event) => {
  const kept = caches.open(NAME).then((cache) => cache.addAll(FILES));
  event.waitUntil(kept.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forgotten = caches
    .keys()
    .then((names) => Promise.all(names.filter(isOlder).map((name) => caches.delete(name))));
  event.waitUntil(forgotten.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = request.method === "GET" && new URL(request.url).origin === self.location.origin;
  if (isOurs) event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}

const isOlder = (name) => name.startsWith("cretula-") && name !== NAME;
