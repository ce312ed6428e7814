// The element <one-click-protest campaign partner lang thanks-url>: the form in a shadow root on a partner's page. It is served behind
// form.js, formCSS and house, our origin, with them in one function. It keeps nothing, sets no cookie and asks no origin but ours.

const patience = 30000; // ms for an answer, which the server gives up on long before

// Parts are what a partner's own style sheet can reach: one-click-protest::part(button).
const parts = {
  title: ".title", counter: ".counter", letter: ".paper", form: ".form", button: "button, .button", result: "[data-state=accepted]",
};

const warn = (said, ...more) => console.warn(`one-click-protest: ${said}`, ...more);

// style gives a tree of view's document the sheet. A constructed sheet passes a policy that allows no inline style. Browsers without
// (before 2023) get a style element: under such a policy the form then works, but without its looks.
function style(tree, view) {
  if ("adoptedStyleSheets" in tree) {
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(formCSS);
    tree.adoptedStyleSheets = [sheet];
    return;
  }
  const element = document.createElement("style");
  element.textContent = formCSS;
  (tree.head ?? tree).append(element);
}

// quiet keeps to the form what is typed into a field. Escape and the tab key remain the page's, too.
function quiet(event) {
  if (event.key?.length === 1 && event.target.matches("input, select, textarea")) event.stopPropagation();
}

// dress names the parts, and makes links lead to our origin instead of the partner's.
function dress(tree) {
  for (const [name, selector] of Object.entries(parts)) {
    if (tree.matches?.(selector)) tree.part.add(name);
    for (const element of tree.querySelectorAll(selector)) element.part.add(name);
  }
  for (const link of tree.querySelectorAll('a[href^="/"]')) link.href = new URL(link.getAttribute("href"), house).href;
}

// changed is what was typed or chosen while a form was on its way: the answer knows nothing of it. Consent is given to what is seen.
function changed(form, body) {
  return [...form.elements].filter(({ name, type, value }) => name && !["hidden", "checkbox", "submit"].includes(type) && body.get(name) !== value);
}

function retype(fresh, since) {
  for (const { name, value } of since) {
    const field = fresh.querySelector("form")?.elements[name];
    if (!field) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true })); // the letter follows
  }
}

class OneClickProtest extends HTMLElement {
  static observedAttributes = ["campaign", "partner", "lang"];
  #root = this.attachShadow({ mode: "open" });
  #end; // of what is shown, and of loading it
  #due = false;
  #form; // what serves the form shown

