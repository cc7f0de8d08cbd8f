// The command palette: pages and commands of this page at once, what is kept
// as the server finds it. The link that opens it leads to a page that does the same.
"use strict";
(() => {
  const dialog = document.getElementById("palette"), input = document.getElementById("palette-q"), list = document.getElementById("palette-list");
  const commands = [];
  let asked = 0, timer = 0;

  // What the page marks with a key can be done from here, by its words.
  function collect() {
    commands.length = 0;
    const seen = new Set();
    for (const element of document.querySelectorAll("[data-key], [data-theme-switch], [data-copy], .top a.b, .top button.b")) {
      if (element.disabled || element.matches("input, [data-palette], #palette *") || !element.getClientRects().length && !element.closest(".rail")) continue;
      const clone = element.cloneNode(true);
      for (const extra of clone.querySelectorAll("kbd, svg, .counts")) extra.remove();
      const text = (element.getAttribute("aria-label") || clone.textContent.trim() || element.title).replace(/\s+/g, " ");
      if (!text || seen.has(text)) continue;
      seen.add(text);
      commands.push({text: element.closest(".rail") && element.href ? "Go to " + text : text, key: element.dataset.key || "", run: () => element.click()});
    }
  }

  function option(command) {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.append(Object.assign(document.createElement("span"), {textContent: command.text}));
    if (command.key) item.append(Object.assign(document.createElement("kbd"), {textContent: command.key}));
    item.run = command.run;
    return item;
  }

  function number() {
    [...list.children].forEach((item, i) => item.id = "palette-" + i);
    document.getElementById("palette-none").hidden = list.children.length > 0;
  }

  function choose(item) {
    for (const other of list.querySelectorAll("[aria-selected]")) other.removeAttribute("aria-selected");
    if (!item) return input.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({block: "nearest"});
    input.setAttribute("aria-activedescendant", item.id);
  }

  async function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean), turn = ++asked;
    list.replaceChildren(...commands.filter(c => words.every(w => c.text.toLowerCase().includes(w))).slice(0, words.length ? 8 : 20).map(option));
    number();
    choose(list.firstElementChild);
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const address = input.dataset.find + "?part=list&q=" + encodeURIComponent(input.value);
      const answer = await fetch(address, {headers: {"HX-Request": "true"}}).catch(() => null);
      if (turn !== asked || !answer?.ok) return; // typed on, or no answer: the commands stay
      const found = document.createElement("template");
      found.innerHTML = await answer.text();
      if (turn !== asked) return;
      list.append(...found.content.querySelectorAll("li"));
      number();
      if (!list.querySelector("[aria-selected]")) choose(list.firstElementChild);
    }, words.length ? 120 : 0);
  }

  function go(item) {
    if (!item) return;
    dialog.close();
    if (item.run) item.run();
    else location.href = item.dataset.go;
  }

  function open() {
    if (document.querySelector("dialog[open]")) return;
    collect();
    input.value = "";
    dialog.showModal();
    input.focus();
    show();
  }

  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (dialog.open) dialog.close(); else open();
    }
  });
  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-palette]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("input", show);
  input.addEventListener("keydown", event => {
    const items = [...list.children], here = items.findIndex(item => item.hasAttribute("aria-selected"));
    if (event.key === "ArrowDown") choose(items[(here + 1) % items.length]);
    else if (event.key === "ArrowUp") choose(items[(here - 1 + items.length) % items.length]);
    else if (event.key === "Enter") go(items[here]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", event => go(event.target.closest("li")));
})();
