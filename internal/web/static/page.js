"use strict";

// Our own pages: the form, and on the campaign's page what is filled in for the signer, from this device or from the link's fragment,
// which no server gets. Never in a frame: a page around it could have one press a button unseen.

const served = protest(document);

function atHome(form) {
  const box = form?.querySelector("[data-remember]");
  if (!box) return;
  const memory = new Memory("one-click-protest");
  const signer = new Signer(form);
  const first = form.closest(".protest").dataset.state === "form" && performance.getEntriesByType("navigation")[0]?.type !== "back_forward";
  const linked = fromFragment();
  const known = memory.read();
  remember(form, box, memory, signer);
  if (linked && first) {
    signer.fill(linked);
    form.querySelector("[data-prefilled]").hidden = false;
    served.live();
  } else if (known && first) {
    oneButton(form, memory, signer, known);
  }
}

// Memory is one item of this browser's storage, where that is not blocked.
class Memory {
  constructor(key) {
    this.key = key;
  }

  get works() {
    try {
      return Boolean(window.localStorage);
    } catch {
      return false;
    }
  }

  read() {
    try {
      const { name, email, country } = JSON.parse(localStorage.getItem(this.key)) ?? {};
      return [name, email, country].every((value) => typeof value === "string" && value) ? { name, email, country } : undefined;
    } catch {
      return undefined;
    }
  }

  write(signer) {
    try {
      localStorage.setItem(this.key, JSON.stringify(signer));
    } catch {
      // full or blocked: the signer fills the form in next time
    }
  }

  // wish is whether the box was ticked on the page before, which a preview or an error replaced; null where there was none.
  get wish() {
    try {
      return sessionStorage.getItem(this.key);
    } catch {
      return null;
    }
  }

  set wish(ticked) {
    try {
      sessionStorage.setItem(this.key, ticked ? "yes" : "no");
    } catch {
      // the box must be ticked again
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // blocked: there is nothing
    }
  }
}

// Signer is the three fields that are the same in every campaign.
class Signer {
  constructor(form) {
    this.fields = ["name", "email", "country"].map((name) => form.elements[name]);
  }

  fill(values) {
    for (const field of this.fields) {
      const value = values[field.name];
      const possible = !field.options || [...field.options].some((option) => option.value === value);
      if (value !== undefined && possible) field.value = value;
    }
  }

  get filled() {
    return this.fields.every((field) => field.value.trim() && field.checkValidity());
  }

  get values() {
    return Object.fromEntries(this.fields.map((field) => [field.name, field.value.trim()]));
  }

  get country() {
    return this.fields[2].selectedOptions[0]?.textContent ?? "";
  }
}

// fromFragment takes what a mailing's link says of its reader out of the address, so that it stays in no history and no copied link.
function fromFragment() {
  const values = {};
  const said = location.hash.slice(1).split("&").map(keyAndValue).filter(([key]) => ["name", "email", "country"].includes(key));
  for (const [key, value] of said) {
    if (value) values[key] = value;
  }
  if (said.length === 0) return undefined;
  history.replaceState(history.state, "", location.pathname + location.search); // also what could not be read
  if (Object.keys(values).length === 0) return undefined;
  if (values.country) values.country = values.country.toUpperCase();
  return values;
}

// keyAndValue is one key and value. Mailing systems write a space as a plus; in an address the plus is its own.
function keyAndValue(pair) {
  const at = pair.indexOf("=");
  const key = pair.slice(0, at);
  const value = pair.slice(at + 1);
  try {
    return [key, decodeURIComponent(key === "email" ? value : value.replaceAll("+", " ")).slice(0, 254)];
  } catch {
    return [key, ""];
  }
}

// remember keeps the signer when the letter is sent with the box ticked, and forgets one when it is sent without.
function remember(form, box, memory, signer) {
  if (!memory.works) return;
  const ticked = box.querySelector("input");
  box.hidden = false;
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === memory.key && newValue === null) ticked.checked = false; // forgotten in another tab
  });
  ticked.checked = memory.wish ? memory.wish === "yes" : Boolean(memory.read());
  form.addEventListener("submit", ({ submitter }) => {
    memory.wish = ticked.checked;
    if (submitter?.value !== "send") return;
    if (!ticked.checked) memory.forget();
    else if (signer.filled && form.elements.consent.checked) memory.write(signer.values);
  });
}

// oneButton shows a remembered signer the letter and one button, if nothing else has to be filled in.
async function oneButton(form, memory, signer, known) {
  signer.fill(known);
  const consent = form.elements.consent;
  const missing = [...form.elements].some((field) => field !== consent && field.required && !field.value);
  if (!(await served.live()) || missing || !signer.filled) return;
  if (form.contains(document.activeElement)) return; // begun by hand: nobody's field is taken away
  const panel = form.querySelector("#remembered");
  const said = { ...signer.values, email: masked(signer.values.email), country: signer.country };
  fillIn(panel.querySelector("[data-as]"), said);
  compact(form, panel, true);
  const settled = settling();
  panel.querySelector(".agree").addEventListener("click", (event) => {
    if (settled()) consent.checked = true;
    else event.preventDefault();
  });
  panel.querySelector("[data-change]").addEventListener("click", () => compact(form, panel, false));
  panel.querySelector("[data-forget]").addEventListener("click", () => {
    memory.forget();
    signer.fill({ name: "", email: "", country: "" });
    form.querySelector("[data-remember] input").checked = false;
    const status = form.querySelector("[data-forgotten]");
    status.textContent = status.dataset.forgotten;
    compact(form, panel, false);
    served.live();
  });
}

// settling answers whether the page has been in front for a moment. Another page can have this one come up between the two halves of a
// double click: the second must not be taken for consent.
function settling() {
  let since = performance.now();
  for (const type of ["focus", "pageshow"]) window.addEventListener(type, () => (since = performance.now()));
  document.addEventListener("visibilitychange", () => (since = performance.now()));
  return () => performance.now() - since > 500; // ms, the longest that systems take two clicks for a double one by default
}

// fillIn fills a line's placeholders, each apart from the direction of the text around it.
function fillIn(line, said) {
  line.replaceChildren(...line.dataset.as.split(/(\{\w+\})/).map((piece) => {
    const value = said[piece.slice(1, -1)];
    return value === undefined ? piece : Object.assign(document.createElement("bdi"), { textContent: value });
  }));
}

// compact hides the form behind the panel, or shows it again.
function compact(form, panel, on) {
  form.classList.toggle("compact", on);
  panel.hidden = !on;
  if (!on) form.elements.name.focus();
}

// masked is an address as its owner knows it again and a stranger looking on does not: a•••@example.org.
function masked(email) {
  const at = email.lastIndexOf("@");
  return `${[...email][0]}•••${email.slice(at)}`;
}

if (window.top === window) atHome(document.querySelector(".protest form[data-endpoint]"));
