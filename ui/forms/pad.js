// A signature on the glass: drawn with finger, pen or mouse, kept as a PNG when it is taken over.
export default {
  template: `
    <div class="pad">
      <canvas ref="canvas" width="900" height="280" tabindex="0" role="img" :aria-label="label" data-testid="pad"
        @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="up"></canvas>
      <div class="fx wrap">
        <span class="small grow">{{ words.hint }}</span>
        <button type="button" class="btn low" @click="wipe">{{ words.wipe }}</button>
        <button type="button" class="btn low primary" :class="{off: !drawn}" :aria-disabled="drawn ? null : 'true'" @click="take" data-testid="pad.take">{{ words.take }}</button>
      </div>
      <div v-if="problem" class="msg" role="alert">{{ problem }}</div>
    </div>`,
  emits: ['stored'],
  props: { label: String, words: Object },
  data() { return { drawn: false, drawing: false, problem: '' }; },
  methods: {
    at(event) { const c = this.$refs.canvas, r = c.getBoundingClientRect(); return [(event.clientX - r.left) * c.width / r.width, (event.clientY - r.top) * c.height / r.height]; },
    pen() { const pen = this.$refs.canvas.getContext('2d'); pen.lineWidth = 4; pen.lineCap = pen.lineJoin = 'round'; pen.strokeStyle = '#0f172a'; return pen; },
    down(event) { event.preventDefault(); event.target.setPointerCapture(event.pointerId); const pen = this.pen(); pen.beginPath(); pen.moveTo(...this.at(event)); this.drawing = true; },
    move(event) { if (!this.drawing) return; const pen = this.pen(); pen.lineTo(...this.at(event)); pen.stroke(); this.drawn = true; },
    up() { this.drawing = false; },
    wipe() { const c = this.$refs.canvas; c.getContext('2d').clearRect(0, 0, c.width, c.height); this.drawn = false; this.problem = ''; },
    async take() {
      if (!this.drawn) return;
      const blob = await new Promise((done) => this.$refs.canvas.toBlob(done, 'image/png'));
      try { this.$emit('stored', { file: await gspDesk.upload(blob, 'signature.png', () => {}, this.words.failed) }); }
      catch (fault) { this.problem = fault.message; }
    },
  },
};
