// An import: the file is checked first, and stored after a second press. It is read in this page and kept
// nowhere else.
import { $, complain, post as send, say } from "./page.js";
import { clear, count, draw, plural, save, sentence, total } from "./rows.js";

const maxFile = 2 * 1024 * 1024;
let path = location.pathname;
let file = null; // its bytes, as long as there is something to do with them
let fileName = "";
let busy = false; // checking or storing

const post = (to, body) => send(to, "text/csv", body);

function tell() {
  $("counts").textContent = sentence();
  const todo = count("new", "failed", "unclear"), fresh = count("new");
  const keys = plural(todo, "key");
  if (!busy) $("store").textContent = fresh ? `Store ${keys}` : `Try ${keys} again`;
  $("store").hidden = !todo;
  const odd = count("taken", "wrong", "failed", "unclear");
  $("some").hidden = !odd || odd === total();
  if ($("some").hidden) $("odd").checked = false;
  pick();
}

// pick shows all rows, or those that need a look.
function pick() {
  $("rows").classList.toggle("some", $("odd").checked);
}

function columns(list) {
  const used = list.filter((c) => c.means)
    .map((c) => (c.means === c.name ? c.name : `${c.name} → ${c.means}`));
  const unused = list.filter((c) => !c.means && c.name).map((c) => c.name);
  const rest = unused.length ? ` Not used: ${unused.join(", ")}.` : "";
  $("columns").textContent = `Columns: ${used.join(", ")}.${rest}`;
}

async function check(chosen) {
  if (!chosen || busy) return;
  complain("");
  if (chosen.size > maxFile) {
    complain("The file is over 2 MB. Split it into several.");
    return;
  }
  busy = true;
  say("Reading the file…");
  let answer, body;
  try {
    file = await chosen.arrayBuffer();
    answer = await post(path + "/check", file);
    body = await answer.json();
  } catch {
    body = null;
  }
  busy = false;
  say("");
  if (!body) complain("Keydesk could not be reached, and nothing was stored. Choose the file again.");
  else if (!answer.ok) complain(body.error);
  else preview(chosen.name, body);
}

function preview(name, body) {
  fileName = name;
  clear();
  body.rows.forEach(draw);
  columns(body.columns);
  $("name").textContent = name;
  $("after").hidden = $("result").hidden = true;
  tell();
  $("choose").hidden = true;
  $("preview").hidden = false;
  $("name").focus();
}

// working blocks the buttons while rows are stored, and shows how far it is.
function working(yes, all) {
  busy = yes;
  for (const id of ["store", "other", "result"]) $(id).disabled = yes;
  $("doing").hidden = !yes;
  $("how-far").max = all;
  progress(0, all);
  say(yes ? `Storing ${plural(all, "key")}. Keep this page open.` : "");
}

function progress(done, all) {
  $("how-far").value = done;
  $("so-far").textContent = `${done} of ${plural(all, "key")} done`;
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
  if (busy) return;
  complain("");
  const all = count("new", "failed", "unclear");
  let end = null, done = 0;
  working(true, all);
  try {
    const answer = await post(path, file);
    if (answer.ok) {
      await each(answer, (line) => {
        if (line.done) {
          end = line;
          return;
        }
        draw(line);
        progress(++done, all);
        tell();
      });
    } else {
      end = await answer.json();
    }
  } catch {
    end = null;
  }
  working(false, all);
  finish(end);
}

function finish(end) {
  if (!end) {
    $("store").hidden = true;
    $("result").hidden = false;
    complain("The connection broke off. What is marked as stored is stored. The card in your chat tells " +
      "how the rest ended; an import of the same file stores nothing twice.");
    return;
  }
  (end.rows || []).forEach(draw);
  tell();
  if (end.again) {
    path = "/i/" + end.again;
    history.replaceState(null, "", path);
  }
  if (!end.done) {
    complain(end.error);
    return;
  }
  if (!end.again) {
    $("store").hidden = $("other").hidden = true;
    file = null;
  }
  $("result").hidden = $("after").hidden = false;
  const waits = count("waits");
  $("name").textContent = waits ? `${plural(waits, "key")} ${waits === 1 ? "waits" : "wait"} for an admin`
    : `${plural(count("stored"), "key")} stored`;
  $("name").focus();
  say((waits ? "You hear from Keydesk in Teams." : "The card in your chat shows the same.") +
    (end.again ? "" : " You can close this page."));
  if (end.error) complain(end.error);
}

$("file").addEventListener("change", () => { check($("file").files[0]); $("file").value = ""; });
$("drop").addEventListener("dragover", () => $("drop").classList.add("over"));
for (const end of ["dragleave", "drop"]) {
  $("drop").addEventListener(end, () => $("drop").classList.remove("over"));
}
$("drop").addEventListener("drop", (e) => check(e.dataTransfer.files[0]));
// A file that misses its place must not take the page's place.
for (const drag of ["dragover", "drop"]) addEventListener(drag, (e) => e.preventDefault());
addEventListener("beforeunload", (e) => { if (busy) e.preventDefault(); });
$("odd").addEventListener("change", pick);
$("other").addEventListener("click", () => {
  complain("");
  $("preview").hidden = true;
  $("choose").hidden = false;
  $("file").focus();
});
$("store").addEventListener("click", store);
$("result").addEventListener("click", () => save(fileName));
