// The pages as a bank clerk meets them: in both languages, wide and narrow, with and without JavaScript.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { axe, Instance, noOverflow, openBrowser, screenshots, views, withPage } from "./support.mjs";

let instance, browser, record, invoice, revoked, superseded;

before(async () => {
  instance = await Instance.start();
  browser = await openBrowser();
  record = await instance.issue("tax-payment-record", "tax-payment-record.one-year");
  invoice = await instance.issue("invoice", "invoice.special");
  revoked = await instance.issue("tax-payment-record", "tax-payment-record.foreigner");
  await instance.post(`/api/v1/documents/${revoked.id}/revoke`, { reason: "issued by mistake" });
  superseded = await instance.issue("tax-payment-record", "tax-payment-record.no-rows");
  await instance.post(`/api/v1/documents/${superseded.id}/replace`, { data: superseded.data, reason: "name mended" });
});

after(async () => {
  await browser?.close();
  await instance?.stop();
});

const messages = {};
for (const language of ["zh-CN", "en"]) {
  messages[language] = JSON.parse(readFileSync(new URL(`../../server/web/messages.${language}.json`, import.meta.url)));
}

async function looksRight(page, view, name) {
  await page.screenshot({ path: join(screenshots, `${name}-${view.language}-${view.width}${view.javaScript ? "" : "-plain"}.png`), fullPage: true });
  assert.equal(await page.getAttribute("html", "lang"), view.language);
  assert.ok(await noOverflow(page), "the page is wider than the window");
  assert.equal(await page.locator("h1").count(), 1);
  assert.deepEqual(await axe(page, view.javaScript), []);
}

const headline = (page) => page.locator("h1").innerText();

// name, address, the key of its headline
const states = [
  ["home", () => "/", "home_title"],
  ["docs", () => "/docs", "docs_title"],
  ["offline", () => "/offline", "offline_title"],
  ["valid", () => `/v/${record.plain}`, "valid_title"],
  ["valid-invoice", () => `/v/${invoice.plain}`, "valid_title"],
  ["revoked", () => `/v/${revoked.plain}`, "revoked_title"],
  ["superseded", () => `/v/${superseded.plain}`, "superseded_title"],
  ["unknown", () => "/v/ZZZZZZZZZZZZZZZH", "not_found_title"],
];

for (const view of views()) {
  describe(`pages in ${view.name}`, () => {
    for (const [name, path, title] of states) {
      it(`${name} says what it is and is accessible`, () =>
        withPage(browser, view, instance.url, async (page) => {
          const answer = await page.goto(`${instance.url}${path()}?lang=${view.language}`);
          assert.equal(answer.status(), 200);
          assert.equal((await headline(page)).trim(), messages[view.language][title]);
          await looksRight(page, view, name);
        }));
    }
  });
}

for (const view of views()) {
  it(`a photo of the paper is answered with what to compare, ${view.name}`, () =>
    withPage(browser, view, instance.url, async (page) => {
      const texts = messages[view.language];
      const upload = async (file) => {
        await page.goto(`${instance.url}/?lang=${view.language}`);
        await page.setInputFiles("#file", file);
        await page.click("form:has(#file) button");
      };
      await upload(instance.photograph(record, "photo"));
      assert.equal((await headline(page)).trim(), texts.paper_token_title);
      assert.equal(await page.locator(".verdict.warn").count(), 1);
      assert.equal(await page.locator(".verdict.good").count(), 0);
      const shown = await page.locator("table.facts").innerText();
      for (const value of [record.number, record.code.match(/.{4}/g)?.join("-") ?? record.code, "张"]) assert.ok(shown.includes(value), value);
      const text = await page.locator("main").innerText();
      assert.ok(text.includes(texts.compare) && text.includes(texts.paper_token_meaning));
      assert.ok(!text.includes(record.data.taxpayer.id_number), "facts to compare are masked");
      await looksRight(page, view, "photo");
      await upload(instance.photograph(record, "lower-half", "-x", "0", "-y", "900", "-W", "1240", "-H", "800"));
      assert.equal((await headline(page)).trim(), texts.paper_no_qr_title);
      await looksRight(page, view, "photo-no-qr");
    }));
}

