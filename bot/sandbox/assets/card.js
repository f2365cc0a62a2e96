// Cards: what their buttons and inputs do. Typed values leave this page only in a press.

const me = document.body.dataset.me;

// call posts to the page's own API; problem is a sentence for the person, or undefined.
export async function call(what, data) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    const res = await fetch(`/page/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: me, zone, locale: navigator.language, ...data }),
    });
    const body = await res.json();
    return res.ok ? { body } : { problem: body.error.message, status: res.status };
  } catch {
    return { problem: "Keydesk cannot be reached. Is it still running?" };
  }
}

// dress does what markup alone cannot: local times, and sizes that the page's policy keeps out
// of the markup.
export function dress(node) {
  for (const t of node.querySelectorAll("time[data-form]")) t.textContent = local(t);
  for (const col of node.querySelectorAll("[data-width]")) {
    const w = col.dataset.width;
    if (w.endsWith("px")) col.style.flex = `0 0 ${w}`;
    else if (w !== "auto" && w !== "stretch") col.style.flex = `${w} 1 0`;
  }
}

const forms = {
  time: { timeStyle: "short" },
  compact: { dateStyle: "short" },
  short: { weekday: "short", year: "numeric", month: "short", day: "numeric" },
  long: { dateStyle: "full" },
};

function local(t) {
  const at = new Date(t.dateTime);
  t.title = at.toLocaleString();
  if (t.dataset.form !== "stamp") return at.toLocaleString([], forms[t.dataset.form] ?? forms.compact);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString([], today ? { timeStyle: "short" }
    : { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
}

// inForm says whether a person is filling something in there.
export const inForm = (root) => root.contains(document.activeElement) &&
  document.activeElement.matches(".card input, .card select, .card textarea");

// focusFirst puts the keyboard where a replaced card wants it.
export function focusFirst(node) {
  const field = node.querySelector(".card input:not([hidden]), .card select, .card textarea");
  (field ?? node).focus({ preventScroll: false });
}

// --- inputs ----------------------------------------------------------------------------------

// scope are the inputs that go with a button: those of its card and of the cards around it.
function scope(button) {
  const card = button.closest(".card");
  return [...card.querySelectorAll("[data-input]")].filter((f) => {
    const shown = f.closest("[data-show]");
    return !shown || shown.contains(button);
  });
}

const isSet = (f) => f.matches("fieldset");

function valueOf(f) {
  if (isSet(f)) return [...f.querySelectorAll("input:checked")].map((i) => i.value).join(",");
  if (f.type === "checkbox") return f.checked ? f.dataset.yes : f.dataset.no;
  if (f.dataset.combo !== undefined) return choiceOf(f)?.dataset.value ?? "";
  return f.value;
}

const optionsOf = (f) => document.getElementById(f.getAttribute("aria-controls"));
const fold = (s) => s.trim().toLowerCase();

function choiceOf(f) {
  const typed = fold(f.value);
  return [...optionsOf(f).querySelectorAll("[data-value]")]
    .find((o) => fold(o.textContent) === typed || fold(o.dataset.value) === typed);
}

// wrong is what to say about an input, or "".
function wrong(f) {
  const value = valueOf(f);
  const needed = f.required || f.dataset.required !== undefined;
  if (needed && (f.type === "checkbox" ? !f.checked : !value.trim())) return message(f, "This is needed.");
  if (f.dataset.combo !== undefined && f.value.trim() && !value) return "Choose one of the list.";
  if (value && !fits(f.dataset.regex, value)) return message(f, "This does not have the right form.");
  if (f.validity && !f.validity.valid && !f.validity.valueMissing) return message(f, f.validationMessage);
  return "";
}

// fits lets everything pass that a form cannot be checked for here; the bot checks again.
function fits(form, value) {
  try {
    return !form || new RegExp(`^(?:${form})$`).test(value);
  } catch {
    return true;
  }
}

const slot = (f) => document.getElementById(f.getAttribute("aria-describedby"));
const message = (f, otherwise) => slot(f)?.dataset.message || otherwise;

function mark(f) {
  const text = wrong(f);
  const line = slot(f);
  f.toggleAttribute("aria-invalid", false);
  if (text) f.setAttribute("aria-invalid", "true");
  if (line) {
    line.textContent = text;
    line.hidden = !text;
  }
  return !text;
}

// collect answers the inputs of a press, or undefined when one needs another look.
function collect(button) {
  if (button.dataset.ignoreInputs !== undefined) return {};
  const fields = scope(button);
  const bad = fields.filter((f) => !mark(f));
  if (bad.length) {
    (isSet(bad[0]) ? bad[0].querySelector("input") : bad[0]).focus();
    return undefined;
  }
  return Object.fromEntries(fields.map((f) => [f.name || f.dataset.set, valueOf(f)]).filter(([, v]) => v));
}

// --- buttons -----------------------------------------------------------------------------------

async function press(button, page) {
  const msg = button.closest(".msg");
  const card = button.closest(".card");
  if (card.dataset.busy) return; // a double click is one press
  const inputs = collect(button);
  if (!inputs) return;
  card.dataset.busy = "true";
  button.classList.add("busy");
  button.setAttribute("aria-busy", "true");
  tell(card, "", false);
  page.follow(msg);
  const { body, problem } = await call("press", {
    chat: msg.closest(".chat").dataset.chat, message: msg.dataset.id, seq: msg.dataset.seq,
    action: Number(button.dataset.action), inputs,
  });
  delete card.dataset.busy;
  button.classList.remove("busy");
  button.removeAttribute("aria-busy");
  const now = document.getElementById(msg.id)?.querySelector(".card") ?? card; // it may have been edited meanwhile
  if (problem) return tell(now, problem, true);
  if (body.live) {
    page.put(body.live);
    page.say(`Changed: ${body.live.say}`);
  }
  if (body.text) tell(now, body.text, body.result !== "message");
}

function tell(card, text, bad) {
  const line = card.querySelector(":scope > .card-says");
  line.textContent = text;
  line.hidden = !text;
  line.classList.toggle("bad", bad);
  if (text && bad) line.scrollIntoView({ block: "nearest" });
}

function toggle(button) {
  const card = button.closest(".card");
  for (const word of button.dataset.targets.split(" ").filter(Boolean)) {
    const sign = word[0] === "+" || word[0] === "-" ? word[0] : "";
    const id = decodeURIComponent(word.slice(sign.length));
    for (const el of card.querySelectorAll("[data-el]")) {
      if (el.dataset.el === id) el.hidden = sign ? sign === "-" : !el.hidden;
    }
  }
}

function show(button) {
  const open = button.getAttribute("aria-expanded") !== "true";
  for (const other of button.parentElement.querySelectorAll('[data-do="show"]')) {
    const on = other === button && open;
    other.setAttribute("aria-expanded", String(on));
    document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
  }
  if (!open) return;
  document.getElementById(button.getAttribute("aria-controls")).querySelector("[data-input]")?.focus();
}

function eye(button) {
  const input = button.parentElement.querySelector("input");
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

// --- a choice with a search ----------------------------------------------------------------------

function openList(f, all) {
  const list = optionsOf(f);
  const typed = all ? "" : fold(f.value);
  let any = false;
  for (const o of list.querySelectorAll("[data-value]")) {
    o.hidden = !fold(o.textContent).includes(typed) && !fold(o.dataset.value).includes(typed);
    any ||= !o.hidden;
  }
  let none = list.querySelector(".none");
  if (!none) list.append(none = Object.assign(document.createElement("li"), { className: "none" }));
  none.textContent = "Nothing fits. Clear the box to see all.";
  none.hidden = any;
  list.hidden = false;
  f.setAttribute("aria-expanded", "true");
  point(f, typed ? list.querySelector("[data-value]:not([hidden])") : null);
}

function closeList(f) {
  optionsOf(f).hidden = true;
  f.setAttribute("aria-expanded", "false");
  f.removeAttribute("aria-activedescendant");
}

function point(f, option) {
  for (const o of optionsOf(f).querySelectorAll('[aria-selected="true"]')) {
    o.setAttribute("aria-selected", "false");
  }
  if (!option) return f.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  f.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function choose(f, option) {
  f.value = option.textContent;
  closeList(f);
  mark(f);
}

function comboKey(f, e) {
  const open = !optionsOf(f).hidden;
  const now = optionsOf(f).querySelector('[aria-selected="true"]');
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    e.preventDefault();
    if (!open) return openList(f, true);
    const shown = [...optionsOf(f).querySelectorAll("[data-value]:not([hidden])")];
    const i = shown.indexOf(now) + (e.key === "ArrowDown" ? 1 : -1);
    point(f, shown.at(i % shown.length));
  } else if (e.key === "Enter" && open && now) {
    e.preventDefault();
    choose(f, now);
  } else if (e.key === "Escape" && open) {
    closeList(f);
  }
}

// cardEvents listens for all cards, also those that come later.
export function cardEvents(page) {
  document.addEventListener("click", (e) => {
    const option = e.target.closest('[role="option"]');
    if (option) choose(option.closest(".combo").querySelector("input"), option);
    const button = e.target.closest(".card [data-do]");
    if (!button) return;
    ({ press: () => press(button, page), toggle: () => toggle(button), show: () => show(button),
      eye: () => eye(button) })[button.dataset.do]?.();
    const menu = button.closest(".more");
    if (menu) menu.open = false;
  });
  document.addEventListener("mousedown", (e) => {
    if (e.target.closest('[role="option"]')) e.preventDefault(); // the box keeps the keyboard
    else if (e.target.matches("[data-combo]")) openList(e.target, true);
  });
  document.addEventListener("input", (e) => {
    const f = e.target;
    if (f.matches("[data-combo]")) openList(f, false);
    if (f.getAttribute("aria-invalid")) mark(f);
  });
  document.addEventListener("focusout", (e) => {
    if (e.target.matches?.("[data-combo]")) closeList(e.target);
  });
  document.addEventListener("keydown", (e) => {
    if (e.target.matches("[data-combo]")) comboKey(e.target, e);
    else if (e.key === "Enter" && e.target.matches(".card input")) enter(e);
  });
}

// enter presses the card's main button from inside a one-line input.
function enter(e) {
  const within = e.target.closest("[data-show], .card");
  const main = within.querySelector('.btn-positive[data-do="press"]') ??
    within.querySelector('[data-do="press"]');
  e.preventDefault();
  main?.click();
}
