// Draws a card by Microsoft's renderer, and finds what is wrong with it.
import MarkdownIt from "/modules/markdown-it/dist/browser/markdown-it.esm.min.mjs";

const AC = window.AdaptiveCards;
const markdown = new MarkdownIt();
AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown.render(text);
  result.didProcess = true;
};

// The looks of a host, no more than is needed to read a card in it.
const palette = (fg, quiet) => ({ default: { default: fg, subtle: quiet }, accent: { default: "#6264a7", subtle: "#8b8cc7" },
  good: { default: "#237b4b", subtle: "#237b4b" }, warning: { default: "#8a6100", subtle: "#8a6100" },
  attention: { default: "#c4314b", subtle: "#c4314b" }, light: { default: fg, subtle: quiet }, dark: { default: fg, subtle: quiet } });
function host(dark) {
  const fg = dark ? "#ffffff" : "#242424", quiet = dark ? "#c8c8c8" : "#616161";
  const box = (backgroundColor) => ({ backgroundColor, foregroundColors: palette(fg, quiet) });
  return new AC.HostConfig({ fontFamily: "Segoe UI, sans-serif", supportsInteractivity: true,
    actions: { maxActions: 6, actionsOrientation: "horizontal", buttonSpacing: 8 },
    containerStyles: { default: box(dark ? "#292929" : "#ffffff"), emphasis: box(dark ? "#1f1f1f" : "#f0f0f0"),
      good: box(dark ? "#0f3d20" : "#e7f2da"), warning: box(dark ? "#4a3600" : "#fbf6d9"),
      attention: box(dark ? "#4d1a22" : "#fcf4f6"), accent: box(dark ? "#2f2f4a" : "#e8ebfa") } });
}

let width = 320, dark = false;
window.size = (w, scheme) => {
  width = w;
  dark = scheme === "dark";
  document.documentElement.dataset.theme = scheme;
  return "";
};

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
    const names = new Set(children[value.type]);
    for (let i = 0; schema && i < schema.getCount(); i++) names.add(schema.getItemAt(i).name);
    for (const name of Object.keys(value)) if (schema && !always.has(name) && !names.has(name)) out.push(`${value.type}.${name}`);
  }
  for (const [name, v] of Object.entries(value)) if (name !== "data" && name !== "msteams") unknown(v, out);
}

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
    } else if (name === "text" || name === "label" || (name === "title" && String(value.type).startsWith("Action."))) out.push(v);
  }
}

const plain = (s) => s.replace(/[\s\u200b]+/g, "").toLowerCase();
const short = (s) => (s.length > 80 ? s.slice(0, 80) + "…" : s).trim();

function wide(root) {
  const out = [];
  for (const e of root.querySelectorAll("*")) {
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).overflowX !== "visible" && !e.matches("input, select, textarea")) {
      out.push(`${e.tagName} ${short(e.textContent)}`);
    }
    if (e.getBoundingClientRect().right > root.getBoundingClientRect().right + 1) out.push(`${e.tagName} ${short(e.textContent)} sticks out`);
  }
  return out;
}

window.judge = (json, beside) => {
  const theirs = document.getElementById("theirs"), ours = document.getElementById("ours");
  theirs.style.width = ours.style.width = width + "px";
  const v = { Events: [], Unknown: [], Missing: [], Beside: [], Wide: [], Labels: [] };
  const card = new AC.AdaptiveCard();
  card.hostConfig = host(dark);
  theirs.style.background = dark ? "#292929" : "#ffffff";
  const context = new AC.SerializationContext(AC.Versions.v1_5);
  card.parse(json, context);
  for (let i = 0; i < context.eventCount; i++) v.Events.push(context.getEventAt(i).message);
  for (const e of card.validateProperties().validationEvents) v.Events.push(e.message);
  const drawn = card.render();
  theirs.replaceChildren(...(drawn ? [drawn] : []));
  ours.innerHTML = beside;
  unknown(json, v.Unknown);
  const want = [];
  texts(json.body, want);
  texts(json.actions, want);
  const seen = plain(theirs.innerText), shown = plain(ours.textContent);
  for (const text of want) {
    if (!seen.includes(plain(text))) v.Missing.push(short(text));
    if (!shown.includes(plain(text))) v.Beside.push(short(text));
  }
  for (const input of card.getAllInputs()) if (!input.label) v.Labels.push(input.id);
  v.Wide = wide(theirs);
  return v;
};
document.body.dataset.ready = "";
