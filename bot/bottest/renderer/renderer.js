// Draws a card by Microsoft's renderer, and finds what is wrong with it.
import { dress } from "/assets/card.js";
import MarkdownIt from "/modules/markdown-it/dist/browser/markdown-it.esm.min.mjs";

const AC = window.AdaptiveCards;
const markdown = new MarkdownIt();
AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown.render(text);
  result.didProcess = true;
};

// The looks of a host, no more than is needed to read a card in it.
const pair = (colour, quiet = colour) => ({ default: colour, subtle: quiet });
const palette = (dark) => {
  const ink = dark ? pair("#ffffff", "#c8c8c8") : pair("#242424", "#616161");
  const [accent, good, warning, attention] = dark ? ["#a8acff", "#92c353", "#f8d22a", "#f9526b"]
    : ["#6264a7", "#237b4b", "#8a6100", "#c4314b"];
  return { default: ink, light: ink, dark: ink, accent: pair(accent), good: pair(good), warning: pair(warning),
    attention: pair(attention) };
};
function host(dark) {
  const box = (backgroundColor) => ({ backgroundColor, foregroundColors: palette(dark) });
  return new AC.HostConfig({ fontFamily: "Segoe UI, sans-serif", supportsInteractivity: true,
    actions: { maxActions: 6, actionsOrientation: "horizontal", buttonSpacing: 8 },
    containerStyles: { default: box(dark ? "#292929" : "#ffffff"), emphasis: box(dark ? "#1f1f1f" : "#f0f0f0"),
      good: box(dark ? "#0f3d20" : "#e7f2da"), warning: box(dark ? "#4a3600" : "#fbf6d9"),
      attention: box(dark ? "#4d1a22" : "#fcf4f6"), accent: box(dark ? "#2f2f4a" : "#e8ebfa") } });
}

// registered is the schema of an element or action, by the name of its type.
function registered(type) {
  for (const r of [AC.GlobalRegistry.elements, AC.GlobalRegistry.actions]) {
    const found = r.findByName(type);
    if (found) return new found.objectType().getSchema();
  }
  return { AdaptiveCard: () => new AC.AdaptiveCard().getSchema(), Column: () => new AC.Column().getSchema(),
    TextRun: () => new AC.TextRun().getSchema() }[type]?.();
}

// children are what containers hold; the renderer reads those without a schema.
const children = { AdaptiveCard: ["body", "actions"], Container: ["items"], Column: ["items"], ColumnSet: ["columns"],
  ActionSet: ["actions"], RichTextBlock: ["inlines"] };

const always = new Set(["type", "$schema", "msteams", "fallback", "version"]);

// unknown gathers properties that no schema has.
function unknown(value, out) {
  if (Array.isArray(value)) {
    value.forEach((v) => unknown(v, out));
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (typeof value.type === "string") {
    const schema = registered(value.type);
    if (!schema) out.push(`unknown element ${value.type}`);
    const names = new Set([...always, ...(children[value.type] ?? [])]);
    for (let i = 0; schema && i < schema.getCount(); i++) names.add(schema.getItemAt(i).name);
    for (const name of Object.keys(value)) if (schema && !names.has(name)) out.push(`${value.type}.${name}`);
  }
  for (const [name, v] of Object.entries(value)) if (name !== "data" && name !== "msteams") unknown(v, out);
}

const isTitle = (name, value) => name === "title" && String(value.type).startsWith("Action.");

// texts are what a person must see of a card, without the marks of markdown and the functions of dates.
function texts(value, out) {
  if (Array.isArray(value)) {
    value.forEach((v) => texts(v, out));
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, v] of Object.entries(value)) {
    if (name === "data" || name === "fallback" || name === "choices") continue;
    if (typeof v !== "string") texts(v, out);
    else if (name === "text" && value.type === "TextBlock") {
      for (const piece of v.split(/\{\{[^}]*\}\}/)) {
        const div = document.createElement("div");
        div.innerHTML = markdown.render(piece);
        out.push(div.textContent);
      }
    } else if (name === "text" || name === "label" || isTitle(name, value)) out.push(v);
  }
}

const plain = (s) => s.replace(/[\s\u200b]+/g, "").toLowerCase();
const short = (s) => (s.length > 80 ? s.slice(0, 80) + "…" : s).trim();

