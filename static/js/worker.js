/**
 * Keeps the tablets' files for a reload without the network, and nothing else: what the API answers
 * never passes here. The server puts VERSION and FILES (path: SHA-256) before this text.
 */
/* global VERSION, FILES */
const PREFIX = "shell-";
const NAME = PREFIX + VERSION;

self.addEventListener("install", (event) => event.waitUntil(fetchAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropOthers()));

// A page that is idle asks for the new version, and loads itself again when it is there.
self.addEventListener("message", ({ data }) => {
  if (data === "use") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const ours = origin === self.location.origin && pathname in FILES;
  if (ours && event.request.method === "GET") event.respondWith(answer(pathname));
});

async function answer(path) {
  const cache = await caches.open(NAME);
  return (await cache.match(path)) || fetch(path, { credentials: "omit" });
}

// All or nothing: a file that is not of this version fails the installation, which is tried again.
async function fetchAll() {
  const cache = await caches.open(NAME);
  await Promise.all(Object.keys(FILES).map((path) => fetchOne(cache, path)));
}

async function fetchOne(cache, path) {
  const response = await fetch(path, { cache: "no-cache", credentials: "omit", redirect: "error" });
  const body = await response.clone().arrayBuffer();
  if ((await sha256(body)) !== FILES[path]) throw new Error(`${path} is of another version`);
  await cache.put(path, response);
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function dropOthers() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(others.map((name) => caches.delete(name)));
}
