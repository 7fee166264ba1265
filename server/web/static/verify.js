// SPDX-License-Identifier: Apache-2.0
// The QR's token stands behind # and never travels in an address. This page sends it in a request's body and shows what the
// register says. Without this script the form below asks for one printed fact instead.
(function () {
  "use strict";
  const token = window.location.hash.slice(1);
  const section = document.getElementById("token");
  if (!section || !/^[A-Za-z0-9_-]{20,600}$/.test(token)) return;

  const state = document.getElementById("token-state");
  const facts = document.getElementById("token-facts");
  const chinese = section.dataset.lang === "zh-CN";

  // The other language keeps the token.
  document.querySelectorAll(".languages a").forEach(function (link) {
    link.hash = window.location.hash;
  });

  function say(text, wrong) {
    state.textContent = text;
    state.className = wrong ? "error" : "";
  }

  function row(label, value, mono) {
    if (!value) return;
    const line = facts.querySelector("tbody").insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = label;
    line.appendChild(head);
    const cell = line.insertCell();
    cell.textContent = value;
    if (mono) cell.className = "mono";
  }

  function show(answer) {
    const document_ = answer.document || {};
    (answer.facts || []).forEach(function (fact) {
      row(chinese ? fact.label_zh : fact.label_en, fact.value);
    });
    row(section.dataset.pages, document_.pages ? String(document_.pages) : "");
    row(section.dataset.sha, document_.sha256, true);
    state.hidden = true;
    facts.hidden = false;
    const ask = document.querySelector(".ask");
    if (ask) ask.hidden = true;
  }

  section.hidden = false;
  say(section.dataset.working);
  fetch("/api/v1/verifications", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code: section.dataset.code, token: token }),
    credentials: "omit",
    cache: "no-store",
  })
    .then(function (response) {
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    })
    .then(function (answer) {
      if (answer.outcome === "on_record") show(answer);
      else if (answer.outcome === "superseded" || answer.outcome === "revoked") section.hidden = true;
      else say(section.dataset.bad, true);
    })
    .catch(function () {
      say(section.dataset.retry, true);
    });
})();
