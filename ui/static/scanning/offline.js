// The page that the service worker shows when a scanning page is opened without a network: the same desk, from what this device keeps.
(() => {
  'use strict';
  const root = document.getElementById('scandesk'), task = decodeURIComponent(location.pathname.split('/')[2] || ''), last = gspScanQueue.last();
  const LOOK_MS = 4000;
  if (last) {
    document.documentElement.lang = last.lang === 'zh' ? 'zh-CN' : 'en-US';
    document.title = last.words.offline_title + ' · GSPFlow';
    gspScanDesk.start(root, { task, account: last.account, lang: last.lang, words: last.words, person: last.person, job: null, isOffline: true });
  } else {
    root.textContent = '没有网络，本机也没有保存这项任务。 / No network, and this device keeps nothing of this task.';
  }
  // As soon as the server answers again, its own page takes over and sends what waits.
  const look = async () => {
    const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
    if (answer && answer.ok) location.reload();
  };
  window.addEventListener('online', look);
  setInterval(look, LOOK_MS);
})();
