// Figures and bars of an open notice, kept up to date by what the server tells. Without this a reload shows the same.
(() => {
  "use strict";
  const source = document.querySelector("[data-events]");
  if (!source || !window.EventSource) return;
  const number = new Intl.NumberFormat("vi-VN");
  const sign = document.getElementById("truc-tiep");
  const changed = document.getElementById("nhom-doi");
  const curve = document.querySelector("[data-curve]");
  const CURVE_EVERY = 20000; // milliseconds: a picture is heavier than figures
  const TROUBLE = ["failed", "unconfirmed"];
  let curveAt = 0;
  let before = null;

  const share = (count, whole) => (whole ? (100 * count) / whole : 0);
  const percent = (row) => Math.floor(share(row[5], row[0])) + "%"; // never 100% while somebody is missing

  function drawBar(bar, row) {
    let from = 0;
    bar.querySelectorAll("rect").forEach((rect, place) => {
      const width = share(row[place + 1], row[0]);
      rect.setAttribute("x", from.toFixed(3) + "%");
      rect.setAttribute("width", width.toFixed(3) + "%");
      from += width;
    });
    let place = 0;
    const order = [1, 2, 3, 4, 0]; // as the sentence names them
    bar.setAttribute("aria-label", bar.getAttribute("aria-label").replace(/\d+/g, () => row[order[place++]]));
  }

  function drawChats(chats) {
    document.querySelectorAll("[data-chats]").forEach((line) => {
      const count = chats[line.dataset.chats] || 0;
      line.hidden = !count;
      line.querySelector("dd").textContent = number.format(count);
    });
    const now = TROUBLE.map((state) => chats[state] || 0).join();
    if (before !== null && before !== now && changed) changed.hidden = false;
    before = now;
  }

  function drawCurve(total) {
    const address = curve && curve.dataset.curve + "?v=" + total[1] + "-" + total[2];
    if (!curve || curve.src.endsWith(address) || Date.now() - curveAt < CURVE_EVERY) return;
    curveAt = Date.now();
    curve.src = address;
  }

  function show(told) {
    const row = (code) => (code ? told.areas[code] : told.total);
    document.querySelectorAll("[data-of]").forEach((place) => {
      const own = row(place.dataset.of);
      if (own) place.textContent = number.format(own[place.dataset.n]);
    });
    document.querySelectorAll("[data-percent]").forEach((place) => { place.textContent = percent(told.total); });
    document.querySelectorAll("[data-bar]").forEach((bar) => {
      const own = row(bar.dataset.bar);
      if (own) drawBar(bar, own);
    });
    drawChats(told.chats);
    drawCurve(told.total);
  }

  const events = new EventSource(source.dataset.events);
  events.onmessage = (event) => {
    sign.hidden = false;
    show(JSON.parse(event.data));
  };
  events.onerror = () => { sign.hidden = true; }; // the browser comes back by itself, or was told not to
  window.addEventListener("pagehide", () => events.close()); // a page kept for "back" must not hold a line
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
