"use strict";
// The claim: one scripted POST after a press. The value stands in this page for 60 seconds and nowhere else.
(() => {
  const $ = (id) => document.getElementById(id);
  const shownFor = 60;
  const values = new Map(); // field -> value, as long as it is shown
  let clock = 0;

  const say = (text) => { $("status").textContent = text; };

  for (const t of document.querySelectorAll("time")) {
    const at = new Date(t.dateTime);
    if (!isNaN(at)) t.textContent = at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  }
  $("again")?.addEventListener("click", () => location.reload()); // a GET uses nothing up
  if (!$("reveal")) return;

  function show(id) {
    for (const s of ["ready", "shown", "over", "failed"]) $(s).hidden = s !== id;
    $(id).querySelector("h1").focus();
  }

  function fail(text, again) {
    $("why").textContent = text;
    $("again").hidden = !again;
    show("failed");
  }

  // wipe takes the value off the page; what a string leaves in the browser's memory is the browser's.
  function wipe() {
    clearInterval(clock);
    getSelection()?.removeAllRanges();
    for (const field of values.keys()) field.textContent = "";
    values.clear();
    $("parts").replaceChildren();
    say("");
  }

  function hide() {
    if ($("shown").hidden) return;
    wipe();
    show("over");
  }

  const acronyms = /\b(id|api|jwt|sid|url|ikey|skey|pem)\b/gi;
  const words = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ")
    .replace(acronyms, (w) => w.toUpperCase());

  function button(text, name, act) {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "plain";
    b.addEventListener("click", act);
    b.relabel = (t) => {
      b.textContent = t;
      b.setAttribute("aria-label", t + " " + name);
    };
    b.relabel(text);
    return b;
  }

  const covered = (field) => field.classList.contains("covered");

  function cover(field, toggle, yes) {
    field.classList.toggle("covered", yes);
    field.textContent = yes ? "•".repeat(16) : values.get(field);
    toggle?.relabel(yes ? "Show" : "Cover");
  }

  // copyShown is for browsers that keep the clipboard from scripts: select what is shown and copy that.
  function copyShown(field, toggle) {
    if (covered(field)) cover(field, toggle, false);
    getSelection().selectAllChildren(field);
    return document.execCommand("copy");
  }

  async function copy(field, b, toggle) {
    const value = values.get(field);
    if (value === undefined) return;
    let done = true;
    try {
      await navigator.clipboard.writeText(value);
    } catch {
      done = values.has(field) && copyShown(field, toggle);
    }
    if (!done) {
      say("This browser does not let the page copy. The value is selected: press Ctrl+C or ⌘C.");
      return;
    }
    b.relabel("Copied");
    say("Copied. Your clipboard keeps it until you copy something else.");
    setTimeout(() => b.relabel("Copy"), 2000);
  }

  function draw(part) {
    const name = words(part.name);
    const box = document.createElement("div");
    box.className = "part";
    const title = document.createElement("h2");
    title.textContent = name;
    const field = document.createElement("pre");
    for (const [k, v] of Object.entries({ tabindex: "0", role: "textbox", "aria-readonly": "true",
      "aria-multiline": "true", "aria-label": name })) field.setAttribute(k, v);
    values.set(field, part.value);
    let toggle = null;
    if (part.secret) toggle = button("Cover", name, () => cover(field, toggle, !covered(field)));
    const copier = button("Copy", name, () => copy(field, copier, toggle));
    const row = document.createElement("div");
    row.className = "row";
    row.append(title, ...(toggle ? [toggle] : []), copier);
    cover(field, toggle, false);
    box.append(row, field);
    $("parts").append(box);
  }

  // count goes by two clocks: timers stand still in the background, one clock in sleep, and the other can be
  // set.
  function count() {
    const began = [Date.now(), performance.now()];
    const tick = () => {
      const passed = Math.max(Date.now() - began[0], performance.now() - began[1]);
      const left = Math.ceil(shownFor - passed / 1000);
      if (left <= 0) {
        hide();
        return;
      }
      $("left").textContent = left;
      $("bar").classList.toggle("soon", left <= 10);
      if (left === 10) say("Hidden again in 10 seconds.");
    };
    tick();
    clock = setInterval(tick, 1000);
    document.addEventListener("visibilitychange", () => { if (!$("shown").hidden) tick(); });
  }

  async function reveal() {
    $("reveal").disabled = true;
    say("One moment…");
    let answer, body;
    try {
      answer = await fetch(location.pathname, { method: "POST", body: "{}",
        headers: { "Content-Type": "application/json" },
        cache: "no-store", credentials: "same-origin", redirect: "error", referrerPolicy: "no-referrer" });
      body = await answer.json();
    } catch {
      say("");
      fail("Keydesk could not be reached, and the link may be used up. Ask for the key again in your chat " +
        "with Keydesk.");
      return;
    }
    say("");
    if (!answer.ok) {
      fail(body.error || "Ask for the key again in your chat with Keydesk.", answer.status === 401);
      return;
    }
    for (const p of body.parts) draw(p);
    body = null;
    show("shown");
    count();
  }

  $("reveal").addEventListener("click", reveal);
  $("hide").addEventListener("click", hide);
  addEventListener("pagehide", hide);
  document.addEventListener("freeze", hide);
})();
