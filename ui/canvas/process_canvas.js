// The drawing of an SOP. Places and lines come ready from the server; here they are only drawn, moved and walked.
import { h } from "vue";

const LABEL = 34; // width of the lane names
const glyph = (name, extra) =>
  h("i", { class: `q-icon material-icons-outlined notranslate ${extra || ""}`, "aria-hidden": "true" }, name.replace(/^o_/, ""));

// A broken line with rounded corners.
function rounded(points) {
  if (points.length < 2) return "";
  let d = `M${points[0][0]},${points[0][1]}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [p, c, n] = [points[i - 1], points[i], points[i + 1]];
    const before = Math.hypot(c[0] - p[0], c[1] - p[1]);
    const after = Math.hypot(n[0] - c[0], n[1] - c[1]);
    const r = Math.min(7, before / 2, after / 2);
    if (!before || !after) continue;
    const from = [c[0] - ((c[0] - p[0]) / before) * r, c[1] - ((c[1] - p[1]) / before) * r];
    const to = [c[0] + ((n[0] - c[0]) / after) * r, c[1] + ((n[1] - c[1]) / after) * r];
    d += ` L${from[0]},${from[1]} Q${c[0]},${c[1]} ${to[0]},${to[1]}`;
  }
  const last = points[points.length - 1];
  return `${d} L${last[0]},${last[1]}`;
}

export default {
  props: { diagram: Object, words: Object, icons: Object, markIcons: Object, stateIcons: Object, leastScale: Number },
  emits: ["choose"],
  data: () => ({ scale: 1, x: 0, y: 0, chosen: null, at: null, states: null, changes: {}, problems: {}, drag: null }),
  computed: {
    nodes() { return this.diagram.nodes; },
    byId() { return Object.fromEntries([...this.diagram.nodes, ...this.diagram.frames].map((n) => [n.id, n])); },
  },
  mounted() {
    this.at = this.nodes.length ? this.nodes[0].id : null;
    this.resized = new ResizeObserver(() => this.start());
    this.resized.observe(this.$el);
    this.$el.addEventListener("wheel", this.wheel, { passive: false });
  },
  beforeUnmount() { this.resized.disconnect(); },
  methods: {
    room() { const r = this.$refs.pane.getBoundingClientRect(); return { w: r.width - LABEL, h: r.height }; },
    // The first picture: as much as fits at a size people can read; a person's own zoom is kept.
    start() {
      const { w, h: height } = this.room();
      if (w <= 0 || height <= 0 || this.touched) return;
      const whole = Math.min(w / this.diagram.width, height / this.diagram.height);
      this.scale = Math.min(1, Math.max(whole, this.leastScale));
      this.x = 0; this.y = 0; this.clamp();
      if (this.chosen) this.reveal(this.chosen);
    },
    fit() {
      const { w, h: height } = this.room();
      this.scale = Math.max(0.3, Math.min(1, w / this.diagram.width, height / this.diagram.height));
      this.x = 0; this.y = 0; this.touched = true; this.clamp();
    },
    zoom(factor) {
      const { w, h: height } = this.room();
      const to = Math.min(1.6, Math.max(0.3, this.scale * factor));
      this.x = w / 2 - ((w / 2 - this.x) * to) / this.scale;
      this.y = height / 2 - ((height / 2 - this.y) * to) / this.scale;
      this.scale = to; this.touched = true; this.clamp();
    },
    clamp() {
      const { w, h: height } = this.room();
      const spare = (room, size) => (size < room ? [(room - size) / 2, (room - size) / 2] : [room - size, 0]);
      const [x0, x1] = spare(w, this.diagram.width * this.scale);
      const [y0, y1] = spare(height, this.diagram.height * this.scale);
      this.x = Math.min(Math.max(this.x, Math.min(x0, x1)), Math.max(x0, x1));
      this.y = y0 === y1 ? 0 : Math.min(Math.max(this.y, y0), y1);
    },
    wheel(event) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) return this.zoom(event.deltaY < 0 ? 1.1 : 0.9);
      this.x -= event.shiftKey ? event.deltaY : event.deltaX;
      this.y -= event.shiftKey ? 0 : event.deltaY;
      this.clamp();
    },
    press(event) {
      if (event.button !== 0 || event.target.closest(".pn")) return;
      this.drag = { x: event.clientX - this.x, y: event.clientY - this.y };
      this.$refs.pane.setPointerCapture(event.pointerId);
    },
    move(event) {
      if (!this.drag) return;
      this.x = event.clientX - this.drag.x; this.y = event.clientY - this.drag.y;
      this.touched = true; this.clamp();
    },
    release() { this.drag = null; },
    reveal(id) {
      const node = this.byId[id];
      if (!node) return;
      const { w, h: height } = this.room();
      const [left, top] = [node.x * this.scale + this.x, node.y * this.scale + this.y];
      const [right, bottom] = [left + node.width * this.scale, top + node.height * this.scale];
      if (left < 20) this.x += 40 - left; else if (right > w - 20) this.x -= right - w + 40;
      if (top < 10) this.y += 30 - top; else if (bottom > height - 10) this.y -= bottom - height + 30;
      this.clamp();
    },
    choose(id) { this.chosen = id; this.at = id; this.$emit("choose", id); },
    select(id) { this.chosen = id; if (id) { this.at = id; this.reveal(id); } },
    setStates(states) { this.states = states; },
    setChanges(changes) { this.changes = changes || {}; },
    setProblems(problems) { this.problems = problems || {}; },
    key(event) {
      const zooms = { "+": 1.15, "=": 1.15, "-": 0.87 };
      if (zooms[event.key]) { this.zoom(zooms[event.key]); event.preventDefault(); return; }
      if (event.key === "0") { this.fit(); event.preventDefault(); return; }
      const next = this.neighbour(event.key);
      if (next) {
        event.preventDefault(); event.stopPropagation();
        this.at = next; this.reveal(next);
        this.$nextTick(() => this.$refs.pane.querySelector(`[data-step="${CSS.escape(next)}"]`)?.focus({ preventScroll: true }));
      }
    },
    // Right and down follow the routes out, left and up those in; without a route the nearest node that way.
    neighbour(key) {
      const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key];
      const here = this.byId[this.at];
      if (!way || !here) return key === "Home" ? this.nodes[0]?.id : null;
      const forward = way[0] + way[1] > 0;
      const linked = this.diagram.edges
        .filter((e) => (forward ? e.source : e.target) === here.id)
        .map((e) => this.byId[forward ? e.target : e.source])
        .filter((n) => n && !["foreach", "parallel", "loop"].includes(n.kind));
      const best = (list) => list
        .map((n) => [n, (n.x - here.x) * way[0] + (n.y - here.y) * way[1], Math.abs((n.x - here.x) * way[1]) + Math.abs((n.y - here.y) * way[0])])
        .filter(([n, ahead]) => n.id !== here.id && ahead > 4)
        .sort((a, b) => a[1] + 2 * a[2] - (b[1] + 2 * b[2]))[0];
      return (best(linked) || best(this.nodes) || [linked[0]])[0]?.id || null;
    },
    said(node) {
      const parts = [this.words.kinds[node.kind] || node.kind, node.title, node.note];
      const lane = this.diagram.lanes.find((l) => l.id === node.lane);
      if (lane) parts.push(lane.title);
      for (const mark of node.marks) parts.push(this.words.marks[mark]);
      if (this.states && this.states[node.id]) parts.push(this.words.states[this.states[node.id]] || this.states[node.id]);
      if (this.changes[node.id]) parts.push(this.words.changes[this.changes[node.id]]);
      if (this.problems[node.id]) parts.push(this.words.problems.replace("{n}", this.problems[node.id]));
      return parts.filter(Boolean).join(", ");
    },
    drawNode(node) {
      const state = this.states ? this.states[node.id] || "none" : "";
      const change = this.changes[node.id] || "";
      const round = ["start", "end", "message"].includes(node.kind);
      const children = round
        ? [h("span", { class: "disc" }, [glyph(this.icons[node.kind] || "o_circle")]), h("span", { class: "cap" }, node.title)]
        : [
            h("span", { class: "ti" }, [glyph(this.icons[node.kind] || "o_circle"), h("b", node.title)]),
            h("span", { class: "nt" }, [
              h("span", { class: "tx" }, node.note),
              ...node.marks.map((m) => h("span", { title: this.words.marks[m] }, [glyph(this.markIcons[m])])),
            ]),
          ];
      if (state && state !== "none" && this.stateIcons[state]) children.push(h("span", { class: "badge st" }, [glyph(this.stateIcons[state])]));
      if (change) children.push(h("span", { class: `badge ch ${change}` }, this.words.changes[change]));
      if (this.problems[node.id]) children.push(h("span", { class: "badge pr" }, [glyph("o_error"), String(this.problems[node.id])]));
      return h("button", {
        type: "button", key: node.id, "data-step": node.id, title: node.title, "aria-label": this.said(node),
        tabindex: node.id === this.at ? 0 : -1, "aria-pressed": String(node.id === this.chosen),
        class: ["pn", `k-${node.kind}`, round && "round", node.main ? "" : "side", state && `s-${state}`, change && `c-${change}`],
        style: { left: `${node.x}px`, top: `${node.y}px`, width: `${node.width}px`, height: `${node.height}px` },
        onClick: () => this.choose(node.id), onFocus: () => { this.at = node.id; },
      }, children);
    },
    edgeClass(edge) {
      const done = (id) => this.states && this.states[id];
      const walked = this.states && done(edge.source) && done(edge.target) && ["done", "superseded"].includes(this.states[edge.source]);
      return ["pe", edge.exception && "ex", this.states && (walked ? "walked" : "idle"), (edge.source === this.chosen || edge.target === this.chosen) && "on"];
    },
    drawEdges() {
      const paths = [], drawn = new Set();
      for (const [i, edge] of this.diagram.edges.entries()) {
        if (edge.points.length < 2) continue;
        paths.push(h("path", { key: i, class: this.edgeClass(edge), d: rounded(edge.points), "marker-end": edge.exception ? "url(#pc-open)" : "url(#pc-arrow)" }));
        drawn.add(i);
      }
      const arrow = (id, cls) => h("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, [h("path", { d: "M0,0.6 L7.4,4 L0,7.4 z", class: cls })]);
      return h("svg", { width: this.diagram.width, height: this.diagram.height, "aria-hidden": "true" }, [h("defs", [arrow("pc-arrow", "ah"), arrow("pc-open", "ah ex")]), ...paths]);
    },
    drawLabels() {
      // Several outcomes on one line become one label: "Fail, Doubt".
      const groups = new Map();
      for (const edge of this.diagram.edges) {
        if (!edge.label || edge.points.length < 2) continue;
        const key = `${edge.source}>${edge.target}`;
        if (!groups.has(key)) groups.set(key, { edge, words: [] });
        groups.get(key).words.push(edge.label);
      }
      return [...groups.entries()].map(([key, { edge, words }]) =>
        h("span", { class: ["pl", edge.exception && "ex"], key, "aria-hidden": "true", style: { left: `${edge.x}px`, top: `${edge.y}px` } }, words.join(this.words.comma)));
    },
    drawFrame(frame) {
      return h("div", { class: `pf k-${frame.kind}`, key: frame.id, style: { left: `${frame.x}px`, top: `${frame.y}px`, width: `${frame.width}px`, height: `${frame.height}px` } }, [
        h("button", {
          type: "button", class: "pn cap", "data-step": frame.id, tabindex: -1, "aria-pressed": String(frame.id === this.chosen),
          "aria-label": `${this.words.kinds[frame.kind]}, ${frame.title}`, onClick: () => this.choose(frame.id),
        }, [glyph(this.icons[frame.kind]), h("span", frame.title), frame.note ? h("code", frame.note) : null]),
      ]);
    },
    tool(name, words, act) {
      return h("button", { type: "button", title: words, "aria-label": words, onClick: act }, [glyph(name)]);
    },
  },
  render() {
    const d = this.diagram;
    const moved = { transform: `translate(${this.x}px, ${this.y}px) scale(${this.scale})`, width: `${d.width}px`, height: `${d.height}px` };
    const lanes = d.lanes.map((lane, i) => h("div", { class: ["lane", i % 2 && "odd"], key: lane.id, style: { top: `${lane.y * this.scale + this.y}px`, height: `${lane.height * this.scale}px` } }, [h("span", lane.title)]));
    return h("div", { class: ["pcwrap", this.drag && "dragging"], role: "group", "aria-label": this.words.canvas, onKeydown: this.key }, [
      h("div", { class: "pane", ref: "pane", onPointerdown: this.press, onPointermove: this.move, onPointerup: this.release, onPointercancel: this.release }, [
        h("div", { class: "lanes", "aria-hidden": "true" }, lanes),
        h("div", { class: "view" }, [
          h("div", { class: "world", style: moved }, [
            ...d.frames.map(this.drawFrame), this.drawEdges(), ...this.drawLabels(), ...d.nodes.map(this.drawNode),
          ]),
        ]),
        h("div", { class: "ptools" }, [
          this.tool("o_zoom_out", this.words.zoom_out, () => this.zoom(0.87)),
          h("span", { class: "pc" }, `${Math.round(this.scale * 100)}%`),
          this.tool("o_zoom_in", this.words.zoom_in, () => this.zoom(1.15)),
          this.tool("o_fit_screen", this.words.fit, () => this.fit()),
        ]),
      ]),
    ]);
  },
};
