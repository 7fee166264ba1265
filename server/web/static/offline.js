// SPDX-License-Identifier: Apache-2.0
// Checks a QR's token on this device, by the published keys alone: base64url and CBOR in the one form they have, ES256, and the
// certificate's validity at the time of issue (signer/README.md). It proves what was issued, never what still counts. The page keeps
// itself and the keys, so that it opens without a network afterwards.
(function () {
  "use strict";
  const section = document.getElementById("offline");
  if (!section) return;
  const words = section.dataset;
  const state = document.getElementById("offline-state");
  const facts = document.getElementById("offline-facts");
  const keyAddress = "/.well-known/jwks.json";
  const codeSymbols = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  const typeSymbols = " abcdefghijklmnopqrstuvwxyz0123456789-_.";

  class NotGenuine extends Error {}
  const isToken = (text) => text.includes("#") || (text.length >= 20 && !/[ ,:/]/.test(text));
  const need = (held) => {
    if (!held) throw new NotGenuine();
  };

  function bytesOf(text) {
    const symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    need(/^[A-Za-z0-9_-]{20,600}$/.test(text));
    const bytes = [];
    let bits = 0;
    let value = 0;
    for (const symbol of text) {
      value = (value << 6) | symbols.indexOf(symbol);
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes.push(value >> bits);
        value &= (1 << bits) - 1;
      }
    }
    need(bits < 6 && value === 0); // bits left over would be a second spelling
    return Uint8Array.from(bytes);
  }

  class Cbor {
    constructor(bytes) {
      this.bytes = bytes;
      this.at = 0;
    }
    byte() {
      need(this.at < this.bytes.length);
      return this.bytes[this.at++];
    }
    head() {
      const first = this.byte();
      let number = first & 31;
      if (number >= 24) {
        const size = { 24: 1, 25: 2, 26: 4, 27: 8 }[number];
        need(size);
        number = 0;
        for (let i = 0; i < size; ++i) number = number * 256 + this.byte();
        need(number >= { 1: 24, 2: 256, 4: 65536, 8: 4294967296 }[size] && Number.isSafeInteger(number));
      }
      return { major: first >> 5, number };
    }
    expect(major) {
      const head = this.head();
      need(head.major === major);
      return head.number;
    }
    integer() {
      const head = this.head();
      need(head.major < 2);
      return head.major === 0 ? head.number : -1 - head.number;
    }
    string(major) {
      const end = this.expect(major) + this.at;
      need(end <= this.bytes.length);
      const part = this.bytes.slice(this.at, end);
      this.at = end;
      return part;
    }
    isNull() {
      if (this.bytes[this.at] !== 0xf6) return false;
      this.at += 1;
      return true;
    }
    end() {
      need(this.at === this.bytes.length);
    }
  }

  function openEnvelope(bytes) {
    const cbor = new Cbor(bytes);
    need(cbor.expect(4) === 4);
    const header = cbor.string(2);
    need(header.length === 13 && [0xa2, 0x01, 0x26, 0x04, 0x48].every((byte, i) => header[i] === byte));
    need(cbor.expect(5) === 0);
    const payload = cbor.string(2);
    const signature = cbor.string(2);
    need(signature.length === 64);
    cbor.end();
    return { header, kid: header.slice(5), payload, signature };
  }

  function byteString(bytes) {
    const head = bytes.length < 24 ? [0x40 | bytes.length] : bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 255];
    return [...head, ...bytes];
  }

  function signedBytes(envelope) {
    const context = [..."Signature1"].map((letter) => letter.charCodeAt(0));
    return Uint8Array.from([0x84, 0x6a, ...context, ...byteString(envelope.header), 0x40, ...byteString(envelope.payload)]);
  }

  function codeOf(bytes) {
    need(bytes.length === 10);
    let bits = 0n;
    for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
    let code = "";
    for (let i = 75n; i >= 0n; i -= 5n) code += codeSymbols[Number((bits >> i) & 31n)];
    return code;
  }

  function typeOf(bytes) {
    need(bytes.length > 0 && bytes.length % 2 === 0);
    let text = "";
    for (let i = 0; i < bytes.length; i += 2) {
      const group = bytes[i] * 256 + bytes[i + 1];
      need(group < 64000);
      text += typeSymbols[Math.floor(group / 1600)] + typeSymbols[Math.floor(group / 40) % 40] + typeSymbols[group % 40];
    }
    const name = text.replace(/ {1,2}$/, "");
    need(name !== "" && !name.includes(" "));
    return name;
  }

  function unmasked(bytes) {
    const packed = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    need(!/[\u0000\u0001\u007f]/.test(packed));
    const text = packed.replace(/[\u0002-\u001f]/g, (stars) => "*".repeat(stars.charCodeAt(0)));
    const again = text.replace(/\*{1,31}/g, (run) => (run.length === 1 ? "*" : String.fromCharCode(run.length)));
    need(again === packed);
    return text;
  }

  function periodOf(cbor) {
    if (cbor.isNull()) {
      need(cbor.isNull());
      return "";
    }
    const from = cbor.integer();
    const day = (number) => new Date(number * 86400000).toISOString().slice(0, 10);
    const month = (number) => `${1970 + Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, "0")}`;
    const [first, most, shown] = from < 0 ? [-1 - from, 2400, month] : [from, 73200, day];
    need(first <= most);
    if (cbor.isNull()) return shown(first);
    const length = cbor.expect(0);
    need(length <= most - first);
    return length === 0 ? shown(first) : `${shown(first)} – ${shown(first + length)}`;
  }

  function readClaims(payload) {
    const cbor = new Cbor(payload);
    need(cbor.expect(5) === 3 && cbor.integer() === 6);
    const seconds = cbor.expect(0);
    need(seconds <= 4102444800 && cbor.integer() === 7);
    const code = codeOf(cbor.string(2));
    need(cbor.integer() === -1 && cbor.expect(4) === 8);
    const type = typeOf(cbor.string(2));
    const organ = cbor.expect(0);
    need(organ < 1000000);
    const period = periodOf(cbor);
    const total = cbor.isNull() ? null : cbor.integer();
    const pages = cbor.expect(0);
    need(pages >= 1 && pages <= 100000);
    const name = unmasked(cbor.string(3));
    const id = unmasked(cbor.string(3));
    cbor.end();
    return { issued: new Date(seconds * 1000), code, type, organ: String(organ).padStart(6, "0"), period, total, pages, name, id };
  }

  /// Of an X.509 certificate (RFC 5280, 4.1): [notBefore, notAfter].
  function validity(der) {
    const value = (at) => {
      let length = der[at + 1];
      let start = at + 2;
      if (length > 127) {
        let count = length & 127;
        for (length = 0; count > 0; --count) length = length * 256 + der[start++];
      }
      return { tag: der[at], start, end: start + length };
    };
    let at = value(value(0).start).start;
    if (der[at] === 0xa0) at = value(at).end;
    for (let i = 0; i < 3; ++i) at = value(at).end; // serial number, algorithm, issuer
    const times = [];
    for (at = value(at).start; times.length < 2; at = value(at).end) {
      const time = value(at);
      let text = String.fromCharCode(...der.slice(time.start, time.end));
      if (time.tag === 0x17) text = (text < "50" ? "20" : "19") + text;
      times.push(Date.UTC(text.slice(0, 4), text.slice(4, 6) - 1, text.slice(6, 8), text.slice(8, 10), text.slice(10, 12), text.slice(12, 14)));
    }
    return times;
  }

  const plainBytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

  async function check(text, keys) {
    const hash = text.indexOf("#");
    const envelope = openEnvelope(bytesOf(hash < 0 ? text : text.slice(hash + 1)));
    const kid = btoa(String.fromCharCode(...envelope.kid)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
    const entry = keys.find((key) => key.kid === kid && key.kty === "EC" && key.crv === "P-256");
    need(entry);
    const key = await crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x: entry.x, y: entry.y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    need(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, envelope.signature, signedBytes(envelope)));
    const claims = readClaims(envelope.payload);
    const named = /\/v\/([^/?#]+)/.exec(hash < 0 ? "" : text.slice(0, hash));
    need(!named || decodeURIComponent(named[1]).replace(/[ -]/g, "").toUpperCase() === claims.code);
    const [from, until] = validity(plainBytes(entry.x5c[0]));
    need(from <= claims.issued.getTime() && claims.issued.getTime() <= until);
    return claims;
  }

  function say(text, tone) {
    state.textContent = text;
    state.className = tone;
    state.hidden = false;
  }

  function amount(fen) {
    const digits = String(Math.abs(fen)).padStart(3, "0");
    const yuan = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
    return `${fen < 0 ? "-" : ""}${yuan}.${digits.slice(-2)}`;
  }

  function show(claims) {
    const rows = facts.querySelector("tbody");
    rows.replaceChildren();
    const row = (label, value) => {
      if (!value) return;
      const line = rows.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = label;
      line.appendChild(head);
      line.insertCell().textContent = value;
    };
    row(words.name, claims.name);
    row(words.id, claims.id);
    row(words.period, claims.period);
    row(words.total, claims.total === null ? "" : amount(claims.total));
    row(words.pages, String(claims.pages));
    row(words.type, claims.type);
    row(words.organ, claims.organ);
    row(words.code, claims.code.replace(/(.{4})(?=.)/g, "$1-"));
    row(words.issued, new Date(claims.issued.getTime() + 8 * 3600000).toISOString().replace("T", " ").slice(0, 16));
    facts.hidden = false;
  }

  async function answer(text) {
    facts.hidden = true;
    if (!isToken(text.trim())) {
      say(words.none, "error");
      return;
    }
    let keys;
    try {
      keys = (await (await fetch(keyAddress)).json()).keys;
    } catch {
      say(words.nokeys, "error");
      return;
    }
    try {
      show(await check(text.trim(), keys));
      say(words.genuine, "");
    } catch {
      say(words.forged, "error");
    }
  }

  /// What the worker gives out when there is no network.
  async function keep() {
    if (!("serviceWorker" in navigator)) return;
    const cache = await caches.open("offline");
    const parts = [...document.querySelectorAll("link[href], script[src]")].map((part) => part.href || part.src);
    await cache.addAll(["/offline", keyAddress, ...parts]);
    await navigator.serviceWorker.register("/offline-worker.js");
    await navigator.serviceWorker.ready;
    document.getElementById("offline-kept").hidden = false;
  }

  document.getElementById("offline-form").addEventListener("submit", (event) => {
    event.preventDefault();
    answer(document.getElementById("offline-text").value);
  });
  // Opened by a QR while there is no network.
  if (/^\/v\//.test(location.pathname) && location.hash) {
    document.getElementById("offline-text").value = location.href;
    answer(location.href);
  }
  keep().catch(() => {});
})();
