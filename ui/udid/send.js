// A file of the UDI database: chosen or dropped, sent to the server's own endpoint, which reads it as it comes.
export default {
  template: `
    <div class="stack">
      <div class="fx wrap">
        <button type="button" class="btn" :disabled="!!going" @click="$refs.file.click()" data-testid="udid.choose"><i class="q-icon material-icons-outlined" aria-hidden="true">attach_file</i><span>{{ file ? file.name : words.choose }}</span></button>
        <input ref="file" type="file" hidden accept=".xml,.zip" :aria-label="words.choose" data-testid="udid.file" @change="file = $event.target.files[0] || null; problem = ''">
        <button type="button" class="btn" :disabled="!file || !!going" @click="send(true)" data-testid="udid.try"><span>{{ words.try_it }}</span></button>
        <button type="button" class="btn primary" :disabled="!file || !!going" @click="send(false)" data-testid="udid.import"><span>{{ words.take_in }}</span></button>
      </div>
      <div v-if="going" class="fx wrap" role="status">
        <progress :value="going.sent < going.size ? going.sent : null" :max="going.size" :aria-label="words.sending"></progress>
        <span class="small">{{ going.sent < going.size ? words.sending : words.reading }}</span>
      </div>
      <div v-if="problem" class="msg" role="alert">{{ problem }}</div>
    </div>`,
  emits: ['sent'],
  props: { words: Object },
  data() { return { file: null, going: null, problem: '' }; },
  methods: {
    send(dry) {
      const call = new XMLHttpRequest(), body = new FormData(), file = this.file;
      this.problem = ''; this.going = { sent: 0, size: Math.max(1, file.size) };
      body.append('file', file, file.name);
      call.open('POST', '/api/v1/udid:import?dry_run=' + dry);
      call.setRequestHeader('Accept-Language', document.documentElement.lang.slice(0, 2));
      call.upload.onprogress = (event) => { if (this.going) this.going.sent = event.loaded >= event.total ? this.going.size : event.loaded; };
      call.onerror = () => { this.going = null; this.problem = this.words.failed; };
      call.onload = () => {
        let answer = {};
        this.going = null;
        try { answer = JSON.parse(call.responseText); } catch (fault) { answer = {}; }
        if (call.status === 201) this.$emit('sent', { id: answer.id });
        else this.problem = answer.detail || answer.title || this.words.failed;
      };
      call.send(body);
    },
  },
};
