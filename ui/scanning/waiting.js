// On the list of jobs: scans that still wait on this device, whoever made them.
export default {
  template: `
    <div v-if="found.length" class="sdwait" role="status" data-testid="scan.on_device"><i class="q-icon material-icons-outlined" aria-hidden="true">cloud_off</i>
      <div class="sdgrow"><b>{{ words.on_device }}</b>
        <div v-for="one in found" :key="one.task + one.account"><a class="linklike" :href="'/scan/' + encodeURIComponent(one.task)">{{ one.account }} · {{ words.on_device_row.replace('{n}', one.count).replace('{since}', new Date(one.since).toLocaleString()) }}</a></div></div></div>`,
  props: { words: Object },
  data() { return { found: [] }; },
  mounted() {
    const look = () => { if (window.gspScanQueue) this.found = window.gspScanQueue.waiting(); else setTimeout(look, 50); };
    look();
  },
};
