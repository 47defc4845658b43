// Proof of work: finds the number in the page's challenge while the person types, so that there are no characters to type. The page
// works without it. This file is also its own worker. Texts come from the page's attributes; only textContent and properties.
"use strict";

(() => {
  // So many derivations are under way at once: they hide each other's calls.
  const LANES = 8;
  // A slow device: after this many milliseconds the characters are shown as well.
  const PATIENCE = 20000;

  const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // The worker.
  if (typeof document === "undefined") {
    const derive = async (nonce, salt, cost, length, counter) => {
      const password = new Uint8Array(nonce.length + 4);
      password.set(nonce);
      new DataView(password.buffer).setUint32(nonce.length, counter);
      const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
      const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: cost };
      return { counter, derivedKey: hex(await crypto.subtle.deriveBits(how, key, length * 8)) };
    };
    addEventListener("message", async ({ data: { parameters, most } }) => {
      const [nonce, salt] = [bytes(parameters.nonce), bytes(parameters.salt)];
      for (let first = 0; first < most; first += LANES) {
        const lanes = Array.from({ length: LANES }, (_, lane) =>
          derive(nonce, salt, parameters.cost, parameters.keyLength, first + lane));
        const found = (await Promise.all(lanes)).find((tried) => tried.derivedKey.startsWith(parameters.keyPrefix));
        if (found) {
          postMessage(found);
          return;
        }
      }
      postMessage(null);
    });
    return;
  }

  const here = document.currentScript.src;
  const start = () => {
    // The only address that a worker can be made from, whatever is asked for.
    const policy = window.trustedTypes?.createPolicy("sspr-proof", { createScriptURL: () => here });
    return new Worker(policy ? policy.createScriptURL("") : here);
  };

  document.querySelectorAll("[data-proof]").forEach((box) => {
    // No secure context, or an old browser: the characters stay.
    if (!window.isSecureContext || !window.Worker || !window.crypto?.subtle) return;
    const form = box.closest("form");
    const field = box.querySelector("input");
    const status = box.querySelector("[role=status]");
    const alone = "alone" in box.dataset;
    const puzzle = (hidden) => form.querySelectorAll("[data-puzzle]").forEach((part) => { part.hidden = hidden; });
    const say = (what) => { status.textContent = box.dataset[what]; };
    let over = false;
    let waiting = null;

    const fail = () => {
      if (over) return;
      over = true;
      puzzle(false);
      if (!alone && !waiting) return;
      say("failed");
      if (waiting) form.elements.captcha.focus();
      waiting = null;
    };
    const finish = (solution) => {
      if (!solution) {
        fail();
        return;
      }
      field.value = `{"challenge":${box.dataset.proof},"solution":${JSON.stringify(solution)}}`;
      // Too late to hide anything again; it is sent along all the same.
      if (over) return;
      over = true;
      if (alone || waiting) say("done");
      if (waiting) form.requestSubmit(waiting);
    };

    let worker;
    try {
      worker = start();
    } catch {
      return;
    }
    worker.addEventListener("message", ({ data }) => {
      worker.terminate();
      finish(data);
    });
    worker.addEventListener("error", fail);
    setTimeout(fail, PATIENCE);
    box.hidden = false;
    if (alone) {
      puzzle(true);
      say("working");
    }
    worker.postMessage({ parameters: JSON.parse(box.dataset.proof).parameters, most: Number(box.dataset.most) });

    // Whoever is quicker than the calculation waits for it, and no longer than PATIENCE.
    form.addEventListener("submit", (event) => {
      if (over || event.submitter?.name === "without_puzzle") return;
      event.preventDefault();
      event.stopPropagation();
      if (!waiting) say("waiting");
      waiting = event.submitter ?? form.querySelector("[type=submit]");
    });
  });
})();
