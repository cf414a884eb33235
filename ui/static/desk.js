// What the pages of work share in the browser: unsaved changes, uploads, keys of the inbox.
window.gspDesk = {
  seq: 0, saved: 0,
  typed() { this.seq += 1; },
  isSaved(seq) { this.saved = Math.max(this.saved, seq); },
  upload(file, name, progress, failed) {
    return new Promise((resolve, reject) => {
      const call = new XMLHttpRequest(), body = new FormData();
      body.append('file', file, name);
      call.open('POST', '/api/v1/attachments');
      call.setRequestHeader('Idempotency-Key', crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random().toString(16).slice(2));
      call.setRequestHeader('Accept-Language', document.documentElement.lang.slice(0, 2));
      call.upload.onprogress = (event) => progress(event.loaded);
      call.onerror = () => reject(new Error(failed));
      call.onload = () => {
        let answer = {};
        try { answer = JSON.parse(call.responseText); } catch (fault) { answer = {}; }
        if (call.status >= 200 && call.status < 300) resolve(answer);
        else reject(new Error(answer.detail || answer.title || failed));
      };
      call.send(body);
    });
  },
};
window.addEventListener('beforeunload', (event) => { if (gspDesk.seq > gspDesk.saved) event.preventDefault(); });
// Keys of the inbox work only while nobody types and no dialog is open; Ctrl+Enter and Esc always do.
document.addEventListener('keydown', (event) => {
  const page = document.querySelector('[data-keys]');
  if (!page || event.altKey || event.metaKey || document.querySelector('.q-dialog')) return;
  const typing = event.target.closest('input, textarea, select, [contenteditable], .ag-root, canvas');
  const key = event.ctrlKey ? (event.key === 'Enter' ? 'ctrl+enter' : '') : event.key;
  if (!key || (typing && key !== 'ctrl+enter' && key !== 'Escape')) return;
  if (key === 'Escape' && typing) { event.target.blur(); return; }
  if (key === 'Enter' && event.target.closest('button, a, summary, [role=button]')) return;
  const known = 'j k Enter x c / ? 1 2 ctrl+enter Escape'.split(' ');
  if (!known.includes(key)) return;
  if (key === '/') { const search = document.querySelector('[data-search]'); if (search) { event.preventDefault(); search.focus(); search.select(); } return; }
  if (key === '1' || key === '2') return;
  event.preventDefault();
  page.dispatchEvent(new CustomEvent('deskkey', { detail: key }));
});
// The slash goes to the page's search box at once: a way over the server would lose what is typed next.
document.addEventListener('keydown', (event) => {
  const search = document.querySelector('[data-slash]');
  if (event.key !== '/' || !search || event.target.closest('input, textarea, select, [contenteditable]') || document.querySelector('.q-dialog')) return;
  event.preventDefault();
  search.focus();
});
Object.assign(window.gspDesk, {
  // Ids are of our own elements.
  focus(id) {
    const target = document.getElementById(id);
    if (!target) return;
    const folded = target.closest('details:not([open])');
    if (folded) folded.open = true;
    target.scrollIntoView({ block: 'center' });
    target.focus({ preventScroll: true });
  },
  rail() { const strip = document.querySelector('.steps'), on = strip && strip.querySelector('.active, .failed'); if (on) strip.scrollLeft = on.offsetLeft - (strip.clientWidth - on.clientWidth) / 2; },
  first() { const first = document.querySelector('[data-first]'); if (first && innerWidth >= 600 && !document.activeElement.matches('input, textarea, select, [tabindex="-1"], [role=menuitem]') && !document.querySelector('.refused')) first.focus({ preventScroll: true }); },
  fold() { if (innerWidth < 600) document.querySelectorAll('details.fsec:not([data-folded])').forEach((part) => { part.dataset.folded = 'once'; part.open = false; }); },
});
// Enter in the list: into the task, at the first thing to fill in.
gspDesk.into = () => {
  const first = document.querySelector('.pane [data-first], .pane .entry input, .pane .seg button, .pane .bar .btn');
  if (first) first.focus();
};
// In a menu the arrows go from line to line, as a screen reader announces it.
document.addEventListener('keydown', (event) => {
  const menu = event.target.closest && event.target.closest('[role=menu]');
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !by) return;
  const lines = [...menu.querySelectorAll('[role=menuitem]')];
  event.preventDefault();
  lines[(lines.indexOf(document.activeElement) + by + lines.length) % lines.length]?.focus();
});
