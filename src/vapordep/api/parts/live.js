// Asks for the page anew each second and takes what changed out of it; says so when nobody answers. ABORT, log out.
"use strict";

const EVERY = 1000, PATIENCE = 3000, SILENT = 2500, LOOK = 250;
let heard = Date.now();

async function renew() {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE);
  try {
    const answer = await fetch("/plain", { signal: giveUp.signal, cache: "no-store" });
    if (answer.redirected) return location.assign("/login");
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
    document.title = page.title;
    heard = Date.now();
  } catch {
    // told once it lasts
  } finally {
    clearTimeout(timer);
  }
  setTimeout(renew, EVERY);
}

function look() {
  const lost = Date.now() - heard > SILENT;
  document.getElementById("lost").hidden = !lost;
  document.body.classList.toggle("lost", lost);
}

async function order(path, otherwise) {
  const said = document.getElementById("said");
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "content-type": "application/json" }, body: "{}",
    });
    const told = await answer.json();
    said.textContent = answer.ok ? told.done ?? "" : `${told.message}. ${told.remedy}`;
    return answer.ok;
  } catch {
    said.textContent = otherwise;
    return false;
  }
}

document.getElementById("abort").addEventListener("click", () => {
  document.getElementById("said").textContent = "ABORT is on its way";
  order("/api/abort", "ABORT DID NOT GET THROUGH. At the computer: vapordep run abort; or the reactor's own switch.");
});
document.getElementById("logout").addEventListener("click", async () => {
  if (await order("/api/logout", "No answer: still logged in.")) location.assign("/login");
});
setTimeout(renew, EVERY);
setInterval(look, LOOK);
