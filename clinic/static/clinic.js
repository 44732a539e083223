// Keys, focus and small comforts. Every page works without this file.

const within = (element) => element?.closest("input, select, textarea, [contenteditable]");
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// One letter, one place: a link, button or field says which with data-key; the page's own comes first.
function go(key) {
  const named = all(`[data-key="${CSS.escape(key)}"]`);
  const target = named.find((element) => element.closest("main")) ?? named[0];
  if (!target) return false;
  if (target.matches("input")) target.focus();
  else target.click();
  return true;
}

// j and k walk the rows of the first list on the page.
function walk(step) {
  const rows = all("[data-walk] [data-row]").filter((row) => row.offsetParent);
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step];
  next?.querySelector("a, button, input")?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (within(event.target) || document.querySelector("dialog[open]")) return;
  const steps = { j: 1, k: -1 };
  if (event.key in steps ? walk(steps[event.key]) : go(event.key)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog).showModal();
  }
  if (event.target.closest("[data-print]")) window.print();
});

// A filter acts as soon as it is changed; its button is for those without JavaScript.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-on-change]")) form.requestSubmit();
});

// A part of the page that cannot be fetched says so once, instead of standing still.
function lost() {
  if (document.getElementById("lost")) return;
  const note = document.createElement("p");
  note.id = "lost";
  note.className = "note bad";
  note.setAttribute("role", "alert");
  note.textContent = "A part of this page could not be fetched. Reload the page; nothing you saved is lost.";
  document.getElementById("main").prepend(note);
}
for (const name of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(name, lost);
document.addEventListener("htmx:afterOnLoad", (event) => {
  if (event.detail.successful) document.getElementById("lost")?.remove();
});

// A second press must not book twice: the server refuses it, this spares the question.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.matches("[data-again]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

for (const element of all("[data-scripted]")) element.hidden = false;
for (const element of all("[data-unscripted]")) element.hidden = true;
document.querySelector("[data-focus]")?.focus();

// The board opens at the present hour.
const frame = document.querySelector(".board-frame");
const mark = frame?.querySelector("line.b-now");
if (mark) frame.scrollTop = Number(mark.getAttribute("y1")) - frame.clientHeight / 3;
