// Keeps what is being written: on this telephone with every letter, on the server as soon as there is a line. What was
// typed is let go of here only when the server has it. Without this, "Lưu nháp" does the same by hand.
"use strict";
{
  const form = document.getElementById("soan");
  const said = document.getElementById("da-luu");
  const place = `loa-draft-${form.dataset.draft}`;
  const version = form.elements.namedItem("version");
  const SOON = 1500;
  const PAUSES = [3, 6, 15, 30];
  let timer = 0;
  let failures = 0;
  let sending = false;
  let stopped = false;
  let leaving = false;
  let pressed = null; // the button of a form that waits for what is on its way

  // A tick inside a ticked area says nothing new: only the outermost ones are words of the draft.
  const counts = (box) => {
    const above = box.closest("ul")?.closest("li");
    const parent = above?.querySelector("input[type=checkbox]");
    return !parent || (!parent.checked && counts(parent));
  };

  function words() {
    const found = new URLSearchParams();
    for (const one of form.elements) {
      if (!one.name || one.name === "version" || one.name === "do" || one.type === "file") continue;
      if ((one.type === "radio" || one.type === "checkbox") && !one.checked) continue;
      if (one.name === "area" && !counts(one)) continue;
      found.append(one.name, one.value);
    }
    return found.toString();
  }

  let saved = words();

  function say(text, waits) {
    said.textContent = text;
    said.classList.toggle("waits", Boolean(waits));
  }

  function store() {
    try {
      localStorage.setItem(place, JSON.stringify({ version: version.value, words: words() }));
    } catch {
      // Storage is off or full: the server is the only place, as without this script.
    }
  }

  function forget() {
    try { localStorage.removeItem(place); } catch { /* as above */ }
  }

  function put(text) {
    const kept = new URLSearchParams(text);
    for (const one of form.elements) {
      if (!one.name || one.name === "version" || one.name === "do" || one.type === "file") continue;
      if (one.type === "radio" || one.type === "checkbox") one.checked = kept.getAll(one.name).includes(one.value);
      else if (kept.has(one.name)) one.value = kept.get(one.name);
    }
    form.dispatchEvent(new CustomEvent("restored"));
  }

  function restore() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(place)); } catch { /* nothing that can be read */ }
    if (!kept || kept.words === saved) {
      forget();
      return;
    }
    put(kept.words);
    // Typed over an older version: the server will say so, and the person chooses.
    version.value = kept.version;
    say(form.dataset.restored, true);
    later(0);
  }

  function conflict(message) {
    stopped = true;
    say(message, true);
    const button = document.createElement("button");
    button.type = "submit";
    button.name = "do";
    button.value = "save";
    button.className = "second";
    button.textContent = form.dataset.choose;
    said.append(document.createElement("br"), button);
  }

  async function save() {
    const text = words();
    if (sending || stopped || leaving) return;
    if (text === saved) {
      forget();
      return;
    }
    sending = true;
    say(form.dataset.saving, false);
    try {
      const body = new URLSearchParams(text);
      body.append("version", version.value);
      const answer = await fetch(`${form.getAttribute("action")}/words`, {
        method: "POST", body, headers: { Accept: "application/json" }, redirect: "error",
        signal: AbortSignal.timeout ? AbortSignal.timeout(15000) : undefined,
      });
      if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
      const told = await answer.json();
      failures = 0;
      if (leaving) return;
      if (answer.ok) {
        saved = text;
        version.value = told.version;
        document.getElementById("gio-hen").textContent = told.due;
        if (words() === saved) {
          forget();
          say(told.message, false);
        } else {
          store();
          later(SOON);
        }
      } else if (told.state === "conflict") {
        conflict(told.message);
      } else {
        stopped = true;
        say(told.message, true);
      }
    } catch {
      if (leaving) return;
      say(navigator.onLine ? form.dataset.unsaved : form.dataset.offline, true);
      later(1000 * PAUSES[Math.min(failures++, PAUSES.length - 1)]);
    } finally {
      sending = false;
      if (pressed) {
        const button = pressed;
        pressed = null;
        form.requestSubmit(button);
      }
    }
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  function changed(event) {
    if (event.target.type === "file") return;
    store();
    if (stopped) return;
    say(navigator.onLine ? form.dataset.unsaved : form.dataset.offline, true);
    later(SOON);
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine || leaving) {
      event.preventDefault();
      say(leaving ? form.dataset.wait : form.dataset.offline, true);
      return;
    }
    if (sending) { // two of one's own must not be taken for two people's
      event.preventDefault();
      pressed = event.submitter;
      return;
    }
    leaving = true;
    clearTimeout(timer);
    store();
  });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("online", () => { failures = 0; later(0); });

  const files = document.getElementById("files");
  const upload = document.getElementById("tai-len");
  upload.hidden = true;
  files.addEventListener("change", () => {
    if (!files.files.length) return;
    if (!navigator.onLine) {
      say(form.dataset.offline, true);
      upload.hidden = false;
      return;
    }
    say(form.dataset.uploading, false);
    form.requestSubmit(upload);
  });

  const also = document.getElementById("cung-mo");
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(`${form.getAttribute("action")}/here`, {
        method: "POST", headers: { Accept: "application/json" }, redirect: "error",
      });
      if (!answer.ok) return;
      const told = await answer.json();
      if (also.textContent !== told.message) also.textContent = told.message;
      also.hidden = !told.message;
    } catch {
      // No line: the next time.
    }
  }, 20000);

  if (form.dataset.stored) {
    forget();
    history.replaceState(null, "", location.pathname + location.hash); // told once: not again after a reload
  } else {
    restore();
  }
}
