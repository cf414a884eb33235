// The desk of one task that is worked by scanning. Drawn here, not on the server, so that it works in a dead zone:
// one box that owns the scanner, the lines in big figures, a number pad, what was scanned last, what waits to be sent.
// All words come with the page; all of them go in as text.
(() => {
  'use strict';
  const DONE_MS = 350, SLOW_MS = 1500;
  const h = (tag, given, ...inner) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(given || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === 'class') element.className = value;
      else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...inner.flat(3).filter((one) => one !== null && one !== undefined && one !== false));
    return element;
  };
  const icon = (name, more) => h('i', { class: 'q-icon material-icons-outlined ' + (more || ''), 'aria-hidden': 'true' }, name);
  const number = (value) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const clock = (at) => { const day = new Date(at); return isNaN(day) ? '' : day.toTimeString().slice(0, 8); };

  class Desk {
    constructor(root, given) {
      Object.assign(this, { root, words: given.words, lang: given.lang, person: given.person, isOffline: !!given.isOffline });
      this.each = 1; this.panel = null; this.pad = null; this.line = null; this.flash = ''; this.says = '';
      this.queue = new gspScanQueue.Queue(given.task, given.account, given.lang, { told: (...one) => this.told(...one), changed: () => this.draw() });
      if (given.job) this.queue.kept.job = given.job;
      gspScanQueue.remember({ account: given.account, lang: given.lang, words: given.words, person: given.person });
      this.reader = new gspScan.Reader();
      this.build();
      if (given.job) this.queue.job(given.job); else this.draw();
      this.queue.flush();
      this.focus();
    }

    t(key, values) { return (this.words[key] || key).replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? values[name] : all)); }
    both(text) { return text ? text[this.lang] || text.en || '' : ''; }
    get job() { return this.queue.kept.job; }
    get open() { return !!(this.job && this.job.allow.includes('complete')) && !this.queue.closed; }

    // ------------------------------------------------------------------ the parts that stay

    build() {
      this.box = h('input', { class: 'sdbox', type: 'text', inputmode: 'none', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 2000, id: 'scanbox', 'data-testid': 'scan.box' });
      this.box.addEventListener('keydown', (event) => this.key(event));
      this.label = h('label', { for: 'scanbox', class: 'sdready' });
      this.status = h('div', { class: 'sdsays', role: 'status', 'data-testid': 'scan.says' });
      this.field = h('div', { class: 'sdfield' }, icon('qr_code_scanner', 'sdmark'), h('div', { class: 'sdgrow' }, this.label, this.box), h('div', { class: 'sdside' }));
      this.alert = h('div', { role: 'alert', 'data-testid': 'scan.panel' });
      this.places = {};
      for (const name of ['head', 'tiles', 'recent', 'queue', 'foot', 'over']) this.places[name] = h('div', { class: 'sd' + name });
      const { head, tiles, recent, queue, foot, over } = this.places;
      this.root.replaceChildren(head, this.field, this.status, this.alert, tiles, queue, recent, foot, over);
      document.addEventListener('click', (event) => { if (!event.target.closest('input, a, select, textarea, .camview, .q-dialog, .q-menu')) setTimeout(() => this.focus(), 0); });
      document.addEventListener('keydown', (event) => {
        // A scanner types wherever the cursor is: nothing of it is lost.
        if (event.target === this.box || event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
        if (event.target.closest && event.target.closest('input, textarea, select, .camview, .q-dialog')) return;
        if (event.key === ' ' && event.target.closest && event.target.closest('button, a')) return;
        this.focus();
      }, true);
      document.addEventListener('gspscanned', (event) => this.scanned(event.detail.value));
    }

    focus() { if (!document.querySelector('.q-dialog, .camview')) this.box.focus({ preventScroll: true }); }

    key(event) {
      const does = this.reader.key(event);
      if (!does) return;
      if (does.swallow || does.insert || does.end) event.preventDefault();
      if (does.insert) this.box.setRangeText(does.insert, this.box.selectionStart, this.box.selectionEnd, 'end');
      if (!does.end) return;
      const found = this.reader.finish(this.box.value);
      this.box.value = '';
      if (found.text) this.scanned(found.text);
    }

    // ------------------------------------------------------------------ scanning

    scanned(text) {
      const plain = text.trim();
      if (!plain) return;
      if (!this.open) { gspScan.tell(false); this.say(this.t('not_open'), 'bad'); return; }
      if (this.panel) { gspScan.tell(false); this.say(this.t('answer_first'), 'bad'); return; }
      const here = gspScanHere.judge(this.job, plain, this.each, this.pending()), isCut = this.queue.net !== 'up' || this.isOffline;
      if (isCut && here && here.code !== 'counted' && here.code !== 'checked') {
        this.refuse({ ...here, said: null, here: true, text: plain });
        return;
      }
      const guess = here && here.key ? { key: here.key, by: here.by || 0 } : null;
      const wish = this.queue.add({ kind: 'scan', text: plain, quantity: this.each, guess });
      const kept = () => { gspScan.tell(true); this.say(this.t(guess ? 'kept_fits' : 'kept_unknown'), 'kept'); };
      if (isCut) kept();
      else setTimeout(() => { if (this.queue.waiting.some((one) => one.id === wish.id)) kept(); }, SLOW_MS);
    }

    // The server's word on one scan.
    told(result, wish) {
      if (result.ok) {
        this.line = result.line || this.line;
        gspScan.tell(true);
        const what = [result.name, result.lot, result.serial, result.place].filter(Boolean).join(' · ');
        this.say([what, result.by > 0 ? '+' + number(result.by) : result.by < 0 ? number(result.by) : '', this.both(result.said)].filter(Boolean).join('  '), 'good');
        return;
      }
      this.refuse({ ...result, text: result.text || wish.text, kind: wish.kind });
    }

    refuse(fault) {
      gspScan.tell(fault.code === 'duplicate' ? 'again' : false);
      this.line = fault.line || this.line;
      this.panel = this.panel ? { ...this.panel, more: (this.panel.more || []).concat(fault) } : fault;
      this.say('', '');
      this.draw();
      const first = this.alert.querySelector('button');
      if (first) first.scrollIntoView({ block: 'center' });
    }

    say(words, tone) {
      this.says = words; this.tone = tone;
      if (tone === 'good') { this.flash = 'good'; clearTimeout(this.flashing); this.flashing = setTimeout(() => { this.flash = ''; this.draw(); }, DONE_MS); }
      this.draw();
    }

    // What waits and is thought to fit, by tile.
    pending() {
      const found = {}, gone = new Set(this.queue.waiting.filter((one) => one.kind === 'undo').map((one) => one.of));
      for (const one of this.queue.waiting) if (one.guess && !gone.has(one.id)) found[one.guess.key] = (found[one.guess.key] || 0) + one.guess.by;
      return found;
    }

    // ------------------------------------------------------------------ drawing

    draw() {
      if (!this.places) return;
      this.head(); this.ready(); this.drawPanel(); this.tiles(); this.drawQueue(); this.recent(); this.foot(); this.drawPad();
      this.status.textContent = this.says; this.status.dataset.tone = this.tone || '';
    }

    head() {
      const { net } = this.queue, down = net === 'down' || net === 'busy';
      const state = this.queue.closed ? ['block', 'closed', 'bad'] : net === 'login' ? ['lock', 'login', 'warn'] : down || this.isOffline ? ['cloud_off', 'down', 'warn'] : this.queue.sending ? ['sync', 'sending', ''] : ['cloud_done', 'up', 'ok'];
      const job = this.job;
      this.places.head.replaceChildren(...[
        this.isOffline ? h('h1', {}, job ? this.both(job.title) : this.t('offline_title')) : '',
        h('span', { class: 'sdchip ' + state[2], 'data-testid': 'scan.net', 'data-net': state[1] }, icon(state[0]), this.t('net_' + state[1])),
        h('span', { class: 'sdchip' }, icon('person'), this.person),
        job && (job.place || (job.location && !job.location_written)) ? h('span', { class: 'sdchip' + (job.place ? ' ok' : '') }, icon('place'), this.t(job.place ? 'at_place' : 'for_place', { place: job.place || job.location })) : null,
        job && job.mode !== 'live' ? h('span', { class: 'sdchip warn' }, this.t('drill')) : null,
      ].filter(Boolean));
    }

    ready() {
      const shut = !this.open || this.panel;
      this.field.className = 'sdfield ' + (this.panel ? 'stopped' : !this.open ? 'shut' : this.flash);
      this.label.textContent = this.t(this.panel ? 'stopped' : !this.open ? 'shut' : 'ready');
      this.box.setAttribute('aria-disabled', shut ? 'true' : 'false');
      const counts = this.job && this.job.counts;
      this.field.lastChild.replaceChildren(...(counts ? [
        this.each !== 1 ? h('button', { type: 'button', class: 'btn sdeach', onclick: () => { this.each = 1; this.draw(); }, 'aria-label': this.t('each_off') }, this.t('each', { n: number(this.each) }), icon('close')) : null,
        h('button', { type: 'button', class: 'btn', 'data-testid': 'scan.pad', onclick: () => this.openPad(null) }, icon('dialpad'), this.t('pad')),
      ].filter(Boolean) : []));
    }

    drawPanel() {
      const fault = this.panel;
      if (this.queue.closed) { this.alert.replaceChildren(this.closedPanel()); return; }
      if (!fault) { this.alert.replaceChildren(); return; }
      const title = this.t('why_' + fault.code);
      const compared = fault.found || fault.expected;
      const told = fault.said ? this.both(fault.said) : this.t('here_' + fault.code);
      const extra = this.job && this.job.has_extra && ['not_listed', 'wrong_lot', 'wrong_serial'].includes(fault.code) && fault.text;
      this.alert.replaceChildren(h('div', { class: 'sdpanel' + (fault.code === 'duplicate' ? ' again' : ''), 'data-code': fault.code },
        h('div', { class: 'sdptitle' }, icon(fault.code === 'duplicate' ? 'content_copy' : 'error'), h('h2', {}, title)),
        compared ? h('div', { class: 'sdpair' },
          fault.found ? h('div', {}, h('span', {}, this.t('found')), h('b', { class: 'bad' }, fault.found)) : null,
          fault.expected ? h('div', {}, h('span', {}, this.t(fault.code === 'over' ? 'still' : 'expected')), h('b', {}, fault.expected)) : null) : null,
        h('p', {}, told),
        fault.here ? h('p', { class: 'small' }, this.t('here_only')) : null,
        fault.more ? h('p', {}, this.t('more_refused', { n: fault.more.length })) : null,
        h('div', { class: 'sdanswers' },
          h('button', { type: 'button', class: 'btn primary sdmain', 'data-testid': 'scan.go_on', onclick: () => this.answer() }, icon('replay'), this.t('go_on')),
          fault.here ? h('button', { type: 'button', class: 'btn sdmain', onclick: () => { this.queue.add({ kind: 'scan', text: fault.text, quantity: this.each }); this.answer(); } }, icon('schedule_send'), this.t('let_server')) : null,
          extra && !fault.here ? h('button', { type: 'button', class: 'btn sdmain', 'data-testid': 'scan.extra', onclick: () => { this.panel = null; this.queue.add({ kind: 'extra', text: fault.text, quantity: this.each }); this.draw(); this.focus(); } }, icon('add'), this.t('add_extra')) : null)));
    }

    // The next of several that were refused after an outage, else the way is free again.
    answer() {
      const more = this.panel && this.panel.more;
      this.panel = more && more.length ? { ...more[0], more: more.slice(1).length ? more.slice(1) : undefined } : null;
      this.draw(); this.focus();
    }

    closedPanel() {
      const n = this.queue.waiting.length, { closed } = this.queue;
      return h('div', { class: 'sdpanel', 'data-code': 'closed' },
        h('div', { class: 'sdptitle' }, icon('block'), h('h2', {}, this.t('closed_title'))),
        h('p', {}, closed.detail),
        n ? h('p', {}, this.t('closed_kept', { n })) : null,
        h('div', { class: 'sdanswers' },
          n ? h('button', { type: 'button', class: 'btn primary sdmain', 'data-testid': 'scan.export', onclick: () => this.queue.exported() }, icon('download'), this.t('export')) : null,
          n && this.queue.kept.exported === n ? h('button', { type: 'button', class: 'btn danger sdmain', onclick: () => { if (confirm(this.t('drop_sure', { n }))) { this.queue.drop(); } } }, icon('delete'), this.t('drop')) : null,
          h('a', { class: 'btn sdmain', href: '/tasks/' + encodeURIComponent(this.queue.task) }, icon('visibility'), this.t('see_task'))));
    }

    tiles() {
      const job = this.job, pending = this.pending();
      if (!job) { this.places.tiles.replaceChildren(h('p', { class: 'sdempty' }, this.t('no_job'))); return; }
      const now = (one) => one.key === this.line || one.parts.some((part) => part.key === this.line) || (this.line && pending[this.line] !== undefined && one.key === this.line);
      const sorted = [...job.tiles].sort((a, b) => now(b) - now(a));
      this.places.tiles.replaceChildren(...(sorted.length ? sorted.map((one) => this.tile(one, pending[one.key] || 0, now(one))) : [h('p', { class: 'sdempty' }, this.t('no_lines'))]));
    }

    tile(one, pending, isNow) {
      const job = this.job, counted = one.counted || 0, full = one.expected !== null && counted >= one.expected && one.counted !== null;
      const part = one.parts.length === 1 ? one.parts[0] : null;
      const facts = (of) => [of.lot ? this.t('lot', { value: of.lot }) : '', of.serial ? this.t('serial', { value: of.serial }) : '', of.expiry ? this.t('expiry', { value: of.expiry }) : ''].filter(Boolean).join(' · ');
      const tile = h('section', { class: 'sdtile' + (isNow ? ' now' : '') + (full ? ' full' : '') + (one.extra ? ' extra' : ''), 'data-testid': 'scan.tile.' + one.key, 'aria-label': one.name },
        h('div', { class: 'sdname' }, full ? icon('check_circle', 'okc') : one.extra ? icon('add_box') : null, h('b', {}, one.name || '—')),
        one.about ? h('div', { class: 'small' }, one.about) : null,
        part && facts(part) ? h('div', { class: 'sdfacts' }, facts(part)) : null,
        (part && part.place) || one.place ? h('div', { class: 'sdfacts' }, icon('place', 'sdpin'), (part && part.place) || one.place) : null);
      if (job.counts) tile.append(...this.figures(one, counted, pending, full, part));
      else tile.append(h('div', { class: 'sdfigure' }, h('b', {}, one.expected === null ? '—' : number(one.expected)), h('span', {}, one.unit)), this.steps(one));
      if (one.parts.length > 1) tile.append(h('ul', { class: 'sdparts' }, one.parts.map((each) => h('li', {}, h('span', {}, facts(each), each.place ? ' · ' + each.place : ''), h('b', {}, number(each.counted)), this.setButton(each, one)))));
      return tile;
    }

    figures(one, counted, pending, full, part) {
      const shown = h('div', { class: 'sdfigure' }, h('b', { 'data-testid': 'scan.count.' + one.key }, one.counted === null ? '–' : number(counted)),
        pending ? h('em', { 'data-testid': 'scan.pending.' + one.key }, '+' + number(pending) + ' ' + this.t('unsent')) : null,
        h('span', {}, (one.expected === null ? '' : '/ ' + number(one.expected) + ' ') + one.unit));
      const bar = one.expected ? h('div', { class: 'sdbar', 'aria-hidden': 'true' }, h('i', { style: 'width:' + Math.min(100, 100 * counted / one.expected) + '%' }), h('u', { style: 'width:' + Math.min(100, 100 * pending / one.expected) + '%' })) : null;
      const note = full ? this.t('complete') : one.counted === null ? this.t('not_yet') : one.expected !== null ? this.t('left', { n: number(one.expected - counted) }) : '';
      return [shown, bar, h('div', { class: 'sdnote' }, h('span', {}, note), part && this.open ? this.setButton(part, one) : null)].filter(Boolean);
    }

    setButton(part, tile) {
      if (!this.open) return null;
      return h('button', { type: 'button', class: 'btn low', 'data-testid': 'scan.set.' + part.key, onclick: () => this.openPad(part.key, tile), 'aria-label': this.t('set_line', { name: tile.name }) }, icon('dialpad'), this.t('enter'));
    }

    // Put away: the goods, then the place.
    steps(one) {
      const job = this.job, step = (done, words) => h('li', { class: done ? 'done' : '' }, icon(done ? 'check_circle' : 'radio_button_unchecked'), words);
      return h('ol', { class: 'sdsteps' }, step(job.checked, this.t(job.checked ? 'goods_checked' : 'scan_goods')), step(!!job.location, job.location ? this.t('goes_to', { place: job.location }) : this.t('scan_place')));
    }

    drawQueue() {
      const n = this.queue.waiting.length, { net } = this.queue, quiet = net === 'up' && !this.isOffline;
      const place = this.places.queue;
      if ((!n && quiet && this.queue.keeps) || this.queue.closed) { place.replaceChildren(); return; }
      if (!n && quiet) { place.replaceChildren(h('div', { class: 'sdwait' }, icon('warning'), h('p', {}, this.t('keeps_nothing')))); return; }
      if (n && quiet && this.queue.sending && n < 3) { place.replaceChildren(); return; }
      place.replaceChildren(h('div', { class: 'sdwait', 'data-testid': 'scan.waiting', 'data-count': n }, icon(net === 'login' ? 'lock' : 'cloud_off'),
        h('div', { class: 'sdgrow' }, h('b', {}, n ? this.t('waiting', { n, since: clock(this.queue.since) }) : this.t('waiting_none')), h('p', {}, this.t(net === 'login' ? 'waiting_login' : n ? 'waiting_note' : 'offline_note')), this.queue.keeps ? null : h('p', { class: 'bad' }, this.t('keeps_nothing'))),
        net === 'login' ? h('a', { class: 'btn sdmain', href: '/login?next=' + encodeURIComponent(location.pathname) }, icon('login'), this.t('sign_in'))
          : h('button', { type: 'button', class: 'btn sdmain', 'data-testid': 'scan.retry', onclick: () => { this.queue.fails = 0; this.queue.flush(); } }, icon('refresh'), this.t('retry')),
        n ? h('button', { type: 'button', class: 'btn sdmain', 'data-testid': 'scan.export', onclick: () => this.queue.exported() }, icon('download'), this.t('export')) : null));
    }

    recent() {
      const gone = new Set(this.queue.waiting.filter((one) => one.kind === 'undo').map((one) => one.of));
      const unsent = [...this.queue.waiting].reverse().map((one) => this.unsentRow(one, gone));
      const sent = ((this.job && this.job.recent) || []).map((one) => this.sentRow(one, gone));
      const rows = [...unsent, ...sent].slice(0, 8);
      this.places.recent.replaceChildren(...(rows.length ? [h('div', { class: 'sdrhead' }, h('h2', {}, this.t('recent')), h('span', { class: 'small' }, icon('undo'), this.t('undo_note'))), h('ul', { 'data-testid': 'scan.recent' }, rows)] : []));
    }

    unsentRow(one, gone) {
      const words = one.kind === 'undo' ? this.t('undo_row') : one.kind === 'set' ? this.t('set_row', { n: number(one.quantity) }) : one.text.replace(/\u001d/g, '␝');
      return h('li', { class: 'unsent' + (gone.has(one.id) ? ' gone' : '') }, h('time', {}, clock(one.at)), icon('schedule'), h('span', { class: 'sdgrow mono' }, words), h('span', { class: 'sdchip warn' }, this.t('unsent')),
        one.kind !== 'undo' && !gone.has(one.id) && this.open ? this.undoButton(one.id) : null);
    }

    sentRow(one, gone) {
      const what = [one.name, one.lot ? this.t('lot', { value: one.lot }) : '', one.serial ? this.t('serial', { value: one.serial }) : '', one.place ? one.place : ''].filter(Boolean).join(' ');
      const undone = one.undone || gone.has(one.id);
      return h('li', { class: (one.ok ? '' : 'turned') + (undone ? ' gone' : '') }, h('time', {}, clock(one.at)), icon(one.ok ? (one.kind === 'undo' ? 'undo' : 'check_circle') : 'block', one.ok ? 'okc' : 'badc'),
        h('span', { class: 'sdgrow' }, what || one.text.replace(/\u001d/g, '␝').slice(0, 60), one.ok ? '' : ' — ' + this.t('why_' + one.code)), one.by ? h('b', { class: 'n' }, (one.by > 0 ? '+' : '') + number(one.by)) : null,
        undone ? h('span', { class: 'small' }, this.t('taken_back')) : one.ok && one.kind !== 'undo' && this.open ? this.undoButton(one.id) : null);
    }

    undoButton(id) {
      return h('button', { type: 'button', class: 'btn', 'data-testid': 'scan.undo', onclick: () => { this.queue.add({ kind: 'undo', of: id }); this.draw(); this.focus(); } }, icon('undo'), this.t('undo'));
    }

    foot() {
      const job = this.job, n = this.queue.waiting.length, lacks = [];
      if (this.panel) lacks.push(this.t('lack_panel'));
      if (n) lacks.push(this.t('lack_unsent', { n }));
      if (this.queue.net !== 'up' || this.isOffline) lacks.push(this.t('lack_net'));
      const todo = job ? job.tiles.filter((one) => job.counts && (one.counted === null || (one.expected !== null && one.counted < one.expected))).length : 0;
      if (todo) lacks.push(this.t('lack_lines', { n: todo }));
      if (job) for (const one of job.missing.slice(0, 2)) if (one.label) lacks.push(this.t('lack_field', { name: this.both(one.label) }));
      const off = !!(this.panel || n || this.queue.net !== 'up' || this.isOffline || !this.open);
      const words = this.t(job && job.sign ? 'finish_sign' : 'finish');
      this.places.foot.replaceChildren(
        h('a', { class: 'btn sdmain', href: '/scan' }, icon('pause'), this.t('pause')),
        h(off ? 'button' : 'a', { class: 'btn primary sdmain sdgrow' + (off ? ' off' : ''), type: off ? 'button' : null, href: off ? null : '/tasks/' + encodeURIComponent(this.queue.task), 'aria-disabled': off ? 'true' : null, 'data-testid': 'scan.finish' },
          h('span', {}, h('b', {}, words), lacks.length ? h('small', {}, this.t('lacks', { what: lacks.join(this.lang === 'zh' ? '、' : ', ') })) : null)));
    }

    // ------------------------------------------------------------------ the number pad

    openPad(line, tile) { this.pad = { line, name: tile ? tile.name : '', typed: '' }; this.draw(); const first = this.places.over.querySelector('button'); if (first) first.focus(); }
    closePad() { this.pad = null; this.draw(); this.focus(); }

    drawPad() {
      const pad = this.pad, place = this.places.over;
      if (!pad) { place.replaceChildren(); return; }
      const press = (digit) => { if (pad.typed.length < 7) pad.typed = (pad.typed + digit).replace(/^0+(?=\d)/, ''); shown.textContent = pad.typed || '0'; };
      const shown = h('output', { class: 'sdtyped', 'data-testid': 'scan.typed' }, pad.typed || '0');
      const digits = [...'123456789'].map((digit) => h('button', { type: 'button', class: 'btn', 'data-testid': 'scan.digit.' + digit, onclick: () => press(digit) }, digit));
      digits.push(h('button', { type: 'button', class: 'btn', onclick: () => { pad.typed = ''; shown.textContent = '0'; } }, this.t('clear')), h('button', { type: 'button', class: 'btn', 'data-testid': 'scan.digit.0', onclick: () => press('0') }, '0'),
        h('button', { type: 'button', class: 'btn', 'aria-label': this.t('backspace'), onclick: () => { pad.typed = pad.typed.slice(0, -1); shown.textContent = pad.typed || '0'; } }, icon('backspace')));
      const done = () => {
        const n = Number(pad.typed || '0');
        if (pad.line) this.queue.add({ kind: 'set', line: pad.line, quantity: n }); else this.each = Math.max(1, n);
        this.closePad();
      };
      const title = pad.line ? this.t('pad_line', { name: pad.name }) : this.t('pad_each');
      place.replaceChildren(h('div', { class: 'sdshade', onclick: () => this.closePad() }), h('div', { class: 'sdpad', role: 'dialog', 'aria-modal': 'true', 'aria-label': title, onkeydown: (event) => { if (event.key === 'Escape') this.closePad(); else if (/^\d$/.test(event.key)) { event.preventDefault(); event.stopPropagation(); press(event.key); } } },
        h('h2', {}, title), shown, h('div', { class: 'sddigits' }, digits),
        h('div', { class: 'sdanswers' }, h('button', { type: 'button', class: 'btn sdmain', onclick: () => this.closePad() }, this.t('cancel')), h('button', { type: 'button', class: 'btn primary sdmain', 'data-testid': 'scan.pad_done', onclick: done }, this.t(pad.line ? 'pad_line_do' : 'pad_each_do')))));
    }
  }

  window.gspScanDesk = { start: (root, given) => new Desk(root, given) };
})();
