// The door-knock list: what a tap changes on it. taps.js keeps and sends the taps.
"use strict";
{
  const list = document.getElementById("go-cua");

  const count = () => {
    const open = list.querySelectorAll(".door:not(.closed):not(.waiting)").length;
    document.getElementById("con-lai").textContent = open;
    document.getElementById("het").hidden = Boolean(list.querySelector(".door:not(.closed)"));
  };

  const put = (door, fresh) => {
    const shelf = document.getElementById(fresh.classList.contains("closed") ? "xong" : "con");
    if (!shelf || door.parentElement === shelf) door.replaceWith(fresh);
    else { door.remove(); shelf.prepend(fresh); }
    document.getElementById("da-xong").hidden = !document.querySelector("#xong > li");
  };

  if (list && window.fetch && window.localStorage) window.loaTaps({ list, count, put });
}
