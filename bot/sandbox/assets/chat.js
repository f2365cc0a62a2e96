// The chats: live messages, writing, tabs. What a message looks like is drawn by the server.
import { call, cardEvents, dress, focusFirst, inForm } from "./card.js";

const me = document.body.dataset.me;
const bot = document.body.dataset.bot;
const chats = [...document.querySelectorAll(".chat")];
const byID = new Map(chats.map((c) => [c.dataset.chat, c]));
const say = document.getElementById("say");
const state = document.getElementById("state");

// --- messages ------------------------------------------------------------------------------

function make(html) {
  const t = document.createElement("template");
  t.innerHTML = html.trim();
  return t.content.firstElementChild;
}

const after = (a, b) => a.length - b.length || (a < b ? -1 : Number(a > b));

// put sets a message in its place: over its older self, or in the order of ids.
function put(m, history) {
  const chat = byID.get(m.chat);
  if (!chat) return;
  const node = make(m.html);
  const old = document.getElementById(node.id);
  if (old && Number(old.dataset.seq) >= Number(node.dataset.seq)) return;
  dress(node);
  if (old) {
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(node);
    if (hadFocus) focusFirst(node);
  } else {
    placeNew(chat, node, m);
  }
  if (history) return;
  node.classList.add(old ? "changed" : "fresh");
  if (!m.mine) announce(m, old);
  if (!old && !m.mine) count(chat);
}

function placeNew(chat, node, m) {
  const list = chat.querySelector(".messages");
  if (chat.classList.contains("personal")) {
    insert(list, node, node.dataset.id);
    return;
  }
  const root = m.root || m.id;
  let thread = list.querySelector(`.thread[data-root="${root}"]`);
  if (!thread) {
    thread = document.getElementById("thread").content.firstElementChild.cloneNode(true);
    thread.dataset.root = thread.dataset.id = root;
    thread.setAttribute("aria-label", `Post in ${chat.dataset.name}`);
    insert(list, thread, root);
  }
  if (root === m.id) thread.prepend(node);
  else insert(thread.querySelector(".replies"), node, node.dataset.id);
}

function insert(list, node, id) {
  const next = [...list.children].find((n) => n.dataset.id && after(n.dataset.id, id) > 0);
  list.insertBefore(node, next ?? null);
}

function announce(m, changed) {
  say.textContent = changed ? `Changed: ${m.say}` : m.say;
}

// A person who says or presses something wants to see what comes of it, wherever they had scrolled to.
const followed = new Map(); // chat -> until when
const follow = (chat) => followed.set(chat, Date.now() + 6000);
const follows = (chat) => (followed.get(chat) ?? 0) > Date.now();

const atEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;

function toEnd(chat) {
  const list = chat.querySelector(".messages");
  const last = [...list.querySelectorAll(".msg")].at(-1);
  list.scrollTop = list.scrollHeight;
  // A card higher than the view is read from its top.
  if (last && last.offsetHeight > list.clientHeight) {
    list.scrollTop += last.getBoundingClientRect().top - list.getBoundingClientRect().top - 8;
  }
}

// --- live ----------------------------------------------------------------------------------

const typingTimers = new Map();

function typing(chat, on) {
  const line = chat.querySelector(".typing");
  clearTimeout(typingTimers.get(chat));
  line.hidden = !on;
  if (on) typingTimers.set(chat, setTimeout(() => typing(chat, false), 10000));
}

const isNew = (m, known, chat) => byID.get(m.chat) === chat && !known.has(m.id);

function take(news) {
  const known = new Set(news.messages.map((m) => m.id).filter((id) => document.getElementById(`m${id}`)));
  const toShow = chats.filter((c) => news.history || atEnd(c.querySelector(".messages")));
  for (const id of news.typing ?? []) if (byID.has(id)) typing(byID.get(id), true);
  for (const m of news.messages) {
    if (!m.mine && byID.has(m.chat)) typing(byID.get(m.chat), false);
    put(m, news.history);
  }
  const moved = new Set(news.messages.map((m) => byID.get(m.chat)));
  for (const c of chats.filter(follows)) if (news.messages.some((m) => isNew(m, known, c))) toShow.push(c);
  for (const c of toShow) if (moved.has(c) && !inForm(c)) toEnd(c);
  if (news.history) document.body.dataset.ready = "true";
}

function live() {
  const stream = new EventSource(`/page/events?as=${encodeURIComponent(me)}`);
  stream.addEventListener("open", () => (state.textContent = ""));
  stream.addEventListener("news", (e) => take(JSON.parse(e.data)));
  stream.addEventListener("error", () => {
    state.textContent = stream.readyState === EventSource.CLOSED
      ? "Signed out. Open the address that Keydesk printed" : "Reconnecting…";
  });
}

// --- writing -------------------------------------------------------------------------------

const sent = new Map(); // composer -> how far back in one's own lines

function ownLines(chat) {
  return [...chat.querySelectorAll(".msg[data-raw]")].map((n) => n.dataset.raw);
}

