// The way of a lot, left to right: places and curves come ready from the server; here they are only drawn and walked.
import { h } from "vue";

const glyph = (name) => h("i", { class: "q-icon material-icons-outlined notranslate", "aria-hidden": "true" }, name.replace(/^o_/, ""));

export default {
  props: { picture: Object, words: Object },
  emits: ["choose", "expand"],
  data: () => ({ scale: 1, chosen: null, at: null, touched: false }),
  computed: { byId() { return Object.fromEntries(this.picture.nodes.map((n) => [n.id, n])); } },
  watch: { picture() { if (!this.byId[this.at]) this.at = this.first(); this.$nextTick(this.start); } },
  mounted() {
    this.at = this.first();
    this.watcher = new ResizeObserver(() => this.start());
    this.watcher.observe(this.$refs.pane);
  },
  beforeUnmount() { this.watcher.disconnect(); },
  methods: {
    first() { return this.picture.nodes.length ? this.picture.nodes[0].id : null; },
    // As much as fits at a size people can read; a person's own zoom is kept.
    start() {
      if (this.touched || !this.$refs.pane) return;
      this.scale = Math.min(1, Math.max(0.84, this.$refs.pane.clientWidth / this.picture.width));
      this.$nextTick(this.center);
    },
    // What the trace began with stands in the middle of what is seen.
    center() {
      const root = this.picture.nodes.find((n) => n.root);
      const pane = this.$refs.pane;
      if (root && pane && !this.chosen) pane.scrollTop = (root.y + root.height / 2) * this.scale - pane.clientHeight / 2;
    },
    zoom(factor) { this.touched = true; this.scale = Math.min(1.6, Math.max(0.35, this.scale * factor)); },
    fit() {
      const pane = this.$refs.pane;
      this.touched = true;
      this.scale = Math.min(1, Math.max(0.35, Math.min(pane.clientWidth / this.picture.width, pane.clientHeight / this.picture.height)));
    },
    choose(node) { this.chosen = node.id; this.at = node.id; this.$emit(node.kind === "group" ? "expand" : "choose", node.id); },
    select(id) {
      this.chosen = id;
      if (!this.byId[id]) return;
      this.at = id;
      this.$nextTick(() => this.box(id)?.scrollIntoView({ block: "nearest", inline: "nearest" }));
    },
    box(id) { return this.$refs.pane.querySelector(`[data-node="${CSS.escape(id)}"]`); },
    key(event) {
      const zooms = { "+": 1.15, "=": 1.15, "-": 0.87 };
      if (zooms[event.key]) { this.zoom(zooms[event.key]); event.preventDefault(); return; }
      if (event.key === "0") { this.fit(); event.preventDefault(); return; }
      const next = this.neighbour(event.key);
      if (!next) return;
      event.preventDefault(); event.stopPropagation();
      this.at = next;
      this.$nextTick(() => this.box(next)?.focus());
    },
    // Right and left follow the lines; up and down walk the column.
    neighbour(key) {
      const here = this.byId[this.at];
      if (!here) return null;
      if (key === "Home") return this.first();
      if (key === "ArrowUp" || key === "ArrowDown") {
        const column = this.picture.nodes.filter((n) => n.x === here.x).sort((a, b) => a.y - b.y);
        const place = column.findIndex((n) => n.id === here.id) + (key === "ArrowDown" ? 1 : -1);
        return column[place]?.id || null;
      }
      if (key !== "ArrowRight" && key !== "ArrowLeft") return null;
      const forward = key === "ArrowRight";
      const lines = this.picture.lines.filter((l) => (forward ? l.from : l.to) === here.id).sort((a, b) => b.width - a.width);
      return lines.length ? (forward ? lines[0].to : lines[0].from) : null;
    },
    touches(line) { return this.chosen && (line.from === this.chosen || line.to === this.chosen); },
    drawLines() {
      const lines = this.picture.lines.map((line) =>
        h("path", { key: line.id, d: line.path, class: ["tl", `k-${line.kind}`, this.touches(line) && "on"], style: { strokeWidth: `${line.width}px` } }));
      return h("svg", { width: this.picture.width, height: this.picture.height, "aria-hidden": "true", focusable: "false" }, lines);
    },
    drawNode(node) {
      const rows = node.rows.map((row) => h("span", { class: "rw" }, [h("span", { class: "lb" }, row.label), h("b", row.value)]));
      return h("button", {
        type: "button", key: node.id, "data-node": node.id, title: node.title, "aria-label": node.spoken,
        tabindex: node.id === this.at ? 0 : -1, "aria-pressed": String(node.id === this.chosen), class: ["tn", `k-${node.kind}`, node.root && "root"],
        style: { left: `${node.x}px`, top: `${node.y}px`, width: `${node.width}px`, height: `${node.height}px` },
        onClick: () => this.choose(node), onFocus: () => { this.at = node.id; },
      }, [h("span", { class: "ti" }, [glyph(node.icon), h("b", node.title)]), ...rows]);
    },
    tool(name, words, act) { return h("button", { type: "button", title: words, "aria-label": words, onClick: act }, [glyph(name)]); },
  },
  render() {
    const p = this.picture;
    const size = { width: `${p.width * this.scale}px`, height: `${p.height * this.scale}px` };
    const labels = p.lines.map((line) => h("span", { key: `l${line.id}`, class: ["tq", this.touches(line) && "on"], "aria-hidden": "true", style: { left: `${line.x}px`, top: `${line.y}px` } }, line.label));
    return h("div", { class: "tgraph", role: "group", "aria-label": this.words.graph, onKeydown: this.key }, [
      h("div", { class: "pane", ref: "pane" }, [
        h("div", { class: "size", style: size }, [
          h("div", { class: "world", style: { width: `${p.width}px`, height: `${p.height}px`, transform: `scale(${this.scale})` } }, [this.drawLines(), ...labels, ...p.nodes.map(this.drawNode)]),
        ]),
      ]),
      h("div", { class: "ptools" }, [
        this.tool("o_zoom_out", this.words.zoom_out, () => this.zoom(0.87)),
        h("span", { class: "pc" }, `${Math.round(this.scale * 100)}%`),
        this.tool("o_zoom_in", this.words.zoom_in, () => this.zoom(1.15)),
        this.tool("o_fit_screen", this.words.fit, () => this.fit()),
      ]),
    ]);
  },
};
