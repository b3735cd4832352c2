// Asks for the page anew each second and takes what changed out of it; says so when nobody answers.
"use strict";

const EVERY = 1000, PATIENCE = 3000;
let heard = Date.now();

async function renew() {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE);
  try {
    const answer = await fetch("/", { signal: giveUp.signal, cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
    document.title = page.title;
    heard = Date.now();
  } catch {
    // told below, once it lasts
  } finally {
    clearTimeout(timer);
  }
  const lost = Date.now() - heard > PATIENCE - EVERY;
  document.getElementById("lost").hidden = !lost;
  document.body.classList.toggle("lost", lost);
  setTimeout(renew, EVERY);
}

setTimeout(renew, EVERY);
