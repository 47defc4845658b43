// What the console's pages do with a script; all of them work without it. No text of its own, see script.js.
"use strict";

(() => {
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // "/" goes to the search box, as in every console. Speech input types letters that nobody pressed, so it can be switched off
  // (WCAG 2.2, 2.1.4); this browser remembers it.
  each("[data-shortcut]", (place) => {
    const field = document.getElementById(place.dataset.shortcut);
    const KEY = "no-shortcut";
    const read = () => { try { return localStorage.getItem(KEY) === null; } catch { return true; } };
    const write = (on) => { try { if (on) localStorage.removeItem(KEY); else localStorage.setItem(KEY, "1"); } catch { /* private mode */ } };
    let on = read();
    const words = document.createElement("span");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    const show = () => {
      words.textContent = on ? place.dataset.on : place.dataset.off;
      button.textContent = on ? place.dataset.turnOff : place.dataset.turnOn;
    };
    button.addEventListener("click", () => { on = !on; write(on); show(); });
    show();
    place.append(words, " ", button);
    place.hidden = false;
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, select, textarea, [contenteditable]");
      if (!on || typing || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.focus();
      field.select();
    });
  });

  // What is chosen in a list is counted while it is chosen; those on other pages are counted by the server.
  each("form[data-choose]", (form) => {
    const said = form.querySelector("[data-chosen]");
    const boxes = () => [...document.querySelectorAll(`input[type=checkbox][name=${form.dataset.choose}]`)];
    const place = document.querySelector("[data-choose-all]");
    const all = place?.querySelector("input");
    const count = () => {
      const here = boxes().filter((box) => box.checked).length;
      const elsewhere = Number(said.dataset.elsewhere);
      said.textContent = said.dataset.chosen.replace("0", String(here + elsewhere));
      said.parentElement.toggleAttribute("data-some", here + elsewhere > 0);
      if (all) {
        all.checked = here > 0 && here === boxes().length;
        all.indeterminate = here > 0 && here < boxes().length;
      }
    };
    document.addEventListener("change", (event) => {
      if (event.target === all) boxes().forEach((box) => { box.checked = all.checked; });
      count();
    });
    addEventListener("pageshow", count);
    if (place) place.hidden = false;
    count();
  });

  // Copies what another element shows, such as a password that is shown once.
  each("[data-copy-of]", (place) => {
    if (!navigator.clipboard) return;
    const shown = document.getElementById(place.dataset.copyOf);
    const button = document.createElement("button");
    const status = document.createElement("span");
    button.type = "button";
    button.className = "quiet";
    button.textContent = place.dataset.copyWords;
    status.setAttribute("role", "status");
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(shown.textContent).then(
        () => { status.textContent = place.dataset.copied; },
        () => { place.hidden = true; },
      );
    });
    place.classList.add("copy");
    place.append(button, status);
  });

  // While messages are on their way the page looks again, but not under the hands of someone who reads, and not for ever.
  each("[data-refresh]", (place) => {
    const KEY = `refreshed ${location.pathname}`;
    const times = () => { try { return Number(sessionStorage.getItem(KEY)); } catch { return 0; } };
    const count = (n) => { try { sessionStorage.setItem(KEY, String(n)); } catch { /* private mode */ } };
    const reading = () => document.hidden || !getSelection().isCollapsed || place.contains(document.activeElement);
    const MOST = 100;
    setInterval(() => {
      if (reading() || times() >= MOST) return;
      count(times() + 1);
      location.reload();
    }, Number(place.dataset.refresh) * 1000);
  });
})();
