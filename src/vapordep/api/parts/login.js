// Logs in, or makes the first account with the token behind the # of the address, and goes to the page.
"use strict";

const form = document.getElementById("login"), said = document.getElementById("said");
const token = location.hash.slice(1);
const wanted = new URLSearchParams(location.search).get("to") ?? "";
const to = /^\/[\w-][\w/-]*(\?[\w=&%.+-]*)?$/.test(wanted) ? wanted : "/"; // a page of ours, nobody else's
if (token) history.replaceState(null, "", location.pathname);

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
document.getElementById("shown")?.addEventListener("change", (event) => {
  form.elements.password.type = event.target.checked ? "text" : "password";
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(form));
  if (form.dataset.to !== "/api/login") given.token = token;
  form.querySelector("button").disabled = true;
  said.textContent = "";
  try {
    const answer = await fetch(form.dataset.to, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(given),
    });
    if (answer.ok) {
      location.assign(to);
      return;
    }
    const told = await answer.json();
    said.textContent = [told.message, told.remedy].filter(Boolean).map(sentence).join(" ");
  } catch {
    said.textContent = "No answer: is vapordep serve still there?";
  }
  form.querySelector("button").disabled = false;
});
if (form.dataset.to === "/api/enter") form.requestSubmit();
