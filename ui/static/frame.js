// The frame's own behaviour in the browser: connection in words, keys, the way out of a dead session.
(() => {
  const root = document.documentElement;
  let misses = 0;
  const watch = (socket) => {
    socket.on("connect", () => { misses = 0; delete root.dataset.net; });
    socket.on("disconnect", () => { root.dataset.net = "down"; });
    socket.io.on("reconnect_error", async () => {
      root.dataset.net = "down";
      misses += 1;
      if (misses % 5 !== 0) return;
      // The server answers but refuses our socket: the page object is gone or the session is over. Load the page anew.
      const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
      if (answer && answer.ok && misses >= 10) location.reload();
    });
  };
  const wait = setInterval(() => {
    if (!window.socket || !window.socket.io) return;
    clearInterval(wait);
    watch(window.socket);
  }, 100);
  // Words that are cut with … say themselves in full when the pointer or the focus comes to them.
  const whole = (e) => {
    const el = e.target;
    if (!(el instanceof HTMLElement) || el.title || el.scrollWidth <= el.clientWidth + 1) return;
    if (getComputedStyle(el).textOverflow === "ellipsis" && !el.closest("[title]")) el.title = el.textContent.trim();
  };
  addEventListener("mouseover", whole);
  addEventListener("focusin", whole);
  // Quasar's bar of running requests is decoration; our skeletons and words say what loads.
  addEventListener("load", () => document.getElementById("q-loading-bar")?.setAttribute("aria-hidden", "true"));
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));
  addEventListener("keydown", (e) => {
    const find = document.querySelector(".find input");
    if (find && (e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); find.focus(); find.select(); }
    if (e.key === "Enter" && !typing(e.target) && e.target.matches && e.target.matches("tr.go, .go[tabindex]")) e.target.click();
  });
  // The clock of a signature is the server's: the page keeps only the difference to its own clock.
  window.gspClock = (id, serverMs, zone, offsetMinutes) => {
    const skew = serverMs - Date.now();
    const pad = (n) => String(n).padStart(2, "0");
    const tick = () => {
      const el = document.getElementById(id);
      if (!el) return clearInterval(timer);
      const d = new Date(Date.now() + skew + offsetMinutes * 60000);
      el.textContent = `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())} ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())} ${zone}`;
    };
    const timer = setInterval(tick, 1000);
    tick();
  };
})();
