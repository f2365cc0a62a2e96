// What the pages that take something in have in common.

export const $ = (id) => document.getElementById(id);

for (const t of document.querySelectorAll("time")) {
  const at = new Date(t.dateTime);
  if (!isNaN(at)) t.textContent = at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

export const say = (text) => { $("status").textContent = text; };

export function complain(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
  if (text) $("problem").focus();
}

export const post = (to, type, body) => fetch(to, { method: "POST", headers: { "Content-Type": type }, body,
  cache: "no-store", credentials: "same-origin", redirect: "error", referrerPolicy: "no-referrer" });
