// The locations of a warehouse: a zone is a frame in its colour, an aisle a row, a location a cell. Big zones are drawn as
// one strip an aisle and opened one at a time. Arrows walk, Enter chooses, Escape lets go; a changed cell flashes once.
const WIDE = 30, HIGH = 24, LABEL = 46;
const CLOCK = 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16zm.5-13H11v6l5.2 3.1.8-1.2-4.5-2.7z';
const LOCK = 'M18 8h-1V6A5 5 0 0 0 7 6v2H6a2 2 0 0 0-2 2v10c0 1.1.9 2 2 2h12a2 2 0 0 0 2-2V10a2 2 0 0 0-2-2zM9 6a3 3 0 0 1 6 0v2H9zm9 14H6V10h12z';
export default {
  template: `
    <div class="lmzones" role="group" :aria-label="words.label + '. ' + words.keys" @keydown="key" ref="root">
      <section v-for="zone in zones" :key="zone.key" class="lmzone" :class="[zone.tone, {big: zone.strips}]" :aria-label="title(zone)" :style="{'--cells': columns(zone)}">
        <header><i class="q-icon material-icons-outlined" aria-hidden="true">{{ zone.icon.slice(2) }}</i><b>{{ zone.title }}</b>
          <span v-if="zone.range" class="rg" :class="{cold: zone.cold}"><i v-if="zone.cold" class="q-icon material-icons-outlined" aria-hidden="true">ac_unit</i>{{ zone.range }}</span>
          <button v-if="zone.strips" type="button" class="lmopen" :aria-expanded="opened === zone.key ? 'true' : 'false'" @click="toggle(zone)">{{ opened === zone.key ? words.close : words.open }}</button>
        </header>
        <div v-if="zone.strips && opened !== zone.key" class="lmstrips">
          <button v-for="aisle in zone.aisles" :key="aisle.name" type="button" class="lmstrip" :title="strip(aisle)" :aria-label="strip(aisle)" @click="toggle(zone)">
            <span>{{ aisle.name }}</span><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
              <rect class="rest" x="0" y="0" width="100" height="10"></rect><rect class="part" x="0" y="0" :width="100 * aisle.filled / aisle.cells.length" height="10"></rect>
              <rect v-for="(cell, n) in aisle.cells" v-show="cell.state === 'stopped' || cell.state === 'expired'" :key="cell.code" class="bad" :x="100 * n / aisle.cells.length" y="0" :width="Math.max(1.2, 100 / aisle.cells.length)" height="10"></rect>
            </svg><span class="n">{{ aisle.filled }}/{{ aisle.cells.length }}</span>
          </button>
        </div>
        <svg v-else v-for="rows in [laid(zone)]" :key="'m'" :viewBox="'0 0 ' + rows.width + ' ' + rows.height" :style="{'--w': rows.width}" focusable="false">
          <g v-for="row in rows.rows" :key="row.name + row.y"><text v-if="row.name" x="0" :y="row.y + 15" class="rk">{{ row.name }}</text>
            <g v-for="cell in row.cells" :key="cell.code" class="lmcell" :class="[cell.state, {on: cell.code === chosen, flash: fresh[cell.code]}]" role="button" :data-code="cell.code"
               :tabindex="cell.code === here ? 0 : -1" :aria-label="cell.says" :aria-pressed="cell.code === chosen ? 'true' : 'false'" @click="pick(cell.code)" @focus="focus = cell.code">
              <title>{{ cell.says }}</title><rect :x="cell.x" :y="row.y" width="26" height="20" rx="3"></rect>
              <path v-if="icon(cell)" :d="icon(cell)" :transform="'translate(' + (cell.x + 6) + ' ' + (row.y + 3) + ') scale(.58)'"></path>
            </g></g>
        </svg>
      </section>
    </div>`,
  emits: ['choose'],
  props: { zones: { type: Array, default: () => [] }, words: { type: Object, default: () => ({}) }, chosen: { type: String, default: '' } },
  data() { return { opened: '', focus: '', fresh: {}, before: {}, timer: null }; },
  computed: {
    all() { return this.zones.filter((zone) => !zone.strips || zone.key === this.opened).flatMap((zone) => zone.aisles.flatMap((aisle) => aisle.cells.map((cell) => cell.code))); },
    here() { const all = this.all; return all.includes(this.focus) ? this.focus : all.includes(this.chosen) ? this.chosen : all[0] || ''; },
  },
  watch: { zones() { this.compare(); } },
  mounted() { this.before = this.states(); },
  beforeUnmount() { clearTimeout(this.timer); },
  methods: {
    title(zone) { return [zone.title, zone.range].filter(Boolean).join(' '); },
    strip(aisle) { return this.words.aisle.replace('{name}', aisle.name).replace('{filled}', aisle.filled).replace('{all}', aisle.cells.length); },
    columns(zone) { return Math.min(12, Math.max(1, ...zone.aisles.map((aisle) => aisle.cells.length))); },
    icon(cell) { return cell.state === 'stopped' ? LOCK : cell.state === 'soon' || cell.state === 'expired' ? CLOCK : ''; },
    laid(zone) {
      const most = zone.strips ? 20 : 12; const rows = []; let y = 2; let wide = 1;
      for (const aisle of zone.aisles) {
        for (let at = 0; at < aisle.cells.length; at += most) {
          const cells = aisle.cells.slice(at, at + most).map((cell, n) => ({ ...cell, x: LABEL + n * WIDE }));
          rows.push({ name: at ? '' : aisle.name, y, cells }); wide = Math.max(wide, cells.length); y += HIGH;
        }
      }
      return { rows, width: LABEL + wide * WIDE, height: y };
    },
    toggle(zone) { this.opened = this.opened === zone.key ? '' : zone.key; },
    pick(code) { this.focus = code; this.$emit('choose', code === this.chosen ? '' : code); },
    states() { const found = {}; for (const zone of this.zones) for (const aisle of zone.aisles) for (const cell of aisle.cells) found[cell.code] = cell.says; return found; },
    compare() {
      const now = this.states(); const changed = {};
      for (const code of Object.keys(now)) if (code in this.before && this.before[code] !== now[code]) changed[code] = true;
      this.before = now; this.fresh = changed; clearTimeout(this.timer);
      this.timer = setTimeout(() => { this.fresh = {}; }, 1500);
    },
    key(event) {
      const cell = event.target.closest ? event.target.closest('.lmcell') : null;
      if (!cell) return;
      const all = this.all; const at = all.indexOf(cell.dataset.code);
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); this.pick(cell.dataset.code); return; }
      if (event.key === 'Escape' && this.chosen) { this.$emit('choose', ''); return; }
      let to = null;
      if (event.key === 'ArrowRight') to = all[at + 1]; else if (event.key === 'ArrowLeft') to = all[at - 1];
      else if (event.key === 'Home') to = all[0]; else if (event.key === 'End') to = all[all.length - 1];
      else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') to = this.beside(cell, event.key === 'ArrowDown');
      if (!to) return;
      event.preventDefault(); this.focus = to;
      this.$nextTick(() => { const next = this.$refs.root.querySelector('[data-code="' + CSS.escape(to) + '"]'); if (next) next.focus(); });
    },
    beside(cell, down) {
      const from = cell.getBoundingClientRect(); let best = null; let least = Infinity;
      for (const one of this.$refs.root.querySelectorAll('.lmcell')) {
        const box = one.getBoundingClientRect(); const dy = down ? box.top - from.top : from.top - box.top;
        if (dy < 8) continue;
        const far = dy + Math.abs(box.left - from.left) * 3;
        if (far < least) { least = far; best = one.dataset.code; }
      }
      return best;
    },
  },
};