describe("the way of a clerk", () => {
  for (const javaScript of [true, false]) {
    const view = { language: "en", width: "narrow", javaScript };
    const words = javaScript ? "with JavaScript" : "without JavaScript";

    it(`types a code with spaces in small letters, then a fact, ${words}`, () =>
      withPage(browser, view, instance.url, async (page) => {
        await page.goto(`${instance.url}/?lang=en`);
        await page.fill("#code", ` ${record.code.toLowerCase().replaceAll("-", " ")} `);
        await page.click("form:has(#code) button");
        assert.equal((await headline(page)).trim(), messages.en.valid_title);
        assert.ok(!(await page.content()).includes(record.data.taxpayer.id_number), "a code alone must not show the ID number");
        await page.check("#fact-id_last6");
        await page.fill("#fact-value", record.data.taxpayer.id_number.slice(-6));
        await page.click("form:has(#fact-value) button");
        assert.equal((await headline(page)).trim(), messages.en.matched_title);
        assert.ok(await page.locator("table.facts tbody tr").count());
        assert.ok(!(await page.content()).includes(record.data.taxpayer.id_number), "facts to compare are masked");
        await looksRight(page, view, "matched");
      }));

    it(`is told that a fact does not match, ${words}`, () =>
      withPage(browser, view, instance.url, async (page) => {
        await page.goto(`${instance.url}/v/${record.plain}?lang=en`);
        await page.check("#fact-id_last6");
        await page.fill("#fact-value", "000000");
        await page.click("form:has(#fact-value) button");
        assert.equal((await headline(page)).trim(), messages.en.no_match_title);
        await looksRight(page, view, "no-match");
      }));

    it(`is told about a typing error beside the field, ${words}`, () =>
      withPage(browser, view, instance.url, async (page) => {
        await page.goto(`${instance.url}/?lang=en`);
        const wrong = record.plain.slice(0, 15) + (record.plain[15] === "A" ? "B" : "A");
        await page.fill("#code", wrong);
        await page.click("form:has(#code) button");
        assert.match(await page.locator("#code-error").innerText(), /mistyped/);
        assert.equal(await page.getAttribute("#code", "aria-invalid"), "true");
        await looksRight(page, view, "typing-error");
      }));

    it(`uploads the original, a changed one, and something else, ${words}`, () =>
      withPage(browser, view, instance.url, async (page) => {
        const original = readFileSync(record.file);
        const changed = Buffer.from(original);
        changed[Math.floor(changed.length / 2)] ^= 1;
        const cases = [
          ["genuine", record.file, /genuine_title/],
          ["altered", instance.write("changed.pdf", changed), /(altered|invalid|unreadable|not_checked)_title/],
          ["not-a-pdf", instance.write("letter.pdf", "Dear bank,"), /unreadable_title/],
        ];
        for (const [name, file, expected] of cases) {
          await page.goto(`${instance.url}/?lang=en`);
          await page.setInputFiles("#file", file);
          await page.click("form:has(#file) button");
          const title = (await headline(page)).trim();
          const key = Object.keys(messages.en).find((entry) => messages.en[entry] === title);
          assert.match(key ?? title, expected);
          await looksRight(page, view, `upload-${name}`);
        }
      }));
  }

  it("scans the QR: the token in the fragment shows the facts and never reaches the server's address log", () =>
    withPage(browser, { language: "en", width: "narrow" }, instance.url, async (page) => {
      const scanned = instance.scan(record);
      assert.ok(scanned?.includes("#"), `scanned ${scanned}`);
      const asked = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(scanned);
      await page.locator("table.facts tbody tr").first().waitFor();
      const text = await page.locator("main").innerText();
      assert.ok(text.includes(record.number) || text.includes("张"), text);
      const language = await page.getAttribute("html", "lang");
      assert.equal((await headline(page)).trim(), messages[language].paper_token_title);
      assert.equal((await page.locator(".next li").first().innerText()).trim(), messages[language].paper_token_next1);
      assert.equal(await page.locator(".ask").count(), 0, "nothing is to be typed any more");
      assert.ok(!asked.some((address) => address.includes(scanned.split("#")[1])), "the token is in an address");
      await looksRight(page, { language, width: "narrow", javaScript: true }, "scanned");
    }));

  it("checks a QR on the device, and once the page was opened also without a network", () =>
    withPage(browser, { language: "en", width: "narrow", mayBeOffline: true }, instance.url, async (page) => {
      const scanned = instance.scan(record);
      const at = scanned.indexOf("#") + 40;
      const changed = scanned.slice(0, at) + (scanned[at] === "A" ? "B" : "A") + scanned.slice(at + 1);
      await page.goto(`${instance.url}/offline?lang=en`);
      const asked = [];
      page.on("request", (request) => asked.push(`${request.url()} ${request.postData() ?? ""}`));
      const check = async (text) => {
        await page.locator("#offline-text").fill(text);
        await page.locator("#offline button").click();
        await page.locator("#offline-state").waitFor();
      };
      await check(scanned);
      await page.locator("#offline-facts tbody tr").first().waitFor();
      const facts = await page.locator("#offline-facts").innerText();
      const printed = record.plain.replace(/(.{4})(?=.)/g, "$1-");
      assert.ok(facts.includes(printed), facts);
      assert.equal(await page.locator("#offline-state").innerText(), messages.en.offline_genuine);
      await looksRight(page, { language: "en", width: "narrow", javaScript: true }, "offline-genuine");
      for (const [text, expected] of [
        [changed, "offline_forged"],
        ["https://example.org/", "offline_none"],
        [scanned.replace(record.plain, invoice.plain), "offline_forged"],
        ["", "offline_none"],
      ]) {
        await check(text);
        await page.locator("#offline-state.error", { hasText: messages.en[expected] }).waitFor();
        assert.ok(await page.locator("#offline-facts").isHidden());
      }
      assert.ok(!asked.some((request) => request.includes(scanned.split("#")[1])), "the token left the device");

      await page.locator("#offline-kept").waitFor();
      await page.context().setOffline(true);
      await page.goto(scanned);
      await page.locator("#offline-facts tbody tr").first().waitFor();
      assert.ok((await page.locator("#offline-facts").innerText()).includes(printed));
      await page.context().setOffline(false);
    }));

  const forged = {
    "whose token is far too short": () => "abc",
    "whose token has a point in it": () => instance.scan(record).split("#")[1].slice(0, -5) + ".AAAA",
    "whose token is far too long": () => "A".repeat(700),
    "whose token belongs to another document": () => instance.scan(invoice).split("#")[1],
    "whose token was changed": () => {
      const token = instance.scan(record).split("#")[1];
      return token.slice(0, -6) + (token.slice(-6, -5) === "A" ? "B" : "A") + token.slice(-5);
    },
  };
  for (const [which, token] of Object.entries(forged)) {
    for (const language of ["zh-CN", "en"]) {
      it(`scans a QR ${which}: told not to accept the paper and nothing else, ${language}`, () =>
        withPage(browser, { language, width: "narrow" }, instance.url, async (page) => {
          await page.goto(`${instance.url}/v/${record.plain}?lang=${language}#${token()}`);
          await page.locator(".verdict.bad").waitFor();
          assert.equal((await headline(page)).trim(), messages[language].forged_title);
          assert.ok((await page.title()).startsWith(messages[language].forged_title));
          assert.equal(await page.locator(".verdict").count(), 1);
          assert.equal((await page.locator(".next li").first().innerText()).trim(), messages[language].forged_next1);
          const text = await page.locator("main").innerText();
          for (const good of ["valid_title", "valid_meaning", "fact_title", "result_about_title"]) assert.ok(!text.includes(messages[language][good]), good);
          await looksRight(page, { language, width: "narrow", javaScript: true }, "scanned-forged");
        }));
    }
  }

  it("opens the genuine QR after a forged one in the same tab, and the other way round", () =>
    withPage(browser, { language: "en" }, instance.url, async (page) => {
      const genuine = instance.scan(record).split("#")[1];
      const token = forged["whose token was changed"]();
      const open = (which) => page.evaluate((hash) => (window.location.hash = hash), which);
      await page.goto(`${instance.url}/v/${record.plain}?lang=en#${token}`);
      await page.locator(".verdict.bad").waitFor();
      await open(genuine);
      await page.locator("table.facts tbody tr").first().waitFor();
      assert.equal((await headline(page)).trim(), messages.en.paper_token_title);
      await open(token);
      await page.locator(".verdict.bad").waitFor();
      assert.equal(await page.locator("table.facts tbody tr:visible").count(), 0);
    }));

  it("uses the keyboard alone", () =>
    withPage(browser, { language: "en", width: "wide" }, instance.url, async (page) => {
      await page.goto(`${instance.url}/?lang=en`);
      await page.keyboard.press("Tab");
      assert.match(await page.evaluate(() => document.activeElement.getAttribute("href")), /#main$/);
      for (let step = 0; step < 30 && (await page.evaluate(() => document.activeElement.id)) !== "code"; step++) await page.keyboard.press("Tab");
      await page.keyboard.type(record.code);
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/v\/|\/\?/);
      assert.equal((await headline(page)).trim(), messages.en.valid_title);
    }));

  it("is shown the page in dark colours with enough contrast", () =>
    withPage(browser, { language: "en", width: "wide", colorScheme: "dark" }, instance.url, async (page) => {
      await page.goto(`${instance.url}/v/${record.plain}?lang=en`);
      await page.screenshot({ path: join(screenshots, "valid-en-dark.png"), fullPage: true });
      assert.deepEqual(await axe(page), []);
    }));
});

