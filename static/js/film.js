// Plays runs that have ended, step by step: picture of the state, what was done, Φ
// and Δ. Frames are asked for as they are needed, so that a run of 10,000 steps
// begins as soon as one of ten. A player is an element with data-film; it tells its
// end as the event "film:end" and takes another run by the event "film:load".
"use strict";
(() => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const beat = 900; // milliseconds a step takes at ×1

  function player(root) {
    const part = name => root.querySelector(`[data-film-${name}]`);
    const play = part("play"), at = part("at"), picture = part("picture");
    let frames = new Map(), asked = new Map(), steps = 0, now = 0, timer = 0, playing = false, turn = 0;

    let speed = Number(root.querySelector("[data-film-speed][aria-pressed=true]").dataset.filmSpeed);

    // The frames around n, from what is there or from the server.
    async function frame(n) {
      if (frames.has(n)) return frames.get(n);
      const run = root.dataset.film, from = n - (n - 1) % 100 - 1;
      if (!asked.has(from)) {
        const ask = fetch(`${run}?after=${from}`, {headers: {Accept: "application/json"}}).then(answer => {
          if (!answer.ok) throw new Error("no frames");
          return answer.json();
        }).then(window => { if (root.dataset.film === run) for (const f of window.frames) frames.set(f.n, f); });
        asked.set(from, ask);
        ask.catch(() => asked.delete(from)); // asked for again
      }
      await asked.get(from);
      return frames.get(n);
    }

    // A picture is put in place when it is there, so that nothing flickers.
    function drawn(n) {
      return new Promise(done => {
        if (!root.dataset.pictures) return done(null);
        const next = new Image();
        next.onload = () => done(next.naturalWidth ? next.src : null);
        next.onerror = () => done(null);
        setTimeout(() => done(null), 1500);
        next.src = `${root.dataset.pictures}${n}/picture.svg`;
      });
    }

    async function show(n, how) {
      const mine = ++turn;
      n = Math.max(0, Math.min(steps, n));
      now = n;
      at.value = n;
      at.setAttribute("aria-valuetext", n ? `step ${n} of ${steps}` : "before the first step");
      part("head").style.insetInlineStart = `${steps ? 100 * n / steps : 0}%`;
      let f = null, src = null;
      try { [f, src] = await Promise.all([n ? frame(n) : null, drawn(n)]); } catch { stop(); part("say").textContent = "The steps could not be loaded."; return; }
      if (mine !== turn) return;
      picture.hidden = !src;
      if (src) picture.src = src;
      root.classList.toggle("drawn", !!src);
      part("n").textContent = n ? `${n} of ${steps}` : "";
      part("action").textContent = f ? f.action : "At the start";
      part("rest").textContent = f?.rest ?? "";
      part("words").textContent = f?.words ?? "";
      part("state").textContent = f?.state ?? "";
      picture.alt = f ? `After step ${n}: ${f.state}` : "Before the first step";
      part("phi").textContent = f ? f.phi : part("phi").dataset.first;
      part("delta").textContent = f?.delta ?? "";
      part("delta").className = "d " + (f?.tone ?? "z");
      root.classList.toggle("failed", !!f?.failed);
      root.classList.toggle("ended", n >= steps && steps > 0);
      if (how !== "play") part("say").textContent = at.getAttribute("aria-valuetext") + (f ? `: ${f.action} ${f.rest ?? ""}, Φ ${f.phi}` : "");
      if (n < steps) frame(Math.min(n + 20, steps)).catch(() => {}); // what comes is there before it is shown
    }

    function mark() {
      play.setAttribute("aria-label", playing ? "Pause" : "Play");
      play.querySelector("use").setAttribute("href", playing ? "#i-pause" : now >= steps && steps ? "#i-again" : "#i-play");
    }
    function stop() {
      playing = false;
      clearTimeout(timer);
      mark();
    }
    function start() {
      if (!steps || playing) return;
      playing = true;
      mark();
      const from = now >= steps ? 0 : now;
      clearTimeout(timer);
      timer = setTimeout(() => tick(from === now ? now + 1 : 0), now >= steps ? 0 : 60);
    }
    async function tick(n) {
      const began = performance.now();
      await show(n, "play");
      if (!playing || now !== n) return;
      if (now >= steps) {
        stop();
        return void root.dispatchEvent(new CustomEvent("film:end", {bubbles: true}));
      }
      timer = setTimeout(() => tick(now + 1), Math.max(30, beat / speed - (performance.now() - began)));
    }
    const jump = n => { stop(); show(n); mark(); };

    function load({film, pictures, count, phi}) {
      stop();
      [frames, asked, steps, now] = [new Map(), new Map(), Number(count), 0];
      Object.assign(root.dataset, {film, pictures: pictures ?? "", steps: count});
      part("phi").dataset.first = phi;
      at.max = steps;
      return show(0, "play");
    }

    play.addEventListener("click", () => playing ? stop() : start());
    at.addEventListener("input", () => jump(Number(at.value)));
    for (const button of root.querySelectorAll("[data-film-speed]")) button.addEventListener("click", () => {
      speed = Number(button.dataset.filmSpeed);
      for (const other of root.querySelectorAll("[data-film-speed]")) other.setAttribute("aria-pressed", String(other === button));
    });
    const keys = {" ": () => play.click(), ArrowLeft: () => jump(now - 1), ArrowRight: () => jump(now + 1), Home: () => jump(0), End: () => jump(steps)};
    (root.closest("dialog") ?? root).addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const press = event.key in keys ? keys[event.key] : "124".includes(event.key) ? () => root.querySelector(`[data-film-speed="${event.key}"]`).click() : null;
      if (!press || event.key === " " && event.target.closest("button, a") && event.target !== play) return; // space presses what has the focus
      event.preventDefault();
      event.stopPropagation(); // else it would follow the run, or scroll
      if (event.key !== " " || event.target !== play) press(); else play.click();
    });
    root.addEventListener("film:load", event => load(event.detail).then(() => event.detail.play && !still.matches && start()));
    root.addEventListener("film:play", start);
    root.addEventListener("film:replay", () => { if (!playing && now >= steps && !still.matches) start(); }); // but not one that somebody stopped
    const {film, pictures, steps: count} = root.dataset;
    if (film) load({film, pictures, count, phi: part("phi").textContent});
    root.closest("dialog")?.addEventListener("close", stop);
  }

  for (const root of document.querySelectorAll("[data-film]")) if (!root.closest("dialog")) player(root);
  // A film over a page loads nothing before it is opened.
  function open(dialog) {
    const root = dialog.querySelector("[data-film]");
    if (!dialog.open) dialog.showModal();
    if (!root.dataset.ready) { root.dataset.ready = "yes"; player(root); }
    root.querySelector("[data-film-play]").focus();
    if (!still.matches) root.dispatchEvent(new CustomEvent("film:play"));
  }
  document.addEventListener("click", event => {
    const dialog = document.getElementById("film");
    if (!dialog || event.ctrlKey || event.metaKey || !event.target.closest('[data-open="film"], [data-film-open]')) return;
    event.preventDefault();
    open(dialog);
  });
  if (new URLSearchParams(location.search).has("film") && document.getElementById("film")) open(document.getElementById("film"));
})();
