// What is entered: one scripted POST after a press. A mistake leaves everything as it was typed.
import { $, complain, post, say } from "./page.js";

const maxFile = 64 * 1024;
let path = location.pathname;

const entry = (box) => box.querySelector("input:not([type=file]), textarea");

// lines puts the other kind of entry in the place of the one that is there; what was typed stays.
function lines(box, several) {
  const old = entry(box);
  if ((old.tagName === "TEXTAREA") === several) return;
  const now = document.createElement(several ? "textarea" : "input");
  for (const a of ["id", "autocomplete", "autocapitalize", "spellcheck", "placeholder"]) {
    if (old.hasAttribute(a)) now.setAttribute(a, old.getAttribute(a));
  }
  now.value = several ? old.value : old.value.replace(/\s*\n\s*/g, " ").trim();
  old.value = "";
  old.replaceWith(now);
  press(box, "lines", several);
  show(box, box.dataset.shown === "yes");
  now.focus();
}

function show(box, yes) {
  box.dataset.shown = yes ? "yes" : "";
  const field = entry(box);
  if (field.tagName === "TEXTAREA") field.classList.toggle("masked", !yes);
  else field.type = yes ? "text" : "password";
  press(box, "show", yes);
}

function press(box, what, yes) {
  box.querySelector(`[data-do="${what}"]`).setAttribute("aria-pressed", String(yes));
}

// load takes a file, such as a PEM key. It is read here and goes nowhere before Save.
async function load(box, file) {
  if (!file) return;
  complain("");
  const text = file.size > maxFile ? null : new TextDecoder("utf-8").decode(await file.arrayBuffer());
  if (text === null || /[\u0000\ufffd]/.test(text)) {
    complain(text === null ? "That file is too big: a key has 16 KB at most."
      : "That file is no text. Choose the key in its text form, for example PEM.");
    return;
  }
  lines(box, true);
  entry(box).value = text;
  say(`${file.name} is in ${box.dataset.title}.`);
}

for (const box of document.querySelectorAll("[data-secret]")) {
  const chooser = box.querySelector("input[type=file]");
  const on = (what, act) => box.querySelector(`[data-do="${what}"]`).addEventListener("click", act);
  on("show", () => show(box, box.dataset.shown !== "yes"));
  on("lines", () => lines(box, entry(box).tagName !== "TEXTAREA"));
  on("file", () => chooser.click());
  chooser.addEventListener("change", () => { load(box, chooser.files[0]); chooser.value = ""; });
  box.addEventListener("drop", (e) => load(box, e.dataTransfer.files[0]));
  for (const b of box.querySelectorAll("button")) {
    b.setAttribute("aria-label", `${b.textContent}: ${box.dataset.title}`);
  }
}

function collect() {
  const sent = { parts: {}, fields: {} };
  for (const box of document.querySelectorAll("[data-part]")) {
    const value = entry(box).value;
    if (value) sent.parts[box.dataset.part] = value;
  }
  for (const f of document.querySelectorAll("[data-field]")) sent.fields[f.dataset.field] = f.value.trim();
  return sent;
}

function wipe() {
  for (const box of document.querySelectorAll("[data-part]")) entry(box).value = "";
  $("enter").replaceChildren();
}

function finish(body) {
  wipe();
  $("key").textContent = body.key;
  $("preview").textContent = body.preview;
  if (body.waits) $("ending").textContent = "Waits for an admin";
  $("then").hidden = !body.waits;
  for (const w of body.warnings) {
    const li = document.createElement("li");
    li.textContent = w;
    $("warnings").append(li);
  }
  $("enter").hidden = true;
  $("done").hidden = false;
  $("ending").focus();
}

// unreasoned says whether a reason is asked for and there is none yet.
function unreasoned() {
  return $("reason") && ($("reason").value.match(/\p{L}/gu) || []).length < 8;
}

// follow goes on with another link, where this one is used up although nothing was stored.
function follow(token) {
  if (!token) return;
  path = "/i/" + token;
  history.replaceState(null, "", path);
}

async function save() {
  if ($("save").disabled) return; // Enter was pressed twice
  complain("");
  if (unreasoned()) {
    complain("Say why in at least 8 letters, for example the ticket and what it is about.");
    return;
  }
  $("save").disabled = true;
  say("Saving…");
  let answer, body;
  try {
    answer = await post(path, "application/json", JSON.stringify(collect()));
    body = await answer.json();
  } catch {
    say("");
    $("save").disabled = false;
    complain("Keydesk could not be reached. What you entered is still here: press Save to Vault again. " +
      "If it was stored already, the page says that the link is gone, and the card in your chat shows it.");
    return;
  }
  say("");
  $("save").disabled = false;
  if (answer.ok) {
    finish(body);
    return;
  }
  follow(body.again);
  complain(body.error || "That did not work. Try again in a minute.");
}

// A file that misses its field must not take the page's place.
for (const drag of ["dragover", "drop"]) addEventListener(drag, (e) => e.preventDefault());
$("save").addEventListener("click", save);
$("enter").addEventListener("keydown", (e) => {
  if (e.key === "Enter" && e.target.tagName === "INPUT") save();
});
