// SPDX-License-Identifier: Apache-2.0
// Without a network the page that checks a QR on the device stands in for the pages that ask the register.
"use strict";
const known = (address) => address.pathname.startsWith("/static/") || address.pathname === "/.well-known/jwks.json";
const page = (address) => address.pathname.startsWith("/v/") || address.pathname === "/offline";

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  const navigates = event.request.mode === "navigate" && page(address);
  if (event.request.method !== "GET" || address.origin !== self.location.origin || !(navigates || known(address))) return;
  event.respondWith(
    fetch(event.request).catch(async () => {
      const cache = await caches.open("offline");
      return (await cache.match(navigates ? "/offline" : event.request)) || Response.error();
    }),
  );
});
