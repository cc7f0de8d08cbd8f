// The numbers of the rail stay true on a page that stays open: they are asked
// for anew when something here has changed, and now and then.
"use strict";
(() => {
  const rail = document.querySelector("[data-counts]");
  if (!rail?.dataset.counts) return;
  let timer = 0, status = "";

  async function refresh() {
    timer = 0;
    const answer = await fetch(rail.dataset.counts, {headers: {"HX-Request": "true"}}).catch(() => null);
    if (!answer?.ok) return; // the old ones stay
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    for (const now of fresh.content.children) {
      const old = rail.querySelector(`[data-count="${CSS.escape(now.dataset.count)}"]`);
      if (old && old.innerHTML !== now.innerHTML) old.innerHTML = now.innerHTML;
    }
  }
  function soon() {
    if (document.visibilityState === "visible") timer ||= setTimeout(refresh, 700);
  }
  document.addEventListener("purpose:frame", event => {
    const now = event.detail.data?.status;
    if (now && now !== status && status) soon();
    status = now || status;
  });
  document.addEventListener("purpose:ended", soon);
  document.addEventListener("htmx:after:swap", soon);
  document.addEventListener("visibilitychange", soon);
  setInterval(soon, 15000);
})();