async function send(form) {
  const box = form.querySelector("textarea");
  const text = box.value.trim();
  if (!text) return;
  const chat = form.closest(".chat");
  box.value = "";
  sent.delete(box);
  follow(chat);
  const { body, problem } = await call("send", {
    chat: chat.dataset.chat, root: form.closest(".thread")?.dataset.root ?? "", text,
  });
  if (problem) {
    if (!box.value) box.value = text;
    note(form, problem);
    return;
  }
  note(form, body.took ? "" : `${bot} did not answer. Is it running?`);
  if (!body.told) note(form, `${bot} did not hear that. In a channel, begin with @${bot}.`, true);
}

function note(form, text, hint = false) {
  let line = form.previousElementSibling;
  if (!line?.classList.contains("trouble")) {
    line = document.createElement("p");
    line.className = "trouble";
    line.setAttribute("role", "status");
    form.before(line);
  }
  line.classList.toggle("hint", hint);
  line.textContent = text;
  line.hidden = !text;
}

function recall(box, step) {
  const lines = ownLines(box.closest(".chat"));
  const back = Math.min(Math.max((sent.get(box) ?? 0) + step, 0), lines.length);
  sent.set(box, back);
  box.value = back ? lines.at(-back) : "";
  box.setSelectionRange(box.value.length, box.value.length);
}

let swallow = false; // an Enter that has sent must not also begin a line
document.addEventListener("beforeinput", (e) => {
  if (swallow && e.inputType.startsWith("insertLine")) e.preventDefault();
});
document.addEventListener("keyup", () => (swallow = false));
document.addEventListener("keydown", (e) => {
  const box = e.target;
  if (!(box instanceof HTMLTextAreaElement) || !box.closest(".composer")) return;
  const browsing = (sent.get(box) ?? 0) > 0;
  if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
    e.preventDefault();
    swallow = true;
    send(box.form);
  } else if (e.key === "ArrowUp" && (!box.value || browsing)) {
    e.preventDefault();
    recall(box, 1);
  } else if (e.key === "ArrowDown" && browsing) {
    e.preventDefault();
    recall(box, -1);
  }
});
document.addEventListener("input", (e) => sent.delete(e.target));
document.addEventListener("submit", (e) => {
  e.preventDefault();
  if (e.target.matches(".composer")) send(e.target);
});

function mention(form) {
  const box = form.querySelector("textarea");
  if (!box.value.includes(`@${bot}`)) box.value = `@${bot} ${box.value}`;
  box.focus();
}

function reply(button) {
  const thread = button.closest(".thread");
  const form = thread.closest(".chat").querySelector(":scope > .composer").cloneNode(true);
  const box = form.querySelector("textarea");
  box.id = `reply-${thread.dataset.root}`;
  form.querySelector("label").htmlFor = box.id;
  form.querySelector("label").textContent = "Reply in this thread";
  box.placeholder = "Reply";
  box.value = `@${bot} `;
  button.replaceWith(form);
  box.focus();
}

async function remove(button) {
  const msg = button.closest(".msg");
  const { problem } = await call("delete", {
    chat: msg.closest(".chat").dataset.chat, message: msg.dataset.id,
  });
  if (problem) say.textContent = problem;
}

document.addEventListener("click", (e) => {
  const el = e.target.closest("[data-do], [data-try]");
  for (const menu of document.querySelectorAll("details[open]")) {
    if (!menu.contains(e.target)) menu.open = false;
  }
  if (!el) return;
  if (el.dataset.try) {
    const form = el.closest(".chat").querySelector(".composer");
    form.querySelector("textarea").value = el.dataset.try;
    form.querySelector("textarea").focus();
    send(form);
  }
  const acts = { mention: () => mention(el.form), reply: () => reply(el), delete: () => remove(el) };
  acts[el.dataset.do]?.();
});
document.addEventListener("keydown", (e) => {
  const menu = e.key === "Escape" && e.target.closest?.("details[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// --- tabs (a phone's width) ------------------------------------------------------------------

const tabs = [...document.querySelectorAll('[role="tab"]')];

function pick(i) {
  tabs.forEach((t, n) => {
    t.setAttribute("aria-selected", String(n === i));
    t.tabIndex = n === i ? 0 : -1;
    chats[n].classList.toggle("current", n === i);
  });
  unread(chats[i], 0);
  toEnd(chats[i]);
}
tabs.forEach((t, i) => {
  t.addEventListener("click", () => pick(i));
  t.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const next = (i + step + tabs.length) % tabs.length;
    pick(next);
    tabs[next].focus();
  });
});

let missed = 0;
const title = () => { document.title = `${missed ? `(${missed}) ` :
  ""}${document.body.dataset.name} · Keydesk`; };
function unread(chat, n) {
  const badge = tabs[chats.indexOf(chat)].querySelector(".badge");
  badge.textContent = n ? String(n) : "";
  badge.hidden = !n;
}
function count(chat) {
  const badge = tabs[chats.indexOf(chat)].querySelector(".badge");
  if (getComputedStyle(chat).display === "none") unread(chat, Number(badge.textContent) + 1);
  if (document.hidden) missed++;
  title();
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) missed = 0;
  title();
});

title();
cardEvents({
  put: (m) => put(m, false),
  say: (text) => (say.textContent = text),
  follow: (msg) => follow(msg.closest(".chat")),
});
live();
call("open", {});
if (matchMedia("(min-width: 820px)").matches) document.querySelector(".composer textarea").focus();
