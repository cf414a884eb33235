// Files of one field: chosen, photographed, dropped or pasted; each is streamed to the server, which answers its hash.
export default {
  template: `
    <div class="files" @dragover.prevent="over = true" @dragleave="over = false" @drop.prevent="dropped" :class="{over}">
      <div v-for="file in files" :key="file.sha256" class="filerow">
        <i class="q-icon material-icons-outlined" aria-hidden="true">{{ file.media_type.startsWith('image/') ? 'photo' : 'description' }}</i>
        <a class="grow clip" :href="'/api/v1/attachments/' + file.sha256" target="_blank" rel="noopener">{{ file.name }}</a>
        <span class="small nowrap">{{ size(file.size) }} · <span class="mono">{{ file.sha256.slice(0, 6) }}</span></span>
        <button v-if="!readonly" type="button" class="ib" :aria-label="words.remove + ' ' + file.name" :title="words.remove" @click="$emit('removed', { sha256: file.sha256 })"><i class="q-icon material-icons-outlined" aria-hidden="true">close</i></button>
      </div>
      <div v-if="going" class="filerow" role="status">
        <span class="grow clip">{{ going.name }}</span>
        <progress :value="going.done" :max="going.size" :aria-label="words.sending"></progress>
        <span class="small nowrap">{{ Math.round(100 * going.done / Math.max(1, going.size)) }} %</span>
      </div>
      <div v-if="!readonly && (many || !files.length)" class="fx wrap">
        <button type="button" class="btn grow" :id="cid" @click="$refs.file.click()" :aria-describedby="describedby || null" :data-testid="mark || null"><i class="q-icon material-icons-outlined" aria-hidden="true">{{ photo ? 'photo_camera' : 'attach_file' }}</i><span>{{ photo ? words.photo : words.choose }}</span></button>
        <input ref="file" type="file" hidden :accept="photo ? 'image/*' : accept" :capture="photo ? 'environment' : null" @change="chosen" :data-testid="mark ? mark + '.input' : null" :aria-label="label">
      </div>
      <div v-if="problem" class="msg" role="alert">{{ problem }}</div>
    </div>`,
  emits: ['stored', 'removed'],
  props: { files: { type: Array, default: () => [] }, words: Object, many: Boolean, photo: Boolean, readonly: Boolean, cid: String, label: String, describedby: String, mark: String, accept: String, maxMb: { type: Number, default: 50 } },
  data() { return { going: null, problem: '', over: false }; },
  methods: {
    size(bytes) { return bytes < 1024 ? bytes + ' B' : bytes < 1048576 ? Math.round(bytes / 1024) + ' KB' : (bytes / 1048576).toFixed(1) + ' MB'; },
    chosen(event) { const file = event.target.files[0]; event.target.value = ''; if (file) this.send(file); },
    dropped(event) { this.over = false; if (!this.readonly && event.dataTransfer.files[0]) this.send(event.dataTransfer.files[0]); },
    async send(file) {
      this.problem = ''; this.going = { name: file.name, done: 0, size: file.size };
      try {
        const stored = await gspDesk.upload(file, file.name, (done) => { if (this.going) this.going.done = done; }, this.words.failed);
        this.$emit('stored', { file: stored });
      } catch (fault) { this.problem = fault.message; }
      this.going = null;
    },
  },
};
