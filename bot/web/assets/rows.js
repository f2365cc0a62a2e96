// The rows of a file that is imported: what becomes of each, as a table, a sentence and a file.

// What becomes of a row: its word, its colour, and its part of the sentence above the table.
const results = {
  stored: { word: "stored", colour: "good", text: "stored" },
  waits: { word: "waits", colour: "same", text: "waiting for an admin" },
  new: { word: "new", colour: "good", text: "new" },
  same: { word: "stored before", colour: "same", text: "stored before" },
  taken: { word: "other value", colour: "bad", text: "stored with another value, left alone" },
  wrong: { word: "mistake", colour: "bad", text: "with a mistake" },
  failed: { word: "not stored", colour: "bad", text: "not stored" },
  unclear: { word: "not known yet", colour: "bad", text: "not known yet" },
};
const body = document.getElementById("rows");
let rows = new Map(); // line -> {row, tr}

export const count = (...names) => [...rows.values()].filter(({ row }) => names.includes(row.result)).length;
export const total = () => rows.size;

export const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

export function draw(row) {
  const tr = rows.get(row.line)?.tr || body.insertRow();
  while (tr.cells.length < 4) tr.insertCell();
  rows.set(row.line, { row, tr });
  const { word, colour } = results[row.result];
  [row.line, row.key, word, row.note].forEach((text, i) => { tr.cells[i].textContent = text; });
  tr.cells[2].className = colour;
  tr.classList.toggle("odd", colour === "bad");
}

// A cell that a spreadsheet would take for a formula is kept from it.
const cell = (s) => `"${(/^[=+\-@\t\r\n]/.test(s) ? "'" : "") + s.replaceAll('"', '""')}"`;

// sentence counts the rows by what becomes of them.
export const sentence = () => `${plural(total(), "row")}: ` + Object.keys(results)
  .filter((name) => count(name))
  .map((name) => `${count(name).toLocaleString("en")} ${results[name].text}`).join(" · ");

export function clear() {
  rows = new Map();
  body.replaceChildren();
}

export function save(fileName) {
  const lines = [["line", "key", "result", "note"],
    ...[...rows.values()].map(({ row }) => [row.line, row.key, results[row.result].word, row.note])];
  const csv = "\ufeff" + lines.map((l) => l.map((c) => cell(String(c))).join(",")).join("\r\n") + "\r\n";
  const a = document.createElement("a");
  a.href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
  a.download = fileName.replace(/\.[^.]*$/, "") + " - Keydesk result.csv";
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10000);
}
