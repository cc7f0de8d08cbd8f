// The live stream of a page: one websocket, resumed by cursor. Frames are
// {from, to, …}; each is given to the page once, in order, as the event
// "purpose:frame". Reconnecting resumes watching, never running.
"use strict";
(() => {
  const page = document.querySelector("[data-live]");
  if (!page?.dataset.live) return;
  const silence = 25000; // the server gives a sign of life every 10 s
  let cursor = Number(page.dataset.seq); // last event that the page has handled
  let socket = null, finished = false, paused = false;
  let attempt = 0, retry = 0, watchdog = 0;

  const chip = document.getElementById("live-chip");
  function show(tone, icon, text) {
    if (!chip) return;
    chip.className = "chip " + tone;
    chip.querySelector("use").setAttribute("href", "#i-" + icon);
    chip.querySelector("span").textContent = text;
  }

  function connect() {
    clearTimeout(retry);
    retry = 0;
    if (socket || finished || paused || !navigator.onLine) return;
    const url = new URL(page.dataset.live, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("after", cursor);
    const mine = socket = new WebSocket(url);
    mine.onopen = () => mine === socket && watch();
    mine.onmessage = event => mine === socket && receive(event.data);
    mine.onclose = event => mine === socket && closed(event.code);
    watch(); // also bounds the time to connect
  }

  function receive(text) {
    watch();
    attempt = 0;
    show("good", "ok", "Live");
    let frame;
    try { frame = JSON.parse(text); } catch { return leave(); }
    if (frame.from > cursor) return again(); // something is missing: take it from the log
    if (frame.to < cursor) return;           // seen before
    document.dispatchEvent(new CustomEvent("purpose:frame", {detail: frame}));
    cursor = frame.to;
    page.dataset.seq = cursor;
  }

  // A connection can be dead without a word; silence is a close.
  function watch() {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, silence);
  }

  function leave() {
    clearTimeout(watchdog);
    const old = socket;
    socket = null; // its late events are nobody's
    old?.close();
  }

  function again() {
    leave();
    later();
  }

  function closed(code) {
    leave();
    if (code === 1000) {
      finished = true;
      show("", "ok", "Ended");
      document.dispatchEvent(new CustomEvent("purpose:ended"));
    } else later();
  }

  function later() {
    if (finished || paused || retry) return;
    show("warn", "sync", `Reconnecting · nothing is lost, resumes at #${cursor + 1}`);
    // The first attempts are quick; jitter keeps a hundred pages from coming back as one.
    const wait = Math.min(15000, 250 * 2 ** attempt) * (0.5 + Math.random());
    attempt = Math.min(attempt + 1, 6);
    retry = setTimeout(connect, wait);
  }

  // Something woke up: try now instead of waiting for the timer.
  function wake() {
    if (finished || paused) return;
    attempt = 0;
    if (!socket) connect();
    else if (socket.readyState > WebSocket.OPEN) again();
  }
  addEventListener("online", () => { leave(); wake(); });
  addEventListener("offline", () => again());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
  // A page in the back/forward cache keeps no socket; it goes on where it was when it returns.
  addEventListener("pagehide", () => { clearTimeout(retry); retry = 0; leave(); });
  addEventListener("pageshow", event => event.persisted && wake());

  document.getElementById("live-switch")?.addEventListener("click", event => {
    const button = event.currentTarget;
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.querySelector("use").setAttribute("href", paused ? "#i-play" : "#i-pause");
    button.querySelector(".t").textContent = paused ? "Go on live" : "Pause live";
    if (paused) {
      clearTimeout(retry);
      retry = 0;
      leave();
      show("", "pause", `View paused at #${cursor}`);
    } else wake();
  });
  document.addEventListener("purpose:ended", () => document.getElementById("live-switch")?.setAttribute("hidden", ""));

  connect();
})();