describe("these tests", () => {
  for (const javaScript of [true, false]) {
    it(`see a picture without a text, ${javaScript ? "with" : "without"} JavaScript`, () =>
      withPage(browser, { language: "en", javaScript }, instance.url, async (page) => {
        await page.route(`${instance.url}/planted`, (route) =>
          route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=en><title>t</title><h1>t</h1><img src='data:,'></html>" }),
        );
        await page.goto(`${instance.url}/planted`);
        assert.deepEqual((await axe(page, javaScript)).map(({ id }) => id), ["image-alt"]);
      }));
  }
});

describe("what the pages send along", () => {
  it("headers keep scripts, frames and referrers of others out", async () => {
    for (const path of ["/", `/v/${record.plain}`, "/docs"]) {
      const { headers } = await fetch(instance.url + path);
      assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'|default-src 'self'/, path);
      assert.doesNotMatch(headers.get("content-security-policy"), /unsafe-inline|unsafe-eval/, path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.match(headers.get("referrer-policy") ?? "", /no-referrer|same-origin/, path);
    }
  });

  it("both languages have the same texts", () => {
    assert.deepEqual(Object.keys(messages["zh-CN"]).sort(), Object.keys(messages.en).sort());
  });

  it("the description of the interface is OpenAPI 3.1", async () => {
    const description = await (await fetch(`${instance.url}/openapi.json`)).json();
    assert.match(description.openapi, /^3\.1/);
    assert.ok(description.paths["/api/v1/documents"].post);
  });
});
