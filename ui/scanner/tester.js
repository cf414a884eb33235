// What a scanner sends, key by key, and what that means: for a code whose content is known.
const BAD = ['gs_lost', 'gs_replaced', 'upper', 'lower', 'case_swapped', 'case_mixed', 'ime', 'wide', 'layout', 'id_plain'];
const GOOD = ['gs_right', 'gs_f8', 'id_right', 'end_enter'];
const ICONS = { good: 'check_circle', bad: 'error', better: 'info', unknown: 'help', works: 'check_circle' };
export default {
  template: `
    <div class="scantest">
      <label :for="cid" class="lb">{{ words.box.label }}</label>
      <div class="scanline">
        <i class="q-icon material-icons-outlined" aria-hidden="true">qr_code_scanner</i>
        <input ref="box" :id="cid" class="box" type="text" autocomplete="off" spellcheck="false" :placeholder="words.box.ready" data-testid="scanner.box" @keydown="key">
      </div>
      <div role="status" aria-live="polite">
        <div v-if="!done" class="small">{{ words.result.none }}</div>
        <template v-else>
          <div class="scanverdict" :class="verdict" data-testid="scanner.verdict"><i class="q-icon material-icons-outlined" aria-hidden="true">{{ icon(verdict) }}</i><span>{{ words.result[verdict] }}</span></div>
          <ul class="findings">
            <li v-for="one in done.found" :key="one.code" :class="kind(one.code)" :data-testid="'finding.' + one.code">
              <i class="q-icon material-icons-outlined" aria-hidden="true">{{ icon(kind(one.code)) }}</i><span>{{ said(one) }}</span>
            </li>
          </ul>
        </template>
      </div>
      <div v-if="learned" class="fx wrap keepit">
        <button type="button" class="btn primary" @click="keep" data-testid="scanner.keep">{{ words.kept.save }}</button>
        <span class="small">{{ summary(done.learned) }}</span>
      </div>
      <div v-if="kept" class="fx wrap keepit" data-testid="scanner.kept">
        <span class="small grow">{{ words.kept.now }}：{{ summary(kept) }}</span>
        <button type="button" class="btn low" @click="forget">{{ words.kept.forget }}</button>
      </div>
      <div class="small" role="status">{{ saved }}</div>
      <template v-if="done">
        <h2>{{ words.arrived.title }}</h2>
        <dl class="arrived">
          <dt>{{ words.arrived.text }}</dt><dd class="mono" data-testid="scanner.data">{{ visible(done.data) }}</dd>
          <dt>{{ words.arrived.raw }}</dt><dd class="mono">{{ visible(done.raw) }}</dd>
          <dt>{{ words.arrived.id }}</dt><dd class="mono">{{ done.id || words.arrived.none }}</dd>
          <dt>{{ words.arrived.separator }}</dt><dd>{{ done.separators.join(', ') || words.arrived.none }}</dd>
          <dt>{{ words.arrived.end }}</dt><dd>{{ done.end || words.arrived.none }}</dd>
          <dt>{{ words.arrived.pace }}</dt><dd>{{ words.arrived.ms.replace('{n}', Math.round(done.pace)) }}</dd>
          <dt>{{ words.arrived.count }}</dt><dd>{{ done.keys.length }}</dd>
        </dl>
        <details class="keys"><summary>{{ words.keys.title }}</summary>
          <div class="keylist" tabindex="0" role="region" :aria-label="words.keys.title"><table>
            <thead><tr><th>{{ words.keys.key }}</th><th>{{ words.keys.code }}</th><th>{{ words.keys.with }}</th><th>{{ words.keys.gap }}</th></tr></thead>
            <tbody><tr v-for="(one, at) in done.keys" :key="at"><td class="mono">{{ one.key === ' ' ? '␣' : one.key }}</td><td>{{ one.code }}</td><td>{{ beside(one) }}</td><td class="num">{{ at ? Math.round(one.at - done.keys[at - 1].at) + ' ms' : '' }}</td></tr></tbody>
          </table></div>
        </details>
      </template>
    </div>`,
  emits: ['scanned'],
  props: { words: Object, expected: String, cid: String },
  data() { return { done: null, saved: '', kept: this.any(gspScan.profile()) }; },
  created() { this.reader = new gspScan.Reader(); this.idle = null; },
  mounted() { if (innerWidth >= 600) this.$refs.box.focus({ preventScroll: true }); },
  beforeUnmount() { clearTimeout(this.idle); },
  computed: {
    learned() { return this.done && this.any(this.done.learned) && !this.kept; },
    verdict() {
      const codes = this.done.found.map((one) => one.code);
      if (codes.includes('other_code')) return 'unknown';
      if (codes.some((code) => this.kind(code) === 'bad')) return 'bad';
      return codes.every((code) => GOOD.includes(code)) ? 'good' : 'works';
    },
  },
  methods: {
    any(found) { return found && Object.keys(found).length ? found : null; },
    // What this device takes care of is no reason any more to leave the scanner.
    isCared(code) { return !!this.kept && code === 'gs_replaced' && this.kept.gs === (this.done.learned || {}).gs; },
    kind(code) { if (this.isCared(code)) return 'better'; return GOOD.includes(code) ? 'good' : BAD.includes(code) ? 'bad' : 'better'; },
    icon(kind) { return ICONS[kind]; },
    said(one) { return (this.words.finding[one.code] || one.code).replace('{shown}', this.visible(one.shown || '')); },
    visible(text) { return text.replace(/\u001d/g, '<GS>'); },
    beside(one) { return [one.ctrl && 'Ctrl', one.shift && 'Shift', one.caps && 'Caps', one.ime && this.words.keys.ime].filter(Boolean).join(' + '); },
    summary(found) {
      const words = this.words.kept, say = (name) => words[name].replace('{shown}', this.visible(String(found[name])));
      return ['prefix', 'suffix', 'gs', 'lost'].filter((name) => found[name]).map(say).join('；');
    },
    key(event) {
      if (event.key === 'Tab' && !this.reader.isScan()) return;
      const does = this.reader.key(event);
      clearTimeout(this.idle);
      if (does && (does.swallow || does.insert || does.end)) event.preventDefault();
      if (does && does.insert) { const box = this.$refs.box; box.setRangeText(does.insert, box.selectionStart, box.selectionEnd, 'end'); }
      if (does && does.end) { this.finish(does.end); return; }
      this.idle = setTimeout(() => { if (this.reader.isScan()) this.finish(null); }, 700);
    },
    finish(end) {
      const box = this.$refs.box, reader = this.reader, ime = reader.ime && reader.isScan();
      const raw = ime ? reader.built : box.value;
      if (!raw) return;
      const beside = { separators: reader.separators, end, ime, caps: reader.caps, pace: reader.pace() };
      const cleaned = gspScan.clean(raw, { caps: reader.caps, ime, isScan: true, kept: gspScan.profile() });
      this.saved = '';
      this.done = { ...gspScan.diagnose(reader.keys, raw, this.expected, beside), ...beside, raw: box.value || raw, data: cleaned.text, keys: reader.keys.slice() };
      gspScan.tell(this.verdict !== 'bad');
      reader.reset();
      box.blur(); box.focus();
      setTimeout(() => { box.value = ''; if (this.$refs.answer) this.$refs.answer.scrollIntoView({ block: innerWidth < 900 ? 'center' : 'nearest' }); }, 20);
      this.$emit('scanned', { value: cleaned.text, told: cleaned.told });
    },
    keep() {
      const isKept = gspScan.learn(this.done.learned);
      this.kept = isKept ? this.done.learned : null;
      this.saved = isKept ? this.words.kept.saved : this.words.kept.failed;
    },
    forget() { gspScan.learn(null); this.kept = null; this.saved = this.words.kept.forgotten; },
  },
};
