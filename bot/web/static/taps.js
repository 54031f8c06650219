// Taps on a bad line, for the pages of leaders: a tap is kept on the telephone until the office has it, and is sent
// once. Every such page can send what was kept on another. Without scripts every tap is an ordinary form.
//
// loaTaps({ list, count, put, sent }): `list` holds forms within .item elements; `count()` after every change,
// `put(item, fresh)` puts what the office says in place of an item, `sent()` when something was sent.
"use strict";
window.loaTaps = ({ list, count, put, sent = () => {} }) => {
  const place = "loa-taps:" + list.dataset.who; // somebody else on the same telephone has a queue of their own
  const notice = document.getElementById("cho-gui");
  const said = document.getElementById("vua-xong");
  const PAUSES = [2, 5, 15, 30, 60]; // seconds
  let failures = 0;
  let sending = false;
  let timer = 0;

  const read = () => {
    try { return JSON.parse(localStorage.getItem(place)) || []; } catch { return []; }
  };
  const write = (taps) => {
    localStorage.setItem(place, JSON.stringify(taps));
    show(taps.length);
  };
  const drop = (key) => write(read().filter((tap) => tap.fields.key !== key)); // again: another tab may have added some

  function show(waiting, words) {
    notice.hidden = !waiting;
    notice.textContent = words || notice.dataset.words.replace("#", waiting);
  }

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(15));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function say(text, kind) {
    const line = document.createElement("p");
    line.className = kind;
    line.textContent = text;
    said.replaceChildren(line);
  }

  function mark(tap) {
    const item = document.getElementById(tap.item);
    if (!item) return;
    item.classList.add("waiting");
    let line = item.querySelector(".pending");
    if (!line) {
      line = document.createElement("p");
      line.className = "pending";
      item.append(line);
    }
    line.textContent = tap.words;
    count();
  }

  function unmark(id) {
    const item = document.getElementById(id);
    if (!item) return;
    item.classList.remove("waiting");
    item.querySelector(".pending")?.remove();
    count();
  }

  function renew(id, html) {
    const item = document.getElementById(id);
    if (!item) return;
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    put(item, made.content.firstElementChild);
    count();
  }

  async function send(tap) {
    const answer = await fetch(tap.url, {
      method: "POST", body: new URLSearchParams(tap.fields), headers: { Accept: "application/json" },
      credentials: "same-origin", redirect: "error",
      signal: AbortSignal.timeout ? AbortSignal.timeout(20000) : undefined,
    });
    if (answer.status === 401) return "signed-out";
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    const told = await answer.json();
    drop(tap.fields.key);
    if (answer.ok) {
      renew(tap.item, told.html);
      say(told.message, told.changed ? "flash good" : "flash");
    } else {
      unmark(tap.item);
      say(told.message, "alert");
    }
    return "sent";
  }

  async function flush() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    let some = false;
    try {
      for (let tap = read()[0]; tap; tap = read()[0]) {
        if (await send(tap) === "signed-out") {
          show(1, notice.dataset.signedOut);
          return;
        }
        failures = 0;
        some = true;
      }
    } catch {
      timer = setTimeout(flush, 1000 * PAUSES[Math.min(failures++, PAUSES.length - 1)]);
    } finally {
      sending = false;
      if (some) sent();
    }
  }

  list.addEventListener("submit", (event) => {
    const button = event.submitter;
    const form = event.target;
    if (!button) return;
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    delete fields.back;
    const tap = {
      url: form.action, item: form.closest(".item").id, words: button.dataset.waiting,
      fields: { ...fields, done: button.value, key: newKey(), at: String(Date.now()) },
    };
    try {
      write([...read(), tap]);
    } catch { // no room on the telephone: as an ordinary form
      HTMLFormElement.prototype.submit.call(withDone(form, button.value));
      return;
    }
    mark(tap);
    flush();
  });

  function withDone(form, value) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "done";
    field.value = value;
    form.append(field);
    return form;
  }

  window.addEventListener("online", () => { failures = 0; flush(); });
  window.addEventListener("beforeunload", (event) => { if (read().length && !list.dataset.opensAlone) event.preventDefault(); });
  read().forEach(mark);
  show(read().length);
  flush();
};
