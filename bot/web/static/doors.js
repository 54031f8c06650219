// The door-knock list on a bad line: a tap is kept on the telephone until the office has it, and is sent once.
// Without this script every tap is an ordinary form.
(() => {
  "use strict";
  const list = document.getElementById("go-cua");
  if (!list || !window.fetch || !window.localStorage) return;
  const place = "loa-doors:" + list.dataset.who; // somebody else on the same telephone has a queue of their own
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
  const drop = (key) => write(read().filter((tap) => tap.key !== key)); // read again: another tab may have added some

  function show(count, words) {
    notice.hidden = !count;
    notice.textContent = words || notice.dataset.words.replace("#", count);
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

  function count() {
    const open = list.querySelectorAll(".door:not(.closed):not(.waiting)").length;
    document.getElementById("con-lai").textContent = open;
    document.getElementById("het").hidden = Boolean(list.querySelector(".door:not(.closed)"));
  }

  function mark(tap) {
    const door = document.getElementById(tap.door);
    if (!door) return;
    door.classList.add("waiting");
    let line = door.querySelector(".pending");
    if (!line) {
      line = document.createElement("p");
      line.className = "pending";
      door.append(line);
    }
    line.textContent = tap.words;
    count();
  }

  function unmark(id) {
    const door = document.getElementById(id);
    if (!door) return;
    door.classList.remove("waiting");
    door.querySelector(".pending")?.remove();
    count();
  }

  function put(id, html) {
    const door = document.getElementById(id);
    if (!door) return;
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    const fresh = made.content.firstElementChild;
    const closed = fresh.classList.contains("closed");
    const shelf = document.getElementById(closed ? "xong" : "con");
    const inPlace = door.parentElement === shelf;
    if (inPlace || !shelf) door.replaceWith(fresh);
    else { door.remove(); shelf.prepend(fresh); }
    document.getElementById("da-xong").hidden = !document.querySelector("#xong > li");
    count();
  }

  async function send(tap) {
    const body = new URLSearchParams({ done: tap.done, key: tap.key, at: String(tap.at), grade: tap.grade });
    const answer = await fetch(tap.url, {
      method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error",
      signal: AbortSignal.timeout ? AbortSignal.timeout(20000) : undefined,
    });
    if (answer.status === 401) return "signed-out";
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    const told = await answer.json();
    drop(tap.key);
    if (answer.ok) {
      put(tap.door, told.html);
      say(told.message, told.changed ? "flash good" : "flash");
    } else {
      unmark(tap.door);
      say(told.message, "alert");
    }
    return "sent";
  }

  async function flush() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    try {
      for (let tap = read()[0]; tap; tap = read()[0]) {
        if (await send(tap) === "signed-out") {
          show(1, notice.dataset.signedOut);
          return;
        }
        failures = 0;
      }
    } catch {
      timer = setTimeout(flush, 1000 * PAUSES[Math.min(failures++, PAUSES.length - 1)]);
    } finally {
      sending = false;
    }
  }

  list.addEventListener("submit", (event) => {
    const button = event.submitter;
    const form = event.target;
    if (!button) return;
    event.preventDefault();
    const tap = {
      url: form.action, door: form.closest(".door").id, done: button.value, key: newKey(), at: Date.now(),
      grade: form.elements.grade ? form.elements.grade.value : "received", words: button.dataset.waiting,
    };
    try {
      write([...read(), tap]);
    } catch { // no room on the telephone: as an ordinary form
      form.requestSubmit ? HTMLFormElement.prototype.submit.call(withDone(form, button.value)) : form.submit();
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
  window.addEventListener("beforeunload", (event) => { if (read().length) event.preventDefault(); });
  read().forEach(mark);
  show(read().length);
  flush();
})();
