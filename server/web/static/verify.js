// SPDX-License-Identifier: Apache-2.0
// The QR's token stands behind # and never travels in an address. This page sends it in a request's body and shows what the
// register says. Without this script the form below asks for one printed fact instead.
(function () {
  "use strict";
  const section = document.getElementById("token");
  if (!section) return;
  const state = document.getElementById("token-state");
  const facts = document.getElementById("token-facts");
  const rows = facts.querySelector("tbody");
  const ask = document.querySelector(".ask");
  const chinese = section.dataset.lang === "zh-CN";

  function say(text, wrong) {
    state.textContent = text;
    state.className = wrong ? "error" : "";
    state.hidden = false;
    facts.hidden = true;
  }

  function row(label, value) {
    if (!value) return;
    const line = rows.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = label;
    line.appendChild(head);
    line.insertCell().textContent = value;
  }

  function show(answer) {
    rows.replaceChildren();
    row(section.dataset.number, answer.document.number);
    answer.facts.forEach(function (fact) {
      row(chinese ? fact.label_zh : fact.label_en, fact.value);
    });
    // Most types list the pages among their facts.
    if (!answer.facts.some((fact) => fact.name === "pages")) row(section.dataset.pages, String(answer.document.pages));
    document.getElementById("token-sha").textContent = answer.document.sha256;
    state.hidden = true;
    facts.hidden = false;
    if (ask) ask.remove();
    const scanned = document.getElementById("scanned");
    document.getElementById("verdict").textContent = scanned.dataset.headline;
    document.querySelector(".verdict .meaning").textContent = scanned.dataset.meaning;
    document.querySelector("ul.next").replaceWith(scanned.content.cloneNode(true));
    document.title = scanned.dataset.title;
  }

  // A good code with a signature that does not hold is a forgery: nothing of the good answer stays.
  function refuse() {
    const forged = document.getElementById("forged");
    const parts = forged.content.cloneNode(true);
    document.querySelectorAll(".columns, .ask").forEach(function (part) {
      part.remove();
    });
    document.querySelector(".verdict").replaceWith(parts);
    document.title = forged.dataset.title;
    section.hidden = true;
  }

  function decide(answer) {
    if (answer.outcome === "on_record") show(answer);
    else if (answer.outcome === "superseded" || answer.outcome === "revoked") section.hidden = true;
    else refuse();
  }

  // All that stands behind # and names no part of this page (the skip link does) was meant as a token.
  function token_behind() {
    const text = window.location.hash.slice(1);
    return text === "" || document.getElementById(text) ? null : text;
  }

  async function check() {
    const token = token_behind();
    if (!token) return;
    // The other language keeps the token.
    document.querySelectorAll(".languages a").forEach(function (link) {
      link.hash = token;
    });
    section.hidden = false;
    if (!/^[A-Za-z0-9_-]{20,600}$/.test(token)) {
      refuse();
      return;
    }
    say(section.dataset.working, false);
    try {
      const response = await fetch("/api/v1/verifications", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code: section.dataset.code, token: token }),
        credentials: "omit",
        cache: "no-store",
      });
      if (!response.ok) throw new Error(String(response.status));
      decide(await response.json());
    } catch (error) {
      say(section.dataset.retry, true);
    }
  }

  // A second QR opened in the same tab changes only the part behind #.
  window.addEventListener("hashchange", function () {
    if (token_behind()) window.location.reload();
  });
  check();
})();
