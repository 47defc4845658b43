// Makes the pages nicer; every page works without it. No text of its own: whatever is shown or spoken comes from the
// page's attributes, so that it is in the page's language. Only textContent and properties, never markup.
"use strict";

(() => {
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // A page that a browser kept whole for Back may be over by now, or another person may sit here: ask the server. Until
  // it answers, nothing of the page is seen. Not reload(): that would send a form again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.body.hidden = true;
    location.replace(location.href);
  });

  // The server's time, whatever this device's clock says. Read anew each time: a timer sleeps with the device.
  const skew = Date.parse(document.body.dataset.now) - Date.now();
  const now = () => Date.now() + (Number.isNaN(skew) ? 0 : skew);

  // Clock times in UTC become local.
  const written = {
    time: { hour: "numeric", minute: "2-digit" },
    seconds: { hour: "numeric", minute: "2-digit", second: "2-digit" },
    date: { dateStyle: "medium", timeStyle: "short" },
  };
  each("time[data-local]", (time) => {
    const at = new Date(time.dateTime);
    const style = written[time.dataset.local];
    if (style && !Number.isNaN(at.getTime())) time.textContent = at.toLocaleString([], style);
  });

  // The countdown speaks four times and no more; what it says is in the page.
  each("[data-countdown]", (box) => {
    const deadline = Date.parse(box.dataset.deadline);
    if (Number.isNaN(deadline)) return;
    const clock = box.querySelector("[data-clock]");
    const voice = box.querySelector("[data-say]");
    let reached;
    let first = true;
    const tick = () => {
      const left = Math.max(0, Math.ceil((deadline - now()) / 1000));
      clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      const mark = [0, 20, 60, 120].find((seconds) => left <= seconds);
      if (mark !== reached) {
        // After a sleep the mark may lie far back: "1 minute left" would not be true any more.
        if (mark === 0 || (!first && mark - left < 5)) voice.textContent = box.getAttribute(`data-say-${mark}`);
        reached = mark;
      }
      first = false;
      box.toggleAttribute("data-soon", left <= 60);
      if (left === 0) {
        box.querySelector("[data-over]").hidden = false;
        clearInterval(timer);
      }
    };
    const timer = setInterval(tick, 1000);
    box.hidden = false;
    tick();
    addEventListener("pageshow", tick);
    document.addEventListener("visibilitychange", tick);
  });

  // What holds only until a time goes away when it has come.
  each("[data-until]", (hint) => {
    const wait = Date.parse(hint.dataset.until) - now();
    if (wait < 2 ** 31) setTimeout(() => { hint.hidden = true; }, Math.max(0, wait));
  });

  // One click, one request: a second one within some seconds is the same click.
  const PAUSE = 5000;
  const passwords = (form) => form.querySelectorAll("input[data-password]");
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-sending")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("data-sending", "");
    setTimeout(() => form.removeAttribute("data-sending"), PAUSE);
    // A browser remembers what stood in text fields.
    passwords(form).forEach((field) => { field.type = "password"; });
  });
  addEventListener("pageshow", () => each("form[data-sending]", (form) => form.removeAttribute("data-sending")));

  // Show password: one button for all password fields of a form.
  each("[data-reveal]", (place) => {
    const form = place.closest("form");
    form.querySelectorAll("input[type=password]").forEach((field) => { field.dataset.password = ""; });
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = place.dataset.reveal;
    button.setAttribute("aria-pressed", "false");
    const show = (shown) => {
      passwords(form).forEach((field) => { field.type = shown ? "text" : "password"; });
      button.setAttribute("aria-pressed", String(shown));
    };
    button.addEventListener("click", () => show(button.getAttribute("aria-pressed") === "false"));
    addEventListener("pageshow", () => show(false));
    document.addEventListener("submit", () => button.setAttribute("aria-pressed", "false"));
    place.append(button);
  });

  // Copies the address of this page.
  each("[data-copy-page]", (place) => {
    if (!navigator.clipboard) return;
    const button = document.createElement("button");
    const status = document.createElement("span");
    button.type = "button";
    button.className = "quiet";
    button.textContent = place.dataset.copyPage;
    status.setAttribute("role", "status");
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(location.href).then(
        () => { status.textContent = place.dataset.copied; },
        () => { place.hidden = true; },
      );
    });
    place.classList.add("copy");
    place.append(button, status);
  });

  // The page behind the e-mail link presses its own button: once, when a person really opened it. Not for a page
  // that the browser only prepares, and not for one to which someone came back.
  each("form[data-auto-submit]", (form) => {
    const visit = performance.getEntriesByType("navigation")[0];
    if (visit && visit.type === "back_forward") return;
    const send = () => {
      const busy = form.querySelector("[data-busy]");
      if (busy) busy.textContent = busy.dataset.busy;
      form.requestSubmit();
    };
    if (document.prerendering) document.addEventListener("prerenderingchange", send, { once: true });
    else send();
  });

  // The demo outbox shows a new message within two seconds, unless someone is reading with selection or focus.
  each("[data-outbox]", (box) => {
    const reading = () => !getSelection().isCollapsed
      || (document.hasFocus() && box.contains(document.activeElement));
    setInterval(async () => {
      try {
        const answer = await fetch(box.dataset.outbox, { cache: "no-store" });
        const newest = (await answer.json())[0]?.id ?? "";
        if (newest !== box.dataset.newest && !reading()) location.reload();
      } catch {
        // The demo was stopped, or starts again: the next round will tell.
      }
    }, 2000);
  });
})();
