// Keys, theme, questions, list selection. No inline handlers: pages mark up
// what they want with data attributes, and work without this file.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const base = () => new URL($("link[rel=stylesheet]").href).pathname.split("/static/")[0];

  // Theme: system → light → dark. The cookie lets the server draw the next page without a flash.
  function switchTheme() {
    const order = ["", "light", "dark"], root = document.documentElement;
    const next = order[(order.indexOf(root.dataset.theme || "") + 1) % order.length];
    if (next) root.dataset.theme = next; else delete root.dataset.theme;
    document.cookie = `theme=${next};path=${base() || "/"};max-age=${next ? 31536000 : 0};samesite=lax`;
    toast("Theme: " + (next || "as the system"));
  }

  function toast(text) {
    const box = document.createElement("div");
    box.className = "toast";
    box.append(Object.assign(document.createElement("p"), {textContent: text}));
    $("#toasts").replaceChildren(box);
    setTimeout(() => box.remove(), 2500);
  }

  // Questions: one dialog for htmx and for plain forms.
  function ask(text, yes) {
    const dialog = $("#confirm");
    $("#confirm-text").textContent = text;
    dialog.returnValue = "no";
    dialog.onclose = () => dialog.returnValue === "yes" && yes();
    dialog.showModal();
  }
  document.addEventListener("htmx:confirm", event => {
    const text = event.detail.ctx?.confirm;
    if (!text) return;
    event.preventDefault();
    $("#confirm").addEventListener("close", () => $("#confirm").returnValue !== "yes" && event.detail.dropRequest(), {once: true});
    ask(text.replace("%n", String(selected())), () => event.detail.issueRequest());
  });
  // A failed connection has no answer to show; say so.
  document.addEventListener("htmx:error", event => {
    if (!event.detail.ctx?.response) toast("No answer from Purpose. Nothing is lost; try again in a moment.");
  });

  document.addEventListener("click", event => {
    const at = selector => event.target.closest(selector);
    if (at("[data-theme-switch], [data-open], [data-compare]")) event.preventDefault(); // what these do without a script
    if (at("[data-theme-switch]")) switchTheme();
    else if (at("[data-open]")) $("#" + at("[data-open]").dataset.open).showModal();
    else if (at("[data-close]")) at("dialog").close();
    else if (at("[data-compare]")) {
      const boxes = $$("[data-select]:checked"), ids = boxes.map(box => box.value);
      if (boxes.some(box => box.dataset.n)) toast("A row of several runs can't be compared. Open it and choose 2 to 4 of its runs.");
      else if (ids.length < 2 || ids.length > 4) toast("Choose 2 to 4 runs to compare.");
      else location.href = at("[data-compare]").dataset.compare + "?runs=" + ids.map(encodeURIComponent).join(",");
    }
    else if (at("[data-dismiss]")) at(".toast").remove();
    else if (at("[data-copy]")) navigator.clipboard?.writeText($(at("[data-copy]").dataset.copy).textContent).then(() => toast("Copied"));
    else if (event.target.matches("dialog")) event.target.close();
  });

  // Ctrl+Enter sends the form of a large field, as Enter does that of a small one.
  document.addEventListener("keydown", event => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || !event.target.matches("textarea")) return;
    const button = [...event.target.form?.elements ?? []].find(e => e.type === "submit" && !e.disabled);
    if (!button) return;
    event.preventDefault();
    event.target.form.requestSubmit(button);
  });
  // What starts something starts it once, however often it is pressed.
  document.addEventListener("submit", event => {
    if (!event.target.matches("form[data-once]")) return;
    if (event.target.dataset.once === "sent") event.preventDefault(); else event.target.dataset.once = "sent";
  });
  addEventListener("pageshow", () => $$("form[data-once]").forEach(form => form.dataset.once = ""));
  // What a person typed after a request went out is newer than its answer, and stays. (What they unfolded stays by morphIgnore in the head.)
  const typed = new WeakMap();
  document.addEventListener("input", event => typed.set(event.target, performance.now()), true);
  document.addEventListener("htmx:before:request", event => event.detail.ctx.sentAt = performance.now());
  document.addEventListener("htmx:before:swap", event => {
    const {ctx, tasks} = event.detail;
    ctx.newer = tasks.flatMap(task => task.target?.querySelectorAll ? $$("[name][id]", task.target) : [])
      .filter(field => typed.get(field) > ctx.sentAt).map(({id, name, value, checked}) => ({id, name, value, checked}));
  });
  document.addEventListener("htmx:after:swap", event => {
    for (const {id, name, value, checked} of event.detail.ctx.newer ?? []) {
      const field = document.getElementById(id);
      if (field?.name !== name) continue;
      if (field.value !== value) field.value = value;
      if (field.checked !== checked) field.checked = checked;
    }
  });

  // Selection: boxes with data-select show the bar data-bulk and the count.
  const selected = () => $$("[data-select]:checked").reduce((n, box) => n + Number(box.dataset.n ?? 1), 0); // a row may stand for several
  function countSelected() {
    const n = selected();
    for (const bar of $$("[data-bulk]")) {
      bar.hidden = n === 0;
      for (const place of $$("[data-selected]", bar)) place.textContent = String(n);
    }
  }
  document.addEventListener("change", event => {
    if (event.target.matches("[data-select-all]"))
      for (const box of $$("[data-select]:not(:disabled)")) box.checked = event.target.checked;
    if (event.target.matches("[data-select], [data-select-all]")) countSelected();
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
  document.addEventListener("htmx:after:swap", countSelected);
  countSelected(); // without this file the bar is always there
  // A list that refreshes itself must not take a selection away, and need not while nobody looks.
  document.addEventListener("htmx:config:request", event => {
    if (event.target.matches("[data-poll]") && (document.hidden || $("[data-select]:checked"))) event.preventDefault();
  });
  document.addEventListener("click", event => {
    if (!event.target.closest("[data-unselect]")) return;
    for (const box of $$("[data-select]:checked, [data-select-all]")) box.checked = false;
    countSelected();
  });

  // Keys: the element that says data-key is clicked or, if it is an input, focused.
  let pending = "";
  function rows(key) {
    const links = $$("[data-row]").filter(link => link.offsetParent);
    if (!links.length) return false;
    const here = links.indexOf(document.activeElement.closest?.("tr, li")?.querySelector("[data-row]"));
    if (key === "x" && here >= 0) $("[data-select]", links[here].closest("tr, li"))?.click();
    else if (key === "o" && here >= 0) links[here].click();
    else if (key === "j" || key === "k") links[Math.max(0, Math.min(links.length - 1, here + (key === "j" ? 1 : -1)))].focus();
    else return false;
    return true;
  }
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if ($("dialog[open]") || event.key === " " && event.target.closest("button, summary, input")) return; // space presses what has the focus
    const key = pending ? pending + " " + event.key : event.key;
    pending = "";
    if (key === "g") {
      pending = "g";
      setTimeout(() => pending = "", 1000);
      return;
    }
    const target = $$(`[data-key="${CSS.escape(key)}"]`).find(element => !element.disabled);
    if (target) {
      event.preventDefault();
      if (target.matches("input")) { target.focus(); target.select(); } else target.click();
    } else if (rows(key)) event.preventDefault();
  });

  // "2 min ago" stays true on a page that stays open.
  setInterval(() => {
    for (const time of $$("time[data-ago]")) {
      const s = (Date.now() - Date.parse(time.dateTime)) / 1000;
      if (!(s >= 0) || s > 86400) continue;
      time.textContent = s < 5 ? "just now" : s < 60 ? `${Math.floor(s)} s ago` : s < 3600 ? `${Math.floor(s / 60)} min ago` : `${Math.floor(s / 3600)} h ago`;
    }
  }, 15000);
})();
