// Counts the seconds until a notice goes out, then looks what became of it. Without this the page says the time.
"use strict";
{
  const box = document.getElementById("dem");
  const line = box.querySelector(".countdown");
  const ends = performance.now() + Number(box.dataset.left);
  line.hidden = false;
  const tick = () => {
    const left = ends - performance.now();
    line.querySelector("b").textContent = String(Math.max(0, Math.ceil(left / 1000)));
    // A little later than the moment itself: the service looks every second what is due.
    if (left < -1500) location.replace(location.pathname);
    else setTimeout(tick, 200);
  };
  tick();
}
