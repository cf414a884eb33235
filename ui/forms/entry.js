// One box a person types into: text, long text, number, date, moment, choice or tick.
// It keeps what is being typed; the server hears of it after a pause, on leaving the box, and before any click.
export default {
  template: `
    <span class="entry" :class="['as-' + kind, {unit: unit, pick: picks}]">
      <textarea v-if="kind === 'textarea'" class="box" v-bind="common" :rows="rows" v-model="text" @input="typed" @blur="left"></textarea>
      <select v-else-if="kind === 'select'" class="box" v-bind="common" v-model="text" @change="chosen" @blur="left">
        <option value=""></option>
        <option v-for="choice in choices" :key="choice.value" :value="choice.value">{{ choice.label }}</option>
      </select>
      <input v-else-if="kind === 'checkbox'" type="checkbox" v-bind="common" v-model="tick" @change="chosen" @blur="left">
      <input v-else class="box" type="text" v-bind="common" v-model="text" @input="typed" @blur="left" @keydown="key">
      <span v-if="unit" class="suffix" aria-hidden="true">{{ unit }}</span>
      <button v-if="picks" type="button" class="ib opener" :aria-label="pickLabel" :title="pickLabel" @click="open"><i class="q-icon material-icons-outlined" aria-hidden="true">event</i></button>
      <input v-if="picks" ref="picker" class="picker" tabindex="-1" aria-hidden="true" :type="kind === 'date' ? 'date' : 'datetime-local'" @input="picked">
    </span>`,
  emits: ['change', 'left', 'scanned'],
  props: {
    kind: { type: String, default: 'text' }, value: { default: '' }, rev: { type: Number, default: 0 }, cid: String,
    choices: { type: Array, default: () => [] }, unit: String, placeholder: String, mode: String, describedby: String,
    label: String, invalid: Boolean, required: Boolean, first: Boolean, pickLabel: String, rows: { type: Number, default: 3 },
    mark: String, scan: Boolean, name: String, max: Number,
  },
  data() { return { text: this.shown(this.value), tick: this.value === true, timer: null, waiting: false }; },
  computed: {
    picks() { return this.kind === 'date' || this.kind === 'datetime'; },
    common() {
      return { id: this.cid, placeholder: this.placeholder || null, inputmode: this.mode || null, autocomplete: 'off', maxlength: this.max || null,
        'aria-describedby': this.describedby || null, 'aria-invalid': this.invalid ? 'true' : null, 'aria-label': this.label || null,
        'aria-required': this.required ? 'true' : null, 'data-testid': this.mark || null, 'data-first': this.first ? 'true' : null };
    },
  },
  watch: {
    value() { this.take(); },
    rev() { this.take(); },
  },
  created() { if (this.scan) this.reader = new gspScan.Reader(); },
  mounted() { document.addEventListener('click', this.flush, true); document.addEventListener('keydown', this.hurry, true); },
  beforeUnmount() { document.removeEventListener('click', this.flush, true); document.removeEventListener('keydown', this.hurry, true); clearTimeout(this.timer); },
  methods: {
    shown(value) { return value === null || value === undefined ? '' : String(value); },
    take() { if (!this.waiting) { this.text = this.shown(this.value); this.tick = this.value === true; } },
    typed() { gspDesk.typed(); this.waiting = true; clearTimeout(this.timer); this.timer = setTimeout(this.flush, 200); },
    chosen() { gspDesk.typed(); this.waiting = true; this.flush(); },
    flush() {
      if (!this.waiting) return;
      this.waiting = false; clearTimeout(this.timer);
      this.$emit('change', { value: this.kind === 'checkbox' ? this.tick : this.text, seq: gspDesk.seq });
    },
    hurry(event) { if ((event.ctrlKey && event.key === 'Enter') || event.key === 'Escape') this.flush(); },
    left() { this.flush(); this.$emit('left', {}); },
    key(event) {
      if (!this.scan) { if (event.key === 'Enter' && !event.ctrlKey) this.flush(); return; }
      const does = this.reader.key(event);
      if (!does) return;
      if (does.swallow || does.insert || does.end === 'Enter') event.preventDefault();
      if (does.insert) this.put(does.insert, event.target);
      if (does.end && (event.target.value || this.reader.built)) this.finished(event.target);
    },
    // Enter or Tab behind a scan: what the code holds takes the place of what the keyboard made of it.
    finished(box) {
      const found = this.reader.finish(box.value);
      const take = () => {
        box.value = this.text = found.text;
        this.waiting = true; gspDesk.typed(); this.flush();
        this.$emit('scanned', { value: found.text, told: found.told });
      };
      if (!found.told.includes('ime')) { take(); return; }
      box.blur(); box.focus(); // ends the input method's word, which would be written over ours
      setTimeout(take, 20);
    },
    put(sign, box) {
      const at = box.selectionStart;
      this.text = this.text.slice(0, at) + sign + this.text.slice(box.selectionEnd); this.typed();
      this.$nextTick(() => box.setSelectionRange(at + 1, at + 1));
    },
    open() {
      const now = this.text.trim().replace(' ', 'T');
      if (/^\d{4}-\d{2}-\d{2}/.test(now)) this.$refs.picker.value = now;
      this.$refs.picker.showPicker();
    },
    picked(event) {
      if (!event.target.value) return;
      this.text = event.target.value.replace('T', ' '); gspDesk.typed(); this.waiting = true; this.flush(); this.$emit('left', {});
    },
  },
};
