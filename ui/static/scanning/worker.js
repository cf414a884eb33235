// The service worker of /scan/: a scanning page that is loaded without a network gets the offline page instead of the browser's.
// It keeps that one page and its scripts, nothing of anybody's data, and asks the network first for everything else.
const FILES = /*FILES*/[];
const NAME = 'gspflow-scan-/*VERSION*/';
const PAGE = '/scan-offline';
self.addEventListener('install', (event) => event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([PAGE, ...FILES])).then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith('gspflow-scan-') && name !== NAME).map((name) => caches.delete(name)))).then(() => self.clients.claim())));
self.addEventListener('fetch', (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin || request.method !== 'GET') return;
  if (request.mode === 'navigate' && url.pathname.startsWith('/scan/')) event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  else if (FILES.includes(url.pathname)) event.respondWith(caches.match(url.pathname).then((kept) => kept || fetch(request)));
});
