// Opens the page of posting by hand, and nothing else, without a line: from the copy that page keeps of itself. Served
// as /posting/worker.js for the scope /posting. The copy is a day old at most, and goes when its owner signs out.
"use strict";
const CACHE = "loa-posting";
const PAGE = "/posting";
const OLDEST = 24 * 3600 * 1000;
const PATIENCE = 6000; // milliseconds a slow line has before the copy is shown

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const kept = (what) => caches.match(what, { cacheName: CACHE }); // opening the cache would make it anew

async function copyOf() {
  const copy = await kept(PAGE);
  if (!copy) return undefined;
  if (Date.now() - Date.parse(copy.headers.get("date")) < OLDEST) return copy;
  await caches.delete(CACHE);
  return undefined;
}

async function page(request) {
  const copy = await copyOf();
  const late = copy && new Promise((resolve) => setTimeout(() => resolve(copy), PATIENCE));
  const answer = fetch(request).then(async (found) => {
    if (found.status === 401 || found.status === 403) await caches.delete(CACHE);
    return found;
  });
  if (!copy) return answer;
  return Promise.race([answer.catch(() => copy), late]);
}

async function file(request) {
  return (await kept(request)) || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const address = new URL(url);
  if (method !== "GET" || address.origin !== self.location.origin) return;
  if (mode === "navigate" && address.pathname === PAGE) event.respondWith(page(event.request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(file(event.request));
});
