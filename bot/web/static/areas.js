// The tree of areas: what lies inside a ticked area follows it, and how far it all goes is asked of the server.
"use strict";
{
  const tree = document.querySelector(".tree");
  const told = document.getElementById("do-phu");
  const boxes = () => [...tree.querySelectorAll("input[type=checkbox]")];
  let asked = 0;
  let timer = 0;

  const inside = (box) => [...box.closest("li").querySelectorAll("input[type=checkbox]")].filter((one) => one !== box);

  // Does the area lie inside one that is ticked, too?
  const under = (box) => {
    const above = box.closest("ul").closest("li")?.querySelector("input[type=checkbox]");
    return Boolean(above) && (above.checked || under(above));
  };

  function follow(box) {
    for (const one of inside(box)) one.checked = box.checked;
    if (box.checked) return;
    for (let item = box.closest("li").parentElement.closest("li"); item; item = item.parentElement.closest("li")) {
      item.querySelector("input[type=checkbox]").checked = false;
    }
  }

  async function ask() {
    const mine = ++asked;
    const ticked = boxes().filter((box) => box.checked && !under(box));
    const areas = new URLSearchParams(ticked.map((box) => ["area", box.value]));
    try {
      const answer = await fetch(`/compose/reach?${areas}`, { headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (mine === asked && answer.ok) told.textContent = said.message;
    } catch {
      // No line: the preview says it.
    }
  }

  function spread() {
    for (const box of boxes()) if (box.checked) for (const one of inside(box)) one.checked = true;
  }

  tree.addEventListener("change", (event) => {
    follow(event.target);
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  });
  document.getElementById("soan").addEventListener("restored", () => { spread(); ask(); });
  spread();
}
