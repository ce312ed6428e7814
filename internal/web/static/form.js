"use strict";

// What a script adds to the form, which works without one: the letter follows what is typed, links to errors, buttons to copy, print
// and share, and no second press. The same for the hosted page, the frame and the widget.

// A partner's page may require Trusted Types. What goes through the policy is our own server's markup alone, which has escaped what
// was typed; parsed this way its scripts would not run either.
const trusted = (() => {
  try {
    return globalThis.trustedTypes?.createPolicy("one-click-protest", { createHTML: (html) => html });
  } catch {
    return undefined; // not allowed by the page: parse fails then if the page requires one
  }
})();

// parse answers the fragment in a document, or null.
function parse(html) {
  return new DOMParser().parseFromString(trusted?.createHTML(html) ?? html, "text/html").querySelector(".protest");
}

// protest serves the form in root, a document or a widget's shadow root, until signal is aborted. Of options all are optional: submit
// sends in place of the browser, print prints a letter in place of the window, dress looks at what is about to be shown. It answers live, which
// asks for the letter at once, and show, which prepares what was put in.
function protest(root, { submit, print, dress, signal } = {}) {
  const pause = 600; // ms without a key: a word is typed, the server is asked seldom
  const stuck = 15000; // ms after which a page that is still here was stopped by its visitor
  const unsaid = ["email", "consent", "subscribe"]; // what a preview does not need it does not get
  let timer, request, skipped;

  const on = (type, listener) => root.addEventListener(type, listener, { signal });
  const form = () => root.querySelector("form[data-endpoint]");
  const sent = (at) => at.hasAttribute("aria-busy");
  const rest = () => {
    clearTimeout(timer);
    request?.abort();
  };

  // soon puts the preview off until nothing was typed for a while. An answer to what has changed since is never shown.
  function soon() {
    rest();
    timer = setTimeout(live, pause);
  }

  async function live() {
    rest();
    const at = form();
    if (!at || sent(at)) return false;
    const { signal: stopped } = (request = new AbortController());
    const body = new FormData(at);
    for (const name of unsaid) body.delete(name);
    body.set("do", "live");
    try {
      const answer = await fetch(at.dataset.endpoint, { method: "POST", body, credentials: "omit", signal: stopped });
      const fresh = answer.ok ? parse(await answer.text()) : null;
      if (stopped.aborted || !["form", "preview"].includes(fresh?.dataset.state)) return false;
      swap(fresh);
      return fresh.dataset.state === "preview";
    } catch {
      return false; // a comfort: sending shows the letter, too
    }
  }

  const held = (part) => part !== root.activeElement && part?.contains(root.activeElement);
  const part = (name) => root.querySelector(`[data-part="${name}"]`);

  // swap replaces the parts that have changed. Nobody's cursor is taken away: while one is in the signer's own words, these, the
  // letter to edit and the hidden fields, which belong together, wait until it has left. The version is that of the letters shown.
  function swap(fresh) {
    skipped = held(part("words")) || held(part("edit"));
    show(fresh);
    for (const next of fresh.querySelectorAll("[data-part]")) {
      const name = next.dataset.part;
      const old = part(name);
      const waits = skipped && ["words", "edit", "carried"].includes(name);
      if (old && !waits && !held(old)) replace(old, next);
    }
    const [seen, shown] = [root, fresh].map((tree) => tree.querySelector("[name=version]"));
    if (seen && shown) seen.value = shown.value;
  }

  function replace(old, next) {
    // An alert that was read out is not read out again with every key.
    if (old.querySelector("[role=alert]")) next.querySelector("[role=alert]")?.removeAttribute("role");
    for (const details of next.querySelectorAll("details")) details.open = root.getElementById(details.id)?.open ?? details.open;
    for (const area of next.querySelectorAll("textarea")) {
      const { height } = root.getElementById(area.id)?.style ?? {};
      if (height) area.style.height = height; // made larger by its writer
    }
    if (old.isEqualNode(next)) return;
    const looked = old === root.activeElement; // the letter, at which a preview puts the focus
    old.replaceWith(document.adoptNode(next));
    if (!looked) return;
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
  }

  function edited({ target }) {
    if (target.form && target.form === form() && target.name && !unsaid.includes(target.name)) soon();
  }

  function left({ target, relatedTarget }) {
    const from = target.closest("[data-part]");
    if (!skipped || !from || from.contains(relatedTarget)) return;
    skipped = false;
    soon();
  }

  // busy marks a form as being sent. It stays pressable for assistive technology, but a second press does nothing.
  function busy(at, button) {
    const said = button?.textContent;
    at.setAttribute("aria-busy", "true");
    button?.setAttribute("aria-disabled", "true");
    if (button?.dataset.busy) button.textContent = button.dataset.busy;
    return () => {
      at.removeAttribute("aria-busy");
      button?.removeAttribute("aria-disabled");
      if (button) button.textContent = said;
    };
  }

  function sending(event) {
    const { target: at, submitter } = event;
    if (sent(at)) return event.preventDefault();
    rest();
    const done = busy(at, submitter);
    if (submit && at === form()) {
      event.preventDefault();
      return submit(at, submitter).finally(done);
    }
    setTimeout(done, stuck);
    window.addEventListener("pageshow", done, { once: true, signal }); // gone back to
  }

  async function copy({ dataset }) {
    const text = root.getElementById(dataset.copy);
    const status = root.getElementById(dataset.copy + "-status");
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      status.textContent = dataset.copied;
    } catch {
      text.focus(); // selected: the browser's own command copies it
    }
  }

  // alone prints one of the page's letters. Without a script a browser prints all that are their signer's to print.
  function alone(letter) {
    const papers = [...root.querySelectorAll(".paper")];
    const aside = papers.map((paper) => paper.classList.contains("aside"));
    papers.forEach((paper) => paper.classList.toggle("aside", paper !== letter));
    const restore = () => papers.forEach((paper, i) => paper.classList.toggle("aside", aside[i]));
    window.addEventListener("afterprint", restore, { once: true });
    window.print();
  }

  // jump goes to a control and to its label above it. Links inside a shadow root lead nowhere by themselves.
  function jump(event, link) {
    const target = root.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    if (!target.matches("input, select, textarea, [tabindex]")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
    (target.closest(".row, .consent") ?? target).scrollIntoView({ block: target.matches(".form") ? "start" : "nearest" });
  }

  function pressed(event) {
    const at = event.target.closest("a, button");
    if (!at) return;
    const { copy: copies, print: prints, share } = at.dataset;
    if (copies !== undefined) copy(at);
    else if (prints !== undefined) (print ?? alone)(root.getElementById(prints));
    else if (share !== undefined) navigator.share({ title: at.dataset.title, url: at.dataset.url }).catch(() => {}); // thought better of
    else if (at.getAttribute("href")?.startsWith("#") && at.closest(".protest")) jump(event, at);
  }

  // show shows what only a script can serve.
  function show(fresh) {
    dress?.(fresh);
    const served = ["[data-copy]", "[data-print]", "[data-live]"];
    if (navigator.share) served.push("[data-share]");
    for (const element of fresh.querySelectorAll(served.join())) element.hidden = false;
  }

  on("input", edited);
  on("change", edited);
  on("focusout", left);
  on("submit", sending);
  on("click", pressed);
  signal?.addEventListener("abort", rest);
  show(root);
  return { live, show };
}
