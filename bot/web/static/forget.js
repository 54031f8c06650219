// Whoever signs out, or in, takes along what the last one's page of posting by hand kept on this machine.
"use strict";
for (const form of document.querySelectorAll("form[data-forget]")) {
  form.addEventListener("submit", (event) => {
    if (!window.caches || form.dataset.forgotten) return;
    event.preventDefault();
    form.dataset.forgotten = "1";
    caches.delete("loa-posting").catch(() => {}).finally(() => HTMLFormElement.prototype.submit.call(form));
  });
}
