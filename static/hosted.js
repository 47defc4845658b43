// Between another company's check and our form: shows it in place of the characters, and puts what it gives into the form. The page
// works without it. Texts come from the page's attributes; only textContent and properties.
"use strict";

document.querySelectorAll("[data-hosted]").forEach((box) => {
  // The company's script is not there by then, or nothing came of it: the characters are shown.
  const PATIENCE = 8000;
  // Tokens of reCAPTCHA end after two minutes.
  const RENEWAL = 100000;

  const { hosted, siteKey, action } = box.dataset;
  const form = box.closest("form");
  const field = box.querySelector("input");
  const status = box.querySelector("[role=status]");
  const place = box.querySelector("[data-place]");
  const puzzle = (hidden) => form.querySelectorAll("[data-puzzle]").forEach((part) => { part.hidden = hidden; });
  let shown = false;
  let over = false;
  let waiting = null;

  const instead = () => {
    over = true;
    field.value = "";
    place.hidden = true;
    puzzle(false);
    if (waiting) form.elements.captcha.focus();
    waiting = null;
  };
  const fail = () => {
    if (over) return;
    const led = shown || waiting;
    instead();
    box.hidden = !led;
    if (led) status.textContent = box.dataset.failed;
  };
  const take = (token) => {
    if (over) return;
    field.value = token;
    if (waiting) form.requestSubmit(waiting);
  };
  const show = () => {
    shown = true;
    box.hidden = false;
    puzzle(true);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = box.dataset.instead;
    button.addEventListener("click", () => {
      instead();
      box.hidden = true;
      form.elements.captcha.focus();
    });
    const line = document.createElement("p");
    line.append(button);
    box.append(line);
  };

  // Called by the company's script.
  window.ssprHostedReady = () => {
    if (over || shown) return;
    try {
      show();
      if (hosted === "recaptcha") {
        const ask = () => window.grecaptcha.execute(siteKey, { action }).then(take, fail);
        ask();
        setInterval(ask, RENEWAL);
      } else {
        window[hosted].render(place, {
          sitekey: siteKey,
          action,
          "callback": take,
          "expired-callback": () => { field.value = ""; },
          "error-callback": () => {
            fail();
            return true;
          },
          "response-field": false,
        });
      }
    } catch {
      fail();
    }
  };
  document.querySelector("script[data-provider]").addEventListener("error", fail);
  setTimeout(() => { if (!shown) fail(); }, PATIENCE);

  form.addEventListener("submit", (event) => {
    if (!shown || over || field.value || event.submitter?.name === "without_puzzle") return;
    event.preventDefault();
    event.stopPropagation();
    status.textContent = box.dataset.waiting;
    waiting = event.submitter ?? form.querySelector("[type=submit]");
  });
});