  constructor() {
    super();
    style(this.#root, window);
    this.#fallBack();
    // To the page, keys come from the element and not from a field: what is typed would be taken for its shortcuts.
    for (const type of ["keydown", "keypress", "keyup"]) this.#root.addEventListener(type, quiet);
  }

  connectedCallback() {
    if (!this.#end) this.#renew();
  }

  // An element that is only moved is connected again before the microtask, and keeps what was typed.
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#end?.abort();
      this.#end = undefined;
      this.#fallBack();
    });
  }

  attributeChangedCallback(name, before, now) {
    if (before !== now && this.#end) this.#renew();
  }

  // Several attributes that change together load once.
  #renew() {
    this.#end?.abort();
    this.#end = new AbortController();
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.#end) this.#load(this.#end.signal);
    });
  }

  #path(suffix) {
    return `${house}${suffix}${encodeURIComponent(this.getAttribute("campaign") ?? "")}`;
  }

  #query() {
    const query = new URLSearchParams();
    const language = this.closest("[lang]")?.lang || document.documentElement.lang;
    if (language) query.set("language", language);
    if (this.getAttribute("partner")) query.set("partner", this.getAttribute("partner"));
    return query;
  }

  // #fallBack shows the link that stands inside the element, or one of our own in its place.
  #fallBack() {
    const slot = document.createElement("slot");
    const link = document.createElement("a");
    link.href = link.textContent = this.#path("/c/");
    slot.append(link);
    this.#root.replaceChildren(slot);
  }

  async #load(signal) {
    try {
      const answer = await fetch(`${this.#path("/v1/campaigns/")}/form?${this.#query()}`, { credentials: "omit", signal });
      const fresh = parse(await answer.text());
      if (signal.aborted) return;
      if (!fresh) throw new Error(this.#refusal(answer.status));
      this.#root.replaceChildren(fresh);
      const options = { submit: (form, button) => this.#send(form, button, signal), print: (letter) => this.#print(letter), dress, signal };
      this.#form = protest(this.#root, options);
      this.#tell("ready", { language: fresh.dataset.language });
    } catch (error) {
      if (signal.aborted) return;
      this.#fallBack();
      warn(`the form could not be loaded, the link stays. ${error.message}. If this page has a Content-Security-Policy, it needs ` +
        `${house} in script-src and connect-src, and where it names trusted-types, one-click-protest.`);
    }
  }

  #refusal(status) {
    const slug = this.getAttribute("campaign");
    if (status === 403) return `The origin ${location.origin} is not on the campaign's list: add it to the origins of a partner in campaign.yaml of “${slug}”`;
    if (status === 404) return `There is no campaign “${slug}”`;
    return `${house} answered with status ${status}`;
  }

  // #send shows the answer to what was pressed. It is not broken off when the element goes: the letter may be on its way.
  async #send(form, button, signal) {
    const body = new FormData(form);
    if (button?.name) body.set(button.name, button.value);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), patience);
    try {
      const answer = await fetch(form.dataset.endpoint, { method: "POST", body, credentials: "omit", signal: late.signal });
      const fresh = parse(await answer.text());
      if (signal.aborted) return;
      if (!fresh) throw new Error(this.#refusal(answer.status));
      if (fresh.dataset.state === "error") this.#complain(fresh);
      else this.#show(fresh, changed(form, body));
    } catch (error) {
      if (signal.aborted) return;
      warn(error.message);
      this.#offline();
    } finally {
      clearTimeout(timer);
    }
  }

  // #offline: nobody knows whether the letter was handed over. What was typed stays, and the button can be pressed again.
  #offline() {
    const alert = this.#root.querySelector("[data-offline]");
    if (!alert) return;
    alert.hidden = false;
    this.#look(alert);
  }

  // #complain says what was wrong with a request as a whole above the buttons, where an answer without a form would lose what was typed.
  #complain(fresh) {
    const alert = document.createElement("div");
    alert.className = "alert complaint";
    alert.setAttribute("role", "alert");
    alert.append(...fresh.querySelectorAll("p:not(:has(a))"));
    this.#root.querySelector(".complaint")?.remove();
    this.#root.querySelector("[data-offline]")?.before(alert);
    this.#look(alert);
  }

  #show(fresh, since) {
    this.#root.replaceChildren(fresh);
    this.#form.show(fresh);
    retype(fresh, since);
    if (fresh.dataset.state === "accepted") this.#accepted(fresh);
    this.#look(this.#root.getElementById("look") ?? fresh);
  }

  #look(element) {
    if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
  }

  #accepted(fresh) {
    const { kind } = fresh.dataset;
    this.#tell("accepted", { kind });
    const to = this.#thanks();
    if (!to) return;
    if (kind === "sent") {
      location.assign(to);
      return;
    }
    const line = document.createElement("p");
    const link = document.createElement("a");
    line.className = "buttons";
    link.className = "button";
    link.part = "button";
    link.href = to;
    link.textContent = fresh.dataset.continue || to;
    line.append(link);
    fresh.append(line);
  }

  #thanks() {
    const said = this.getAttribute("thanks-url");
    if (!said) return undefined;
    try {
      const url = new URL(said, document.baseURI);
      if (["http:", "https:"].includes(url.protocol)) return url.href;
    } catch {
      // told below
    }
    warn("thanks-url is no address of the web");
    return undefined;
  }

  // #tell tells the page, for its own counting: nothing of the signer.
  #tell(what, more) {
    const detail = { campaign: this.getAttribute("campaign"), ...more };
    this.dispatchEvent(new CustomEvent(`protest:${what}`, { bubbles: true, composed: true, detail }));
  }

  // #print prints one letter alone, from a frame of the partner's page that nothing is loaded into.
  #print(letter) {
    this.#root.querySelector(".sheet")?.remove();
    const frame = document.createElement("iframe");
    frame.className = "sheet";
    frame.setAttribute("aria-hidden", "true");
    frame.tabIndex = -1;
    frame.addEventListener("load", () => {
      const { contentDocument: sheet, contentWindow: view } = frame;
      style(sheet, view);
      sheet.title = document.title;
      sheet.documentElement.lang = this.#root.querySelector(".protest").lang;
      sheet.documentElement.dir = this.#root.querySelector(".protest").dir;
      for (const part of [this.#root.querySelector(".banner"), letter]) if (part) sheet.body.append(sheet.importNode(part, true));
      sheet.querySelector(".aside")?.classList.remove("aside");
      view.addEventListener("afterprint", () => frame.remove());
      view.print();
    }, { once: true });
    this.#root.append(frame);
  }
}

if (!customElements.get("one-click-protest")) customElements.define("one-click-protest", OneClickProtest);
