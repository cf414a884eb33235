// The records of a case in one line: evenly spaced, the shape says the kind, refusals stand above because they are
// another chain. One pill names the record. Keys: arrows, Shift+arrows (signatures), Home, End, Space (play).
export default {
  template: `
    <div class="rslider" ref="root">
      <div class="ctl" role="group" :aria-label="words.controls">
        <button type="button" :aria-label="words.first" :title="words.first + ' (Home)'" @click="go(first)"><i class="q-icon material-icons-outlined" aria-hidden="true">first_page</i></button>
        <button type="button" :aria-label="words.previous" :title="words.previous + ' (←)'" @click="step(-1)"><i class="q-icon material-icons-outlined" aria-hidden="true">chevron_left</i></button>
        <button type="button" class="main" :aria-label="playing ? words.pause : words.play" :title="(playing ? words.pause : words.play) + ' (Space)'" :aria-pressed="playing ? 'true' : 'false'" @click="toggle" data-testid="slider.play"><i class="q-icon material-icons-outlined" aria-hidden="true">{{ playing ? 'pause' : 'play_arrow' }}</i></button>
        <button type="button" :aria-label="words.next" :title="words.next + ' (→)'" @click="step(1)"><i class="q-icon material-icons-outlined" aria-hidden="true">chevron_right</i></button>
        <button type="button" :aria-label="words.last" :title="words.last + ' (End)'" @click="go(last)"><i class="q-icon material-icons-outlined" aria-hidden="true">last_page</i></button>
      </div>
      <div class="track" ref="track" role="slider" tabindex="0" data-testid="slider" :aria-label="words.label" :aria-valuemin="first" :aria-valuemax="last"
           :aria-valuenow="at" :aria-valuetext="spoken" @keydown="key" @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="up">
        <svg :width="width" height="78" aria-hidden="true" focusable="false">
          <text v-for="time in times" :key="'t' + time.x" :x="time.x" y="12" :text-anchor="time.anchor" class="tm">{{ time.words }}</text>
          <line class="rest" :x1="x(first)" :x2="x(last)" y1="42" y2="42"></line>
          <line class="past" :x1="x(first)" :x2="x(at)" y1="42" y2="42"></line>
          <path v-for="mark in marks" :key="mark.seq" :d="mark.d" :class="['mk', mark.kind, {future: mark.seq > at}]"></path>
          <path v-for="(one, n) in refused" :key="'r' + n" :d="one.d" class="mk refusal" :class="{future: one.after >= at && one.after !== at}"></path>
          <circle class="here" :cx="x(at)" cy="42" r="10"></circle>
        </svg>
        <span class="pill" aria-hidden="true" :style="{left: pill + 'px'}">{{ current.words }}</span>
      </div>
    </div>`,
  props: { records: { type: Array, default: () => [] }, refusals: { type: Array, default: () => [] }, value: { type: Number, default: 1 }, words: { type: Object, default: () => ({}) } },
  data() { return { at: this.value, width: 600, playing: false, timer: null, sent: null, drag: false, watcher: null }; },
  computed: {
    first() { return this.records.length ? this.records[0].seq : 1; },
    last() { return this.records.length ? this.records[this.records.length - 1].seq : 1; },
    current() { return this.records.find((one) => one.seq === this.at) || { words: '', spoken: '' }; },
    spoken() { return this.current.spoken || this.current.words; },
    gap() { return (this.width - 44) / Math.max(1, this.last - this.first); },
    pill() { return Math.min(this.width - 76, Math.max(76, this.x(this.at))); },
    marks() {
      // Too many for single dots: the line shows the density, signatures, decisions and ends stay single.
      const small = this.gap < 6;
      return this.records.filter((one) => !small || one.kind !== 'system').map((one) => ({ seq: one.seq, kind: one.kind, d: this.shape(one.kind, this.x(one.seq), 42) }));
    },
    refused() { return this.refusals.map((one) => ({ after: one.after, d: this.cross(this.x(one.after) + Math.min(10, this.gap / 2), 26) })); },
    times() {
      const shown = []; let end = -100;
      for (const one of this.records) {
        const x = this.x(one.seq); const wide = one.time.length * 7 + 18;
        const later = x > this.width - wide / 2;
        const left = later ? x - wide : x - wide / 2;
        if (left < end || (shown.length && shown[shown.length - 1].words === one.time)) continue;
        shown.push({ x, words: one.time, anchor: shown.length === 0 ? 'start' : later ? 'end' : 'middle' });
        end = (shown.length === 1 ? x + wide : left + wide) + 26;
      }
      return shown;
    },
  },
  watch: { value(seq) { if (seq !== this.at && !this.drag && this.sent === null) this.at = seq; } },
  mounted() {
    this.watcher = new ResizeObserver(() => { if (this.$refs.track) this.width = Math.max(200, this.$refs.track.clientWidth); });
    this.watcher.observe(this.$refs.track);
    this.onkey = (event) => {
      // Arrows mean nothing to a button, so they keep moving the case; what is typed into or walked by itself keeps its keys.
      const own = "input, textarea, select, [role=slider], [role=application], .pcanvas, .q-dialog, .q-menu";
      const press = "button, a, summary";
      if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(own) || (event.key === ' ' && event.target.closest(press))) return;
      if (event.target.closest('[tabindex="0"]') && !event.target.closest(press)) return;
      this.key(event);
    };
    document.addEventListener('keydown', this.onkey);
  },
  beforeUnmount() { this.watcher.disconnect(); document.removeEventListener('keydown', this.onkey); clearTimeout(this.timer); this.playing = false; },
  methods: {
    x(seq) { return 22 + (Math.min(Math.max(seq, this.first), this.last) - this.first) * this.gap; },
    shape(kind, x, y) {
      if (kind === 'signed') return `M${x} ${y - 7}L${x + 7} ${y}L${x} ${y + 7}L${x - 7} ${y}Z`;
      if (kind === 'decided') return `M${x} ${y - 7}L${x + 7} ${y + 6}L${x - 7} ${y + 6}Z`;
      if (kind === 'end') return `M${x - 5} ${y - 5}h10v10h-10Z`;
      if (kind === 'incident') return `M${x - 6} ${y - 6}h12v12h-12ZM${x - 3} ${y - 3}v6h6v-6Z`;
      const r = kind === 'act' ? 5.5 : 3;
      return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    },
    cross(x, y) { return `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}`; },
    go(seq) {
      const to = Math.min(this.last, Math.max(this.first, seq));
      if (to === this.at) return;
      this.at = to; this.tell();
    },
    tell() {
      // At most one seek each 60 ms: holding a key must not queue up work on the server.
      if (this.sent !== null) return;
      this.sent = setTimeout(() => { this.sent = null; this.$emit('seek', { seq: this.at }); }, 60);
    },
    step(way) { this.pause(); this.go(this.at + way); },
    sign(way) {
      const found = this.records.filter((one) => one.kind === 'signed' && (way > 0 ? one.seq > this.at : one.seq < this.at));
      if (found.length) this.go((way > 0 ? found[0] : found[found.length - 1]).seq);
    },
    key(event) {
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (way && (event.target.getAttribute('role') === 'slider' || event.key === 'ArrowRight' || event.key === 'ArrowLeft')) { event.shiftKey ? (this.pause(), this.sign(way)) : this.step(way); }
      else if (event.key === 'Home') { this.pause(); this.go(this.first); }
      else if (event.key === 'End') { this.pause(); this.go(this.last); }
      else if (event.key === ' ') { this.toggle(); }
      else return;
      event.preventDefault();
    },
    toggle() { if (this.playing) { this.pause(); return; } if (this.at >= this.last) { this.at = this.first; this.tell(); } this.playing = true; this.tick(); },
    tick() { clearTimeout(this.timer); this.timer = setTimeout(() => { if (!this.playing) return; this.go(this.at + 1); if (this.at >= this.last) this.pause(); else this.tick(); }, 900); },
    pause() { this.playing = false; clearTimeout(this.timer); },
    near(event) { const left = this.$refs.track.getBoundingClientRect().left; return this.first + Math.round((event.clientX - left - 22) / this.gap); },
    down(event) { this.pause(); this.drag = true; this.$refs.track.setPointerCapture(event.pointerId); this.go(this.near(event)); },
    move(event) { if (this.drag) this.go(this.near(event)); },
    up() { this.drag = false; },
    set(seq) { this.at = seq; },
  },
};
