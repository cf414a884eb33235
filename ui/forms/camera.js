// Codes read with the camera of the device, or off a photo. Without a camera, or where it is refused, words say so.
export default {
  template: `
    <span class="camera">
      <button type="button" class="btn low camopen" @click="open" :data-testid="mark ? mark + '.camera' : 'camera'"><i class="q-icon material-icons-outlined" aria-hidden="true">photo_camera</i><span>{{ words.open }}</span></button>
      <button type="button" class="btn low camopen" @click="$refs.photo.click()"><i class="q-icon material-icons-outlined" aria-hidden="true">image_search</i><span>{{ words.photo }}</span></button>
      <input ref="photo" type="file" hidden accept="image/*" capture="environment" @change="photographed" :aria-label="words.photo" :data-testid="mark ? mark + '.photo' : 'photo'">
      <span class="camsays" :class="{bad: isBad}" role="status" :data-testid="mark ? mark + '.says' : 'camsays'">{{ says }}</span>
      <div v-if="live" class="camview" role="dialog" aria-modal="true" :aria-label="words.open" @keydown.esc.stop="close">
        <video ref="video" playsinline muted></video>
        <div class="camaim" aria-hidden="true"></div>
        <div class="camfoot">
          <span class="camhint" role="status">{{ words.aim }}</span>
          <button v-if="hasTorch" type="button" class="btn" @click="torch" :aria-pressed="isLit ? 'true' : 'false'"><i class="q-icon material-icons-outlined" aria-hidden="true">{{ isLit ? 'flash_off' : 'flash_on' }}</i><span>{{ isLit ? words.torch_off : words.torch_on }}</span></button>
          <button ref="close" type="button" class="btn" @click="close" data-testid="camera.close"><i class="q-icon material-icons-outlined" aria-hidden="true">close</i><span>{{ words.close }}</span></button>
        </div>
      </div>
    </span>`,
  emits: ['scanned'],
  props: { words: Object, mark: String },
  data() { return { live: false, hasTorch: false, isLit: false, says: '', isBad: false }; },
  beforeUnmount() { this.stop(); },
  methods: {
    say(words, isBad) { this.says = words; this.isBad = !!isBad; },
    async open(event) {
      this.from = event.currentTarget;
      this.say('');
      if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { this.say(this.words.insecure, true); return; }
      try {
        this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } } });
      } catch (fault) { this.say(this.words[{ NotAllowedError: 'refused', SecurityError: 'refused', NotFoundError: 'none', OverconstrainedError: 'none' }[fault.name] || 'busy'], true); return; }
      this.live = true;
      await this.$nextTick();
      this.$refs.close.focus();
      const video = this.$refs.video, track = this.stream.getVideoTracks()[0];
      this.hasTorch = !!(track.getCapabilities && track.getCapabilities().torch);
      track.onended = () => { if (this.live) { this.close(); this.say(this.words.busy, true); } };
      video.srcObject = this.stream;
      await video.play().catch(() => {}); // autoplay may be put off until the first frame; looking goes on either way
      this.last = '';
      this.look(document.createElement('canvas'));
    },
    async look(canvas) {
      const video = this.$refs.video;
      if (!this.live || !video) return;
      if (video.videoWidth) {
        const by = Math.min(1, 1280 / video.videoWidth);
        canvas.width = video.videoWidth * by; canvas.height = video.videoHeight * by;
        const pen = canvas.getContext('2d', { willReadFrequently: true });
        pen.drawImage(video, 0, 0, canvas.width, canvas.height);
        let found = [];
        try { found = await gspScan.decode(pen.getImageData(0, 0, canvas.width, canvas.height)); }
        catch (fault) { this.close(); this.say(this.words.not_loaded, true); return; }
        if (!this.live) return;
        // Bars have weak checks: the same reading twice; squares correct themselves.
        const one = found.length === 1 ? found[0] : null, isSure = one && (/^\][dQz]/.test(one.id) || one.text === this.last);
        this.last = one ? one.text : '';
        if (isSure) { this.close(); this.hit(one); return; }
      }
      setTimeout(() => this.look(canvas), 120);
    },
    hit(found) { gspScan.tell(true); this.say(this.words.hit + ' ' + found.text.replace(/\u001d/g, '<GS>')); this.$emit('scanned', { value: found.text, told: found.told }); },
    async photographed(event) {
      const photo = event.target.files[0];
      event.target.value = '';
      if (!photo) return;
      this.say(this.words.reading);
      let found = null;
      try { found = await gspScan.decode(photo); } catch (fault) { this.say(this.words.not_loaded, true); return; }
      if (found.length === 1) { this.hit(found[0]); return; }
      gspScan.tell(false);
      this.say(found.length ? this.words.several : this.words.nothing, true);
    },
    async torch() {
      const track = this.stream.getVideoTracks()[0];
      try { await track.applyConstraints({ advanced: [{ torch: !this.isLit }] }); this.isLit = !this.isLit; } catch (fault) { this.hasTorch = false; }
    },
    stop() { if (this.stream) this.stream.getTracks().forEach((track) => track.stop()); this.stream = null; },
    close() { this.stop(); this.live = false; this.isLit = false; if (this.from) this.from.focus(); },
  },
};
