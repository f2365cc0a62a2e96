"use strict";
// An import: the file is checked first, and stored after a second press. It is read in this page and kept nowhere.
(() => {
  const $ = (id) => document.getElementById(id);
  const maxFile = 2 * 1024 * 1024;
  const words = { new: "new", same: "stored before", taken: "other value", wrong: "mistake", stored: "stored", failed: "not stored" };
  const colours = { new: "good", stored: "good", same: "same", taken: "bad", wrong: "bad", failed: "bad" };
  let path = location.pathname;
  let file = null; // its bytes, as long as there is something to do with them
  let rows = new Map(); // line -> {row, cells}

  for (const t of document.querySelectorAll("time")) {
    const at = new Date(t.dateTime);
    if (!isNaN(at)) t.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }

  const say = (text) => { $("status").textContent = text; };

  function complain(text) {
    $("problem").textContent = text;
    $("problem").hidden = !text;
    if (text) $("problem").focus();
  }

  const post = (to, body) => fetch(to, { method: "POST", headers: { "Content-Type": "text/csv" }, body,
    cache: "no-store", credentials: "same-origin", redirect: "error", referrerPolicy: "no-referrer" });

  const count = (...results) => [...rows.values()].filter(({ row }) => results.includes(row.result)).length;
  const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

  function draw(row) {
    const known = rows.get(row.line);
    const cells = known ? known.cells : [];
    if (!known) {
      const tr = document.createElement("tr");
      for (let i = 0; i < 4; i++) cells.push(tr.appendChild(document.createElement("td")));
      $("rows").append(tr);
    }
    rows.set(row.line, { row, cells });
    [row.line, row.key, words[row.result] || row.result, row.note].forEach((text, i) => { cells[i].textContent = text; });
    cells[2].className = colours[row.result] || "";
  }

  function tell() {
    const parts = [];
    for (const [result, text] of [["stored", "stored"], ["new", "new"], ["same", "stored before"], ["taken", "stored with another value, left alone"],
      ["wrong", "with a mistake"], ["failed", "not stored"]]) {
      if (count(result)) parts.push(`${plural(count(result), "row")} ${text}`);
    }
    $("counts").textContent = parts.join(" · ");
    const todo = count("new", "failed");
    $("store").textContent = count("failed") ? `Try ${plural(todo, "key")} again` : `Store ${plural(todo, "key")}`;
    $("store").hidden = !todo;
  }

  function columns(list) {
    const used = list.filter((c) => c.means).map((c) => (c.means === c.name ? c.name : `${c.name} → ${c.means}`));
    const unused = list.filter((c) => !c.means && c.name).map((c) => c.name);
    $("columns").textContent = `Columns: ${used.join(", ")}.` + (unused.length ? ` Not used: ${unused.join(", ")}.` : "");
  }

  async function check(chosen) {
    if (!chosen) return;
    complain("");
    if (chosen.size > maxFile) {
      complain("The file is over 2 MB. Split it into several.");
      return;
    }
    say("Reading the file…");
    let answer, body;
    try {
      file = await chosen.arrayBuffer();
      answer = await post(path + "/check", file);
      body = await answer.json();
    } catch {
      say("");
      complain("Keydesk could not be reached, and nothing was stored. Choose the file again.");
      return;
    }
    say("");
    if (!answer.ok) {
      complain(body.error || "The file can't be read.");
      return;
    }
    rows = new Map();
    $("rows").replaceChildren();
    body.rows.forEach(draw);
    columns(body.columns);
    $("name").textContent = chosen.name;
    $("result").hidden = true;
    tell();
    $("choose").hidden = true;
    $("preview").hidden = false;
    $("name").focus();
  }

  function progress(done, all) {
    $("bar2").hidden = all === 0;
    $("bar2").firstElementChild.style.transform = `scaleX(${all ? done / all : 0})`;
    say(`${done} of ${all} stored…`);
  }

  // each hands every JSON line of an answer over as it comes.
  async function each(answer, take) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line) take(JSON.parse(line));
    }
  }

  async function store() {
    complain("");
    for (const id of ["store", "other"]) $(id).disabled = true;
    const all = count("new", "failed");
    let end = null, done = 0;
    progress(0, all);
    try {
      const answer = await post(path, file);
      if (!answer.ok) {
        end = await answer.json();
      } else {
        await each(answer, (line) => {
          if (line.done) {
            end = line;
            return;
          }
          draw(line);
          progress(++done, all);
          tell();
        });
      }
    } catch {
      end = null;
    }
    finish(end);
  }

  function finish(end) {
    for (const id of ["store", "other"]) $(id).disabled = false;
    progress(0, 0);
    say("");
    if (!end) {
      complain("The connection broke off. What is marked as stored is stored. The card in your chat tells how the rest ended; an import of the same file stores nothing twice.");
      $("store").hidden = true;
      $("result").hidden = false;
      return;
    }
    (end.rows || []).forEach(draw);
    tell();
    if (end.again) {
      path = "/i/" + end.again;
      history.replaceState(null, "", path);
    } else if (end.done) {
      $("store").hidden = true;
      $("other").hidden = true;
      file = null;
    }
    $("result").hidden = !end.done;
    if (end.error) complain(end.error);
    else if (end.done) {
      say(`Done: ${plural(count("stored"), "key")} stored.`);
      $("result").focus();
    }
  }

  // A cell that a spreadsheet would take for a formula is kept from it.
  const cell = (s) => `"${(/^[=+\-@\t\r]/.test(s) ? "'" : "") + String(s).replaceAll('"', '""')}"`;

  function download() {
    const lines = [["line", "key", "result", "note"], ...[...rows.values()].map(({ row }) => [row.line, row.key, words[row.result], row.note])];
    const csv = "\ufeff" + lines.map((l) => l.map((c) => cell(String(c))).join(",")).join("\r\n") + "\r\n";
    const a = document.createElement("a");
    a.href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
    a.download = "keydesk-import-result.csv";
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10000);
  }

  $("file").addEventListener("change", () => { check($("file").files[0]); $("file").value = ""; });
  $("drop").addEventListener("dragover", (e) => { e.preventDefault(); $("drop").classList.add("over"); });
  $("drop").addEventListener("dragleave", () => $("drop").classList.remove("over"));
  $("drop").addEventListener("drop", (e) => {
    e.preventDefault();
    $("drop").classList.remove("over");
    check(e.dataTransfer.files[0]);
  });
  $("other").addEventListener("click", () => {
    $("preview").hidden = true;
    $("choose").hidden = false;
    $("file").focus();
  });
  $("store").addEventListener("click", store);
  $("result").addEventListener("click", download);
})();