// wide finds what does not fit: cut off at its own edge, or standing out of the card's.
function wide(root, whose) {
  const out = [], edge = root.getBoundingClientRect().right + 1;
  for (const e of root.querySelectorAll("*:not(input, select, option, textarea, .visually-hidden)")) {
    const cut = e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
      getComputedStyle(e).overflowX !== "visible";
    if (cut) out.push(`${whose}: ${e.tagName} ${short(e.textContent)}`);
    if (e.getBoundingClientRect().right > edge) out.push(`${whose}: ${e.tagName} ${short(e.textContent)} sticks out`);
  }
  return out;
}

const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const mixed = new Map(); // what was mixed before

// over is what a colour looks like over another, as red, green and blue.
function over(below, colour) {
  const key = `${below.join()} ${colour}`;
  if (!mixed.has(key)) {
    for (const layer of [`rgb(${below.join()})`, colour]) {
      pixel.fillStyle = layer;
      pixel.fillRect(0, 0, 1, 1);
    }
    mixed.set(key, [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3));
  }
  return mixed.get(key);
}

const behind = (e) => (e ? over(behind(e.parentElement), getComputedStyle(e).backgroundColor) : [255, 255, 255]);

function light(rgb) {
  const [r, g, b] = rgb.map((c) => c / 255).map((c) =>
    (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// pale finds the sandbox's texts with less contrast than WCAG's AA asks for.
function pale(root) {
  const out = [];
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest("[hidden], [disabled], option, .visually-hidden")) continue;
    const back = behind(e);
    const [a, b] = [light(back), light(over(back, getComputedStyle(e).color))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) out.push(`${contrast.toFixed(1)}: ${short(e.textContent)}`);
  }
  return out;
}

const theirs = document.getElementById("theirs"), ours = document.getElementById("ours");

// draw draws a card by Microsoft's renderer and, as it comes, by the sandbox's. v takes the renderer's events.
window.draw = (json, beside, width, scheme, v = { Events: [] }) => {
  document.documentElement.dataset.theme = scheme;
  theirs.style.width = ours.style.width = width + "px";
  theirs.style.background = scheme === "dark" ? "#292929" : "#ffffff";
  theirs.style.color = scheme === "dark" ? "#ffffff" : "#242424";
  const card = new AC.AdaptiveCard();
  card.hostConfig = host(scheme === "dark");
  const context = new AC.SerializationContext(AC.Versions.v1_5);
  card.parse(json, context);
  for (let i = 0; i < context.eventCount; i++) v.Events.push(context.getEventAt(i).message);
  for (const e of card.validateProperties().validationEvents) v.Events.push(e.message);
  const drawn = card.render();
  theirs.replaceChildren(...(drawn ? [drawn] : []));
  ours.innerHTML = beside;
  dress(ours);
  return card;
};

// look judges a card in one width.
function look(json, beside, width) {
  const v = { Events: [], Unknown: [], Missing: [], Beside: [], Wide: [], Labels: [] };
  const card = window.draw(json, beside, width, "light", v);
  unknown(json, v.Unknown);
  const want = [];
  texts(json.body, want);
  texts(json.actions, want);
  const seen = plain(theirs.innerText), shown = plain(ours.textContent);
  for (const text of want) {
    if (!seen.includes(plain(text))) v.Missing.push(short(text));
    if (!shown.includes(plain(text))) v.Beside.push(short(text));
  }
  for (const input of card.getAllInputs()) {
    if (!input.label && !input.title) v.Labels.push(input.id); // a toggle has its words beside it
  }
  v.Wide = [...wide(theirs, "Microsoft's"), ...wide(ours, "the sandbox's")];
  return v;
}

// judge gives each fault once, with where it shows first. Colours don't depend on the width, nor places on the scheme.
window.judge = (json, beside) => {
  const what = { Events: "event", Unknown: "unknown property", Missing: "not drawn",
    Beside: "the sandbox does not show", Wide: "wider than its box", Labels: "without a label" };
  const faults = new Map();
  const add = (line, where) => faults.set(line, faults.get(line) ?? `${line} (${where})`);
  for (const width of [700, 320]) {
    const v = look(json, beside, width);
    for (const kind in what) for (const fault of v[kind]) add(`${what[kind]}: ${fault}`, `${width} px`);
  }
  for (const scheme of ["light", "dark"]) {
    document.documentElement.dataset.theme = scheme;
    for (const fault of pale(ours)) add(`too pale: ${fault}`, scheme);
  }
  return [...faults.values()];
};
document.body.dataset.ready = "";
