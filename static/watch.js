// Whoever waits for a text message learns within five seconds that it was not delivered: the same part of the page, asked for anew,
// as nodes that the browser has read itself. Not while nobody looks, and not after the code's end.
"use strict";

document.querySelectorAll("[data-watch]").forEach((part) => {
  // By the server's clock, whatever this device's says.
  const end = Date.now() + Date.parse(part.dataset.end) - Date.parse(document.body.dataset.now);
  const ask = () => {
    if (Date.now() >= end) {
      clearInterval(timer);
      return;
    }
    if (document.hidden) return;
    const request = new XMLHttpRequest();
    request.open("GET", part.dataset.watch);
    request.responseType = "document";
    request.timeout = 4000;
    request.addEventListener("load", () => {
      const fresh = request.response?.querySelector("[data-watch]");
      // Only what is new is put there, since it is read out.
      if (fresh && fresh.textContent !== part.textContent) part.replaceChildren(...fresh.childNodes);
      // Another page by now: this code is no longer waited for.
      if (!fresh && request.status === 200) clearInterval(timer);
    });
    request.send();
  };
  const timer = setInterval(ask, 4000);
  document.addEventListener("visibilitychange", ask);
});
