// The login page: way of signing in, eye, demo rows, and the badge scanner, which works wherever the focus is.
// Everything is delegated from the document, because the page is drawn after this file is read.
(() => {
  const $ = (selector) => document.querySelector(selector);
  const way = (badge, keepFocus) => {
    document.querySelectorAll(".login [data-way]").forEach((el) => {
      const on = (el.dataset.way === "badge") === badge;
      el.hidden = !on;
      el.querySelectorAll("input").forEach((input) => { input.disabled = !on; });
    });
    document.querySelectorAll(".login [data-choose]").forEach((el) => el.setAttribute("aria-pressed", String((el.dataset.choose === "badge") === badge)));
    $("[name=method]").value = badge ? "badge" : "password";
    if (!keepFocus) $(badge ? "[name=badge]" : "[name=username]").focus();
  };
  document.addEventListener("click", (e) => {
    const choose = e.target.closest("[data-choose]");
    if (choose) return way(choose.dataset.choose === "badge");
    const eye = e.target.closest("[data-eye]");
    if (eye) {
      const field = $("[name=password]"), show = field.type === "password";
      field.type = show ? "text" : "password";
      eye.setAttribute("aria-label", show ? eye.dataset.hide : eye.dataset.show);
      eye.setAttribute("aria-pressed", String(show));
      return;
    }
    if (e.target.closest("[data-all]")) { $(".login .rest").classList.remove("rest"); e.target.closest("[data-all]").remove(); return; }
    const row = e.target.closest("[data-fill]");
    if (row) { way(false, true); $("[name=username]").value = row.dataset.fill; $("[name=password]").value = "demo"; $(".login .enter").focus(); return; }
    const lang = e.target.closest("[data-lang]");
    if (lang) {
      const name = $("[name=username]");
      if (name) sessionStorage.setItem("gsp.username", name.value);
      location.href = lang.dataset.lang;
    }
  });
  // A badge reader types `BADGE:<number>` and Enter, like a keyboard. Collect from the prefix on, whatever has focus.
  const badge = (number) => { way(true, true); $("[name=badge]").value = number; $("[name=pin]").value = ""; $("[name=pin]").focus(); };
  let caught = null;
  addEventListener("keydown", (e) => {
    if (!$(".login")) return;
    const read = e.key === "Enter" && e.target.tagName === "INPUT" && /BADGE:(\S+)$/.exec(e.target.value);
    if (read) {  // the reader typed into the box that had the focus
      e.preventDefault();
      e.target.value = e.target.value.slice(0, read.index);
      caught = null;
      return badge(read[1]);
    }
    if (caught === null) {
      caught = e.key === "B" && !/^(INPUT)$/.test(e.target.tagName) ? "B" : null;
      return;
    }
    if (e.key === "Enter") {
      const number = caught.startsWith("BADGE:") ? caught.slice(6) : "";
      caught = null;
      if (number) { e.preventDefault(); badge(number); }
      return;
    }
    if (e.key.length === 1) { caught += e.key; if (!"BADGE:".startsWith(caught) && !caught.startsWith("BADGE:")) caught = null; }
  });
  const ready = setInterval(() => {
    const name = $("[name=username]");
    if (!name) return;
    clearInterval(ready);
    const kept = sessionStorage.getItem("gsp.username");
    if (kept && !name.value) name.value = kept;
    sessionStorage.removeItem("gsp.username");
    way($("[name=method]").value === "badge", true);
    (name.value ? $("[name=password]") : name).focus();
  }, 30);
})();
