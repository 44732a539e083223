// Automatic sign-off: warns a minute before, covers the page afterwards, and gives it back with all that was typed to
// the same person once signed in again. Nothing of the page is stored anywhere.

const cover = document.getElementById("sign-off");
const idle = Number(cover.dataset.idle) * 1000;
const WARNING = 60 * 1000;
const USED = "blockwise:used"; // when any window of this browser was used; a time and nothing else
let asked = Date.now();
let out = false;

const part = (name) => cover.querySelector(`[data-part="${name}"]`);
const used = () => Math.max(asked, Number(localStorage.getItem(USED)) || 0);

function use() {
  asked = Date.now();
  localStorage.setItem(USED, String(asked));
}

function show(name) {
  part("soon").hidden = name !== "soon";
  part("out").hidden = name !== "out";
  cover.classList.toggle("shut", name === "out");
  if (!cover.open) cover.showModal();
}

// Who is signed in now, by the server's answer; null for nobody, undefined while it cannot be asked.
async function present() {
  const answer = await fetch(cover.dataset.address, { redirect: "manual", cache: "no-store" }).catch(() => undefined);
  if (answer?.ok) return answer.json();
  return answer?.type === "opaqueredirect" || answer?.status === 401 ? null : undefined;
}

// Forms on this page were made for the session that ended: give them the token of the new one.
function renew(token) {
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
}

async function leave() {
  out = true;
  show("out");
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (token) await fetch(cover.dataset.leave, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
}

async function goOn() {
  const now = await present();
  part("out").querySelector("[data-refused]").hidden = Boolean(now);
  if (!now) return;
  if (String(now.person) !== cover.dataset.person) {
    location.reload(); // somebody else: this page was another's
    return;
  }
  renew(now.token);
  out = false;
  use();
  cover.close();
}

async function stay() {
  const now = await present();
  if (now) {
    use();
    cover.close();
  } else if (now === null) leave();
}

function look() {
  if (out) return;
  const left = used() + idle - Date.now();
  if (left <= 0) leave();
  else if (left <= WARNING) {
    cover.querySelector("[data-left]").textContent = Math.ceil(left / 1000);
    if (!cover.open) show("soon");
  } else if (cover.open) cover.close();
}

// Whoever types or reads is there: say so once a minute.
function active() {
  if (!out && !cover.open && Date.now() - used() > WARNING) stay();
}

use();
setInterval(look, 1000);
for (const name of ["keydown", "pointerdown", "scroll"]) document.addEventListener(name, active, { passive: true });
document.addEventListener("htmx:afterRequest", use);
cover.addEventListener("cancel", (event) => event.preventDefault());
cover.querySelector("[data-stay]").addEventListener("click", stay);
cover.querySelector("[data-go-on]").addEventListener("click", goOn);
