// A form marked data-once is sent once: the second press of an impatient thumb does nothing. The server knows, too.
"use strict";
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
// What compose.js keeps on this telephone is no longer needed once the server has it.
const letGo = (draft) => { try { localStorage.removeItem(`loa-draft-${draft}`); } catch { /* storage is off */ } };
for (const form of document.querySelectorAll("[data-saved-draft]")) letGo(form.dataset.savedDraft);
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});
