// The demonstration: the first and the latest attempt play side by side. When the
// latest has come to its end, the newest there is takes its place, and the first
// begins again beside it.
"use strict";
(() => {
  const screens = {first: document.getElementById("film-first"), latest: document.getElementById("film-latest")};
  if (!screens.first || !screens.latest) return;
  const loaded = {first: "", latest: ""};
  let waiting = false; // the latest is over, and there is no newer one

  const reel = which => document.getElementById(`film-${which}-reel`);
  function load(which) {
    const from = reel(which), film = from?.dataset.filmReel;
    if (!film || film === loaded[which]) return false;
    loaded[which] = film;
    const root = screens[which], {pictures, count, phi, title, task} = from.dataset;
    root.querySelector("h3").textContent = title;
    root.querySelector("[data-film-task]").textContent = task;
    root.setAttribute("aria-label", title);
    const parts = from.querySelector("template")?.content;
    if (parts) {
      root.querySelector("[data-film-end]").replaceChildren(...parts.firstElementChild.cloneNode(true).childNodes);
      root.querySelector(".line-of-phi svg").replaceWith(parts.querySelector("svg.spark").cloneNode(true));
    }
    root.dispatchEvent(new CustomEvent("film:load", {detail: {film, pictures, count, phi, play: true}}));
    return true;
  }
  function next() {
    waiting = !load("latest");
    if (!waiting) screens.first.dispatchEvent(new CustomEvent("film:replay"));
  }
  function look() {
    if (!loaded.first) load("first");
    if (!loaded.latest) load("latest");
    else if (waiting) next();
  }
  screens.latest.addEventListener("film:end", () => setTimeout(next, 1500));
  document.addEventListener("htmx:after:swap", look);
  look();

  // The live connection (live.js) says that something changed; the page asks for it, at
  // most once a second, however much changes.
  let asked = 0, timer = 0, told = Number(document.querySelector("[data-live]")?.dataset.seq);
  function ask() {
    timer ||= setTimeout(() => {
      [timer, asked] = [0, Date.now()];
      document.getElementById("demo-ask")?.dispatchEvent(new CustomEvent("demo:changed"));
    }, Math.max(0, asked + 1000 - Date.now()));
  }
  document.addEventListener("purpose:frame", event => {
    if (event.detail.to <= told) return; // a sign of life
    told = event.detail.to;
    ask();
  });
  document.addEventListener("purpose:ended", ask);
})();
