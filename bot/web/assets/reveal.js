"use strict";
// The claim: one scripted POST after a press. The value lives in this page's DOM for 60 seconds and nowhere else.
(() => {
  const $ = (id) => document.getElementById(id);
  const shownFor = 60;
  let clock = 0;

  for (const t of document.querySelectorAll("time")) {
    const at = new Date(t.dateTime);
    if (!isNaN(at)) t.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }

  const say = (text) => { $("status").textContent = text; };

  function show(id) {
    for (const s of ["ready", "shown", "over", "failed"]) $(s).hidden = s !== id;
    const h = $(id).querySelector("h1");
    if (h) h.focus();
  }

  function fail(text) {
    $("why").textContent = text;
    show("failed");
  }

  function wipe() {
    clearInterval(clock);
    for (const pre of document.querySelectorAll("#parts pre")) pre.textContent = "";
    $("parts").replaceChildren();
  }

  function hide() {
    if ($("shown").hidden) return;
    wipe();
    show("over");
  }

  async function copy(pre, button) {
    try {
      await navigator.clipboard.writeText(pre.dataset.open === "1" ? pre.textContent : pre.secret);
    } catch {
      open(pre, true);
      getSelection().selectAllChildren(pre);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    say("Copied. Your clipboard keeps it until you copy something else.");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  function open(pre, yes) {
    pre.dataset.open = yes ? "1" : "0";
    pre.textContent = yes ? pre.secret : "•".repeat(16);
  }

  const words = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ")
    .replace(/\b(id|api|jwt|sid)\b/gi, (w) => w.toUpperCase());

  function button(text, name, act) {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "plain";
    b.textContent = text;
    b.setAttribute("aria-label", text + " " + name);
    b.addEventListener("click", () => act(b));
    return b;
  }

  function draw(part) {
    const box = document.createElement("div");
    box.className = "part";
    const title = document.createElement("h2");
    title.textContent = words(part.name);
    const pre = document.createElement("pre");
    pre.tabIndex = 0;
    pre.setAttribute("aria-label", words(part.name));
    pre.secret = part.value;
    open(pre, true);
    const row = document.createElement("div");
    row.className = "row";
    row.append(button("Copy", words(part.name), (b) => copy(pre, b)));
    if (part.secret) {
      row.append(button("Cover", words(part.name), (b) => {
        open(pre, pre.dataset.open !== "1");
        b.textContent = pre.dataset.open === "1" ? "Cover" : "Show";
      }));
    }
    box.append(title, pre, row);
    $("parts").append(box);
  }

  async function reveal() {
    $("reveal").disabled = true;
    say("One moment…");
    let answer, body;
    try {
      answer = await fetch(location.pathname, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}",
        cache: "no-store", credentials: "same-origin", redirect: "error", referrerPolicy: "no-referrer" });
      body = await answer.json();
    } catch {
      say("");
      fail("Keydesk could not be reached. The link may be used up now; ask for the key again in your chat.");
      return;
    }
    say("");
    if (!answer.ok) {
      fail(body.error || "Ask for the key again in your chat.");
      return;
    }
    for (const p of body.parts) draw(p);
    body = null;
    show("shown");
    let left = shownFor;
    clock = setInterval(() => {
      left -= 1;
      $("left").textContent = left;
      if (left <= 0) hide();
    }, 1000);
  }

  if (!$("reveal")) return;
  $("reveal").addEventListener("click", reveal);
  $("hide").addEventListener("click", hide);
  addEventListener("pagehide", wipe);
  addEventListener("pageshow", (e) => { if (e.persisted) hide(); });
})();
