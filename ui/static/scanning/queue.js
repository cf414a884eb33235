// Scans that wait on this device until the server has answered them: kept by account and task, numbered, sent in order.
// Each has an id made here, so that sending one twice counts once. Nothing here ever says that something is saved or signed:
// only the server's answer takes a scan out of the queue.
(() => {
  'use strict';
  const PREFIX = 'gspflow.scan.';
  const BATCH = 50, PATIENCE = 15000, PAUSES = [2000, 4000, 8000, 15000];

  function fresh() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, '0')).join(''); // a page without https
  }

  class Queue {
    // `told(result)` is called for each answer of the server, `changed()` whenever something is to be drawn anew.
    constructor(task, account, lang, { told, changed }) {
      Object.assign(this, { task, account, lang, told, changed, key: PREFIX + account + '.' + task });
      this.net = navigator.onLine === false ? 'down' : 'up';
      this.closed = null; this.sending = false; this.fails = 0; this.keeps = true; this.timer = null;
      this.kept = { seq: 0, waiting: [], job: null, exported: 0 };
      this.read();
      window.addEventListener('online', () => { this.fails = 0; this.flush(); });
      window.addEventListener('offline', () => { this.net = 'down'; this.changed(); });
      window.addEventListener('storage', (event) => { if (event.key === this.key) { this.read(); this.changed(); } }); // another tab of the same device
    }

    read() {
      try { this.kept = { ...this.kept, ...JSON.parse(localStorage.getItem(this.key) || '{}') }; } catch (fault) { this.keeps = false; }
    }
    write() {
      try { localStorage.setItem(this.key, JSON.stringify(this.kept)); this.keeps = true; } catch (fault) { this.keeps = false; }
      this.changed();
    }

    get waiting() { return this.kept.waiting; }
    get since() { return this.kept.waiting.length ? this.kept.waiting[0].at : null; }

    add(wish) {
      this.read();
      this.kept.seq += 1;
      const one = { text: '', quantity: 1, line: null, of: null, ...wish, id: fresh(), seq: this.kept.seq, at: new Date().toISOString() };
      this.kept.waiting.push(one);
      this.write();
      this.flush();
      return one;
    }

    job(job) { this.kept.job = job; this.write(); }

    async flush() {
      clearTimeout(this.timer);
      if (this.sending || this.closed || !this.waiting.length) { this.changed(); return; }
      this.sending = true; this.changed();
      let answer = null;
      try { answer = await this.post(this.waiting.slice(0, BATCH)); } catch (fault) { answer = null; } // no way to the server: the scans stay
      this.sending = false;
      await this.take(answer);
    }

    async post(batch) {
      const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE);
      try {
        return await fetch('/api/v1/tasks/' + encodeURIComponent(this.task) + '/scans', {
          method: 'POST', signal: stop.signal, cache: 'no-store', headers: { 'Content-Type': 'application/json', 'Accept-Language': this.lang },
          body: JSON.stringify({ account: this.account, scans: batch.map(({ id, seq, kind, text, quantity, line, of, at }) => ({ id, seq, kind, text, quantity, line, of, at })) }),
        });
      } finally { clearTimeout(timer); }
    }

    async take(answer) {
      let body = null;
      if (answer) { try { body = await answer.json(); } catch (fault) { body = null; } }
      if (!answer || !body || answer.status >= 500 || answer.status === 429) { this.later(answer ? 'busy' : 'down'); return; }
      this.fails = 0;
      if (answer.status === 401) { this.net = 'login'; this.changed(); return; }
      if (!answer.ok) { this.net = 'up'; this.closed = { status: answer.status, code: body.code, detail: body.detail || body.title }; this.changed(); return; }
      this.net = 'up';
      this.read();
      const done = new Set(body.results.map((one) => one.id));
      const mine = new Map(this.kept.waiting.map((one) => [one.id, one]));
      this.kept.waiting = this.kept.waiting.filter((one) => !done.has(one.id));
      this.kept.job = body.job;
      this.write();
      for (const one of body.results) this.told(one, mine.get(one.id) || {});
      this.flush();
    }

    later(why) {
      this.net = why;
      this.timer = setTimeout(() => this.flush(), PAUSES[Math.min(this.fails, PAUSES.length - 1)]);
      this.fails += 1;
      this.changed();
    }

    // What waits, as a table that people and spreadsheets read.
    exported() {
      const cell = (value) => '"' + String(value === null || value === undefined ? '' : value).replace(/"/g, '""').replace(/\u001d/g, '<GS>') + '"';
      const head = ['task', 'account', 'seq', 'at', 'kind', 'code', 'quantity', 'line', 'id'];
      const rows = this.waiting.map((one) => [this.task, this.account, one.seq, one.at, one.kind, one.text, one.quantity, one.line, one.id]);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(['\ufeff' + [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')], { type: 'text/csv' }));
      link.download = 'scans-' + this.task.slice(0, 12) + '.csv';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      this.kept.exported = this.waiting.length;
      this.write();
    }

    drop() { this.kept.waiting = []; this.kept.exported = 0; this.write(); }
  }

  // Every task with scans that wait on this device: [{account, task, count, since}].
  function waiting() {
    const found = [];
    try {
      for (let at = 0; at < localStorage.length; at += 1) {
        const key = localStorage.key(at);
        if (!key.startsWith(PREFIX) || key.startsWith(PREFIX + '~')) continue;
        const kept = JSON.parse(localStorage.getItem(key)), cut = key.lastIndexOf('.');
        if (kept && kept.waiting && kept.waiting.length) found.push({ account: key.slice(PREFIX.length, cut), task: key.slice(cut + 1), count: kept.waiting.length, since: kept.waiting[0].at });
      }
    } catch (fault) { return found; } // a browser that keeps nothing has nothing waiting
    return found;
  }

  // What the offline page needs to know of the last page that was open: who scanned, in which language, with which words.
  const LAST = PREFIX + '~last';
  function remember(last) { try { localStorage.setItem(LAST, JSON.stringify(last)); } catch (fault) { return false; } return true; }
  function last() { try { return JSON.parse(localStorage.getItem(LAST)); } catch (fault) { return null; } }

  window.gspScanQueue = { Queue, waiting, remember, last };
})();
