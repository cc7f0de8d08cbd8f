// The run page: choosing steps, and putting live frames in their places.
"use strict";
(() => {
  const page = document.querySelector("[data-run]");
  if (!page) return;
  const $ = id => document.getElementById(id);
  const detail = $("detail"), list = $("steps"), more = $("more"), marker = $("spine-marker");
  const runPath = () => (page.dataset.path ??= $("spine-read").querySelector("a").pathname.replace(/\/phi$/, ""));
  const maxRows = 600; // in the page; earlier ones are a click away
  let follow = page.hasAttribute("data-follow"), unseen = 0;

  // Marks the chosen step in the list and over the Φ spine.
  function mark(n) {
    page.dataset.step = n;
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const row = $("s" + n)?.firstElementChild;
    row?.setAttribute("aria-current", "step");
    const {slots, before} = $("spine-plot").dataset, x = (n - 0.5 - before) / slots;
    marker.toggleAttribute("hidden", !n || x < 0 || x > 1);
    marker.firstElementChild.setAttribute("x", 100 * x + "%");
    marker.querySelector("text").textContent = "#" + n;
    return row;
  }

  // Scrolls the list, and only the list, so that the row is in sight.
  function reveal(row, middle) {
    const top = row.offsetTop - list.offsetTop, bottom = top + row.offsetHeight;
    if (middle) list.scrollTop = top - list.clientHeight / 2;
    else if (top < list.scrollTop) list.scrollTop = top;
    else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  }

  // Waits, not for long, until the picture in what is about to be shown is there.
  function drawnPicture(part) {
    const picture = part.querySelector("[data-picture]");
    if (!picture || picture.complete && picture.naturalWidth) return;
    return new Promise(done => {
      picture.onload = done;
      picture.onerror = () => { picture.classList.add("broken"); done(); };
      setTimeout(done, 1000);
    });
  }

  // Loads a step's detail. What a person asks for replaces what is under way;
  // what follows the run waits for it, and then the newest is taken: a run whose
  // steps come faster than they load is shown all the same.
  let request = null, waiting = false;
  async function load(href, how) {
    if (how === "follow" && request) return void (waiting = true);
    request?.abort();
    waiting = false;
    const mine = request = new AbortController();
    try {
      const answer = await fetch(href, {headers: {"HX-Request": "true"}, signal: mine.signal});
      const text = await answer.text();
      if (!answer.ok) return void $("toasts").insertAdjacentHTML("beforeend", text);
      if (how === "follow" && !follow) return;
      const focused = detail.contains(document.activeElement) && document.activeElement.dataset.key;
      const scroll = how === "follow" ? 0 : detail.querySelector(".panel")?.scrollTop;
      const next = document.createElement("div");
      next.innerHTML = text;
      await drawnPicture(next); // nothing moves when it comes
      if (request !== mine) return;
      detail.replaceChildren(...next.childNodes);
      if (focused) detail.querySelector(`[data-key="${focused}"]`)?.focus();
      const undrawn = detail.querySelector("[data-draw]");
      if (undrawn && sessionStorage.getItem("draw")) draw(undrawn);
      if (scroll && how === "tab") detail.querySelector(".panel").scrollTop = scroll;
    } catch (error) {
      if (error.name !== "AbortError" && how !== "follow") location.href = href; // the plain link still works
      return;
    } finally {
      if (request === mine) {
        request = null;
        if (waiting && follow) setTimeout(showNewest);
        waiting = false;
      }
    }
    if (how === "push" && location.pathname + location.search !== href) history.pushState(null, "", href);
    const n = Number(detail.querySelector("[data-shown]")?.dataset.shown);
    const row = n && mark(n);
    if (row && how !== "follow") reveal(row);
  }

  // A look at some of the steps: by the links, or drawn over the line. While one
  // looks at a part, frames leave the line alone.
  const plot = document.querySelector(".plot");
  async function look(address) {
    const url = new URL(address, location.href), chosen = page.dataset.step;
    const query = new URLSearchParams(url.search);
    if (chosen) query.set("step", chosen);
    const answer = await fetch(`${runPath()}/spine?${query}`, {headers: {"HX-Request": "true"}}).catch(() => null);
    if (!answer) return void (location.href = address);
    const text = await answer.text();
    if (!answer.ok) return void $("toasts").insertAdjacentHTML("beforeend", text);
    page.toggleAttribute("data-zoomed", url.searchParams.has("from"));
    const drawn = document.createElement("template");
    drawn.innerHTML = text;
    const focused = $("spine-zoom").contains(document.activeElement) && document.activeElement.dataset.key;
    for (const id of ["spine-plot", "spine-zoom"]) $(id).replaceWith(drawn.content.getElementById(id));
    if (focused) ($("spine-zoom").querySelector(`[data-key="${CSS.escape(focused)}"]`) ?? $("spine-zoom").querySelector("a"))?.focus();
    history.replaceState(null, "", location.pathname + (url.searchParams.has("from") ? `?from=${url.searchParams.get("from")}&to=${url.searchParams.get("to")}` : ""));
    mark(Number(page.dataset.step) || "");
  }
  page.toggleAttribute("data-zoomed", new URLSearchParams(location.search).has("from"));
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-zoom]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    look(link.href);
  });
  let drawn = null;
  plot.addEventListener("pointerdown", event => {
    if (event.button || event.pointerType === "touch" || event.target.closest(".zoom")) return; // a finger scrolls
    event.preventDefault(); // links are not to be dragged away
    drawn = {from: event.clientX, box: null};
  });
  addEventListener("pointermove", event => {
    if (!drawn || !drawn.box && Math.abs(event.clientX - drawn.from) < 8) return;
    const area = plot.getBoundingClientRect(), [a, b] = [drawn.from, event.clientX].sort((x, y) => x - y);
    if (!drawn.box) plot.append(drawn.box = Object.assign(document.createElement("div"), {className: "rubber"}));
    drawn.box.style.insetInline = `${Math.max(a - area.left, 0)}px ${Math.max(area.right - b, 0)}px`;
  });
  addEventListener("pointerup", event => {
    const {from, box} = drawn ?? {};
    drawn = null;
    if (!box) return;
    box.remove();
    addEventListener("click", click => { click.preventDefault(); click.stopPropagation(); }, {capture: true, once: true}); // it was no click
    setTimeout(() => plot.dispatchEvent(new MouseEvent("click")), 0); // where none comes of it
    const area = plot.getBoundingClientRect(), {slots, before} = $("spine-plot").dataset;
    const step = x => Math.round(Number(before) + Number(slots) * Math.min(Math.max((x - area.left) / area.width, 0), 1));
    const [a, b] = [step(from), step(event.clientX)].sort((x, y) => x - y);
    look(`${runPath()}?from=${a + 1}&to=${Math.max(b, a + 1)}`);
  });

  // A step keeps the tab that is open.
  function withTab(link) {
    const url = new URL(link.getAttribute("href"), location.href); // an SVG link has no plain href
    const tab = new URL(detail.querySelector(".tabs [aria-current]")?.href ?? url).searchParams.get("tab");
    if (tab) url.searchParams.set("tab", tab);
    return url.pathname + url.search;
  }
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-step], a[data-detail]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    setFollow(false);
    const small = matchMedia("(width < 760px)").matches;
    load("step" in link.dataset ? withTab(link) : link.pathname + link.search, "push")
      .then(() => small && "step" in link.dataset && detail.scrollIntoView({behavior: "smooth"}));
  });
  addEventListener("popstate", () => {
    if (/\/steps\/\d+$/.test(location.pathname)) load(location.pathname + location.search, "back");
    else location.reload();
  });
  // A permalink such as #s12.
  const hash = /^#s(\d+)$/.exec(location.hash);
  if (hash) { follow = false; load(`${runPath()}/steps/${hash[1]}`, "hash"); }

  // Following: the list stays at its end and the detail shows the newest step.
  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 48;
  function setFollow(on) {
    follow = on;
    $("follow")?.setAttribute("aria-pressed", String(on));
    if (on) showNewest();
  }
  let newest = 0;
  function showNewest() {
    unseen = 0;
    more.hidden = true;
    if ($("later")) return void (location.href = runPath());
    list.scrollTop = list.scrollHeight;
    newest ||= setTimeout(() => {
      newest = 0;
      const row = list.querySelector("li:last-child a[data-step]");
      if (follow && row && row.dataset.step !== detail.querySelector("[data-shown]")?.dataset.shown) load(withTab(row), "follow");
    }, 120);
  }
  document.querySelector(".find")?.addEventListener("input", () => follow && setFollow(false)); // what was found stays
  $("follow")?.addEventListener("click", () => setFollow(!follow));
  more.onclick = () => { if ($("follow")) setFollow(true); else showNewest(); };
  for (const kind of ["wheel", "touchmove"])
    list.addEventListener(kind, () => { if (follow && !atEnd()) setFollow(false); }, {passive: true});
  list.addEventListener("scroll", () => { if (atEnd() && !$("later")) { unseen = 0; more.hidden = true; } }, {passive: true});

  // Frames: rows are added once and in order, single places are replaced when they changed.
  const shown = new Map();
  function replace(id, html) {
    const old = $(id);
    if (!old || shown.get(id) === html || id === "spine-plot" && page.hasAttribute("data-zoomed")) return;
    shown.set(id, html);
    if (old.dataset.ask && html.includes(`data-ask="${old.dataset.ask}"`)) return; // the same question: what is typed stays
    const open = old.querySelector("details")?.open, typed = id === "run-steer" && old.querySelector("input")?.value;
    const focused = old.contains(document.activeElement);
    old.outerHTML = html;
    if (window.htmx && /hx-/.test(html)) htmx.process($(id));
    if (open) $(id).querySelector("details")?.setAttribute("open", "");
    if (typed && $(id).querySelector("input")) $(id).querySelector("input").value = typed;
    if (focused) $(id).querySelector("input, button, a")?.focus();
  }
  function append(rows) {
    let added = 0;
    for (const row of rows) {
      if ($("s" + row.n)) continue;
      added++;
      if (!$("later")) list.insertAdjacentHTML("beforeend", row.html);
    }
    const extra = list.children.length - maxRows;
    if (added && extra > 0 && follow) trim(extra);
    return added;
  }
  function trim(extra) {
    $("earlier")?.remove();
    for (let i = 0; i < extra; i++) list.firstElementChild.remove();
    const first = Number(list.firstElementChild.id.slice(1));
    const gap = document.createElement("li"), link = document.createElement("a");
    Object.assign(gap, {id: "earlier", className: "gap"});
    Object.assign(link, {className: "lk", href: `${runPath()}/steps?before=${first}`, textContent: `${first - 1} earlier steps ↑`});
    for (const [name, value] of [["hx-get", link.href], ["hx-target", "closest li"], ["hx-swap", "outerHTML"]]) link.setAttribute(name, value);
    gap.append(link);
    list.prepend(gap);
    window.htmx?.process(gap);
  }
  document.addEventListener("purpose:frame", event => {
    const frame = event.detail;
    const end = atEnd() && !$("later");
    const added = append(frame.rows ?? []);
    for (const [id, html] of Object.entries(frame.html ?? {})) replace(id, html);
    const chosen = Number(page.dataset.step);
    if (chosen) mark(chosen);
    if (!added) return;
    if (follow) return showNewest();
    if (end) return void (list.scrollTop = list.scrollHeight); // in sight: nothing to tell
    unseen += added;
    more.hidden = false;
    more.querySelector("span").textContent = unseen === 1 ? "1 new step" : unseen + " new steps";
  });
  document.addEventListener("purpose:ended", () => {
    more.hidden = !matchMedia("(width < 760px)").matches || !$("run-end").firstElementChild;
    more.querySelector("span").textContent = "See the result"; // which stands below, so that it moves nothing
    more.onclick = () => { more.hidden = true; $("run-end").scrollIntoView({behavior: "smooth"}); };
    $("follow")?.remove();
  });

  // Those who listen hear how it stands, at most every five seconds.
  let saying = 0;
  document.addEventListener("purpose:frame", () => {
    saying ||= setTimeout(() => {
      saying = 0;
      const say = $("live-say");
      if (say) say.textContent = `${$("count-all").textContent} steps, Φ ${$("spine-read").querySelector("b").textContent}`;
    }, 5000);
  });
  // Draws the state where only a program can. Once somebody asked for it, each
  // step that is shown is drawn, until the tab is closed.
  async function draw(form) {
    const button = form.querySelector("button");
    button.disabled = true;
    const answer = await fetch(form.action, {method: "POST", headers: {"HX-Request": "true"}}).catch(() => null);
    const text = await answer?.text();
    if (answer?.ok) return void (form.outerHTML = text);
    sessionStorage.removeItem("draw");
    button.disabled = false;
    if (text) $("toasts").insertAdjacentHTML("beforeend", text);
  }
  detail.addEventListener("submit", event => {
    if (!event.target.matches("[data-draw]")) return;
    event.preventDefault();
    sessionStorage.setItem("draw", "1");
    draw(event.target);
  });

  // An environment without pictures leaves no broken image behind.
  document.addEventListener("error", event => event.target.matches?.("[data-picture]") && event.target.classList.add("broken"), true);

  // The clock of a running run.
  setInterval(() => {
    for (const place of document.querySelectorAll("[data-since]")) {
      const s = Math.max(0, (Date.now() - Date.parse(place.dataset.since)) / 1000);
      const two = n => String(Math.floor(n)).padStart(2, "0");
      place.textContent = s < 60 ? `${Math.floor(s)} s` : s < 3600 ? `${Math.floor(s / 60)}m ${two(s % 60)}s` : `${Math.floor(s / 3600)}h ${two(s / 60 % 60)}m`;
    }
  }, 1000);

  page.dataset.step = detail.querySelector("[data-shown]")?.dataset.shown ?? "";
  if (follow) setFollow(true);
  else if (page.dataset.step) { const row = list.querySelector("[aria-current]"); if (row) reveal(row, true); }
})();
