// Posting by hand: copying and sharing the ready words, what a tap changes, and a copy of this page on the telephone
// that opens without a line (the worker serves it). taps.js keeps and sends the taps.
"use strict";
{
  const CACHE = "loa-posting";
  const KEPT = ["content-type", "content-security-policy", "date", "referrer-policy", "x-content-type-options"];
  const list = document.getElementById("dang-tin");
  const line = document.getElementById("mat-mang");

  const badges = document.querySelectorAll(".menu [data-count=posting], .menu [data-count=rest]");
  let before = null;

  function show(badge, number) {
    badge.textContent = Math.max(0, number);
    badge.hidden = number <= 0;
  }

  function recount(now) { // the badges of the menu: the last one counts other pages' work, too
    if (before !== null) for (const badge of badges) show(badge, Number(badge.textContent.replace(/\D/g, "")) + now - before);
    before = now;
  }

  const count = () => {
    const waits = (place) => place.querySelectorAll(".chat.open:not(.waiting)").length;
    for (const task of list.querySelectorAll(".task")) task.classList.toggle("finished", !waits(task));
    const left = document.getElementById("con-lai");
    left.textContent = waits(list);
    left.closest("p").hidden = !waits(list);
    recount(waits(list));
    if (list.querySelector(".chat")) document.getElementById("het").hidden = Boolean(waits(list));
  };

  function said(button, words) {
    button.textContent = words;
    setTimeout(() => { button.textContent = button.dataset.words; }, 3000);
  }

  async function copy(button) {
    const block = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(block.textContent);
    } catch { // plain http, or refused: as one did it before
      getSelection().selectAllChildren(block);
      if (!document.execCommand("copy")) return;
      getSelection().removeAllRanges();
    }
    said(button, button.dataset.done);
  }

  for (const button of list.querySelectorAll("[data-copy]")) {
    button.dataset.words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const button of list.querySelectorAll("[data-share]")) {
    button.hidden = !navigator.share;
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset.share).textContent;
      navigator.share({ text }).catch(() => {}); // closed without choosing anybody
    });
  }

  // The copy is marked as one: it says so itself when it is opened. It has no tap of later in it; those are in the queue.
  async function keepCopy() {
    const cache = await caches.open(CACHE);
    const answer = await fetch(location.pathname, { credentials: "same-origin", redirect: "error", cache: "no-store" });
    if (!answer.ok) {
      await caches.delete(CACHE);
      return;
    }
    const headers = KEPT.filter((name) => answer.headers.has(name)).map((name) => [name, answer.headers.get(name)]);
    const page = (await answer.text()).replace('class="office"', 'class="office kept"');
    await cache.put(location.pathname, new Response(page, { headers }));
    const parts = document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], .brand img");
    const wanted = new Set(Array.from(parts, (part) => part.href || part.src));
    for (const old of await cache.keys()) {
      const address = new URL(old.url);
      if (address.pathname !== location.pathname && !wanted.has(old.url)) await cache.delete(old);
    }
    for (const address of wanted) if (!(await cache.match(address))) await cache.add(address);
  }

  const kept = document.documentElement.classList.contains("kept");
  function tell(online) {
    line.hidden = online && !kept;
    line.querySelector(".no-line").hidden = online;
    line.querySelector(".line-again").hidden = !online;
  }

  async function refresh() {
    if (!navigator.serviceWorker || !window.caches) return;
    try {
      await keepCopy();
      tell(true);
    } catch {
      tell(false);
    }
  }

  if (list && window.fetch && window.localStorage) {
    count();
    window.loaTaps({ list, count, put: (item, fresh) => item.replaceWith(fresh), sent: refresh });
    if (navigator.serviceWorker) {
      list.dataset.opensAlone = "1";
      navigator.serviceWorker.register("/posting/worker.js", { scope: "/posting" }).catch(() => {});
    }
    refresh();
    window.addEventListener("online", refresh);
    window.addEventListener("offline", () => tell(false));
  }
}
