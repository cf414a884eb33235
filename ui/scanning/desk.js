// The place of the scanning desk on a page: what is drawn in it is drawn by ui/static/scanning/desk.js, also without a network.
export default {
  template: '<div class="scandesk"></div>',
  props: { given: Object },
  mounted() {
    const start = () => { if (window.gspScanDesk) window.gspScanDesk.start(this.$el, this.given); else setTimeout(start, 50); };
    start();
    if (navigator.serviceWorker) navigator.serviceWorker.register('/scan-worker.js', { scope: '/scan/' }).catch(() => {}); // without it a reload in a dead zone shows the browser's own page; the scans stay
  },
};
