// The live stream of a page, by the best of the ways (ways.js) that the
// connection lets through. Frames are {from, to, …}; each is given to the page
// once, in order, as the event "purpose:frame", whichever way it came.
// Reconnecting resumes watching, never running.
"use strict";
(() => {
  const page = document.querySelector("[data-live]");
  if (!page?.dataset.live) return;
  const silence = 25000; // the server gives a sign of life every 10 s
  const proof = 5000; // for the first frame, and for the sign of life a second after it
  const ways = purposeWays;
  let cursor = Number(page.dataset.seq); // last event that the page has handled
  let main = null, better = null; // the line in use, and one that is tried beside it
  let way = remembered(), finished = false, paused = false;
  let attempt = 0, retry = 0, since = Date.now();
  let climb = 5000, climbing = 0, climbs = 0;
  let collects = false; // a proxy keeps event streams back until there is enough to send

  const chip = document.getElementById("live-chip");
  function show(tone, icon, text, small = "") {
    page.dataset.way = small;
    if (!chip) return;
    chip.className = "chip " + tone;
    chip.querySelector("use").setAttribute("href", "#i-" + icon);
    chip.querySelector("span").textContent = text;
    chip.querySelector("small").textContent = small;
  }

  // What worked a moment ago is tried first.
  function remembered() {
    try {
      const [n, at] = (sessionStorage.getItem("live-way") ?? "0 0").split(" ").map(Number);
      return Date.now() - at < 600000 && n > 0 && n < 3 ? n : 0;
    } catch { return 0; } // a page without storage
  }
  function remember() {
    try { sessionStorage.setItem("live-way", `${way} ${Date.now()}`); } catch { /* as above */ }
  }

  // A line takes what comes, is lost with a close code, and is dropped without a word.
  function open(n) {
    const line = {way: n, heard: 0, cursor: () => cursor};
    let close = () => {}, timer = 0;
    line.wait = time => { clearTimeout(timer); timer = setTimeout(() => line.lost(-1), time); }; // it can be dead without a word
    line.drop = () => { line.take = line.lost = line.wait = () => {}; clearTimeout(timer); close(); };
    line.lost = code => { line.drop(); lost(line, code); };
    line.take = data => {
      line.wait(++line.heard < 2 ? proof : silence);
      receive(line, data);
    };
    line.wait(proof);
    const url = new URL(page.dataset.live, location.href);
    url.searchParams.set("after", cursor);
    try { close = ways[n].open(url, line); } catch { setTimeout(() => line.lost(0)); }
    return line;
  }

  function connect() {
    clearTimeout(retry);
    retry = 0;
    if (main || finished || paused || !navigator.onLine || document.hidden && way > 0) return;
    main = open(way);
  }

  function receive(line, data) {
    let frame = data;
    try { if (typeof data === "string") frame = JSON.parse(data); } catch { return line.lost(0); }
    if (frame.from > cursor) return line.lost(0); // something is missing: take it from the log
    if (line === better && line.heard > 1) { // it is the better one indeed
      main?.drop();
      [main, better, way, climb] = [better, null, line.way, 5000];
    }
    if (line === main) {
      [attempt, since] = [0, Date.now()];
      show("good", "ok", "Live", ways[way].name);
      if (line.heard === 2) remember();
      if (way > 0) climbing ||= setTimeout(() => { climbing = 0; if (main && way > 0 && !better) better = open(collects ? 0 : climbs++ % way); }, climb * (0.75 + Math.random() / 2));
    }
    if (frame.to < cursor) return; // seen before
    document.dispatchEvent(new CustomEvent("purpose:frame", {detail: frame}));
    cursor = frame.to;
    page.dataset.seq = cursor;
  }

  function lost(line, code) {
    if (code === 1000) return end();
    if (line === better) {
      better = null;
      climb = Math.min(2 * climb, 600000);
      return;
    }
    main = null;
    // A line that never came through, or a stream of which only the large parts
    // do, is none: the next way, and after the last one the first again.
    const silent = code === -1 && line.way === 1 && line.heard > 1, next = navigator.onLine && (line.heard < 2 || silent);
    collects ||= silent;
    if (next) way = (way + 1) % ways.length;
    later(next && way > 0);
  }

  function end() {
    leave();
    finished = true;
    show("", "ok", "Ended");
    document.dispatchEvent(new CustomEvent("purpose:ended"));
  }

  function leave() {
    for (const timer of [retry, climbing]) clearTimeout(timer);
    retry = climbing = 0;
    for (const line of [main, better]) line?.drop();
    main = better = null;
  }

  function later(soon) {
    if (finished || paused || retry) return;
    if (Date.now() - since < 60000) show("warn", "sync", `Reconnecting · nothing is lost, resumes at #${cursor + 1}`);
    else show("warn", "sync", `No connection to Purpose · tried every 15 s, resumes at #${cursor + 1}`);
    // The first attempts are quick; jitter keeps a hundred pages from coming back as one.
    const wait = soon ? 50 : Math.min(15000, 250 * 2 ** attempt) * (0.5 + Math.random());
    if (!soon) attempt = Math.min(attempt + 1, 6);
    retry = setTimeout(connect, wait);
  }

  // Something woke up: try now instead of waiting for the timer.
  function wake() {
    if (finished || paused) return;
    attempt = 0;
    if (!main) connect();
  }
  addEventListener("online", () => { leave(); wake(); });
  addEventListener("offline", () => { leave(); later(); });
  // A browser opens few connections to one place: a hidden page gives its own back, unless it is a socket.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") wake();
    else if (way > 0) leave();
  });
  // A page in the back/forward cache keeps no line; it goes on where it was when it returns.
  addEventListener("pagehide", leave);
  addEventListener("pageshow", event => event.persisted && wake());

  document.getElementById("live-switch")?.addEventListener("click", event => {
    const button = event.currentTarget;
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.querySelector("use").setAttribute("href", paused ? "#i-play" : "#i-pause");
    button.querySelector(".t").textContent = paused ? "Go on live" : "Pause live";
    if (paused) {
      leave();
      show("", "pause", `View paused at #${cursor}`);
    } else wake();
  });
  document.addEventListener("purpose:ended", () => document.getElementById("live-switch")?.setAttribute("disabled", ""));

  connect();
})();
