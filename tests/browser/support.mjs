// A demo instance, documents in every state, and a browser, for the tests of the pages.
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const build = process.env.YINXIN_BUILD ?? join(root, "build/release");
const yinxin = join(build, "yinxin");
export const screenshots = join(root, "build/screenshots");
const require = createRequire(import.meta.url);
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export class Instance {
  static async start() {
    const instance = new Instance();
    instance.folder = mkdtempSync(join(tmpdir(), "yinxin-pages-"));
    instance.dir = join(instance.folder, "demo");
    execFileSync(yinxin, ["init", instance.dir, "--demo", "--pki-port", "0"], { stdio: "pipe" });
    const settings = ["requests_per_minute", "requests_burst", "api_requests_per_minute", "failed_facts_per_10_minutes"].flatMap((name) => [
      "--set",
      `limits.${name}=100000`,
    ]);
    const log = [];
    instance.server = spawn(yinxin, ["serve", instance.dir, "--listen", "127.0.0.1:0", ...settings], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [instance.server.stdout, instance.server.stderr]) stream.on("data", (data) => log.push(data));
    const listen = join(instance.dir, "run/listen");
    for (let attempt = 0; attempt < 300; attempt++) {
      if (instance.server.exitCode !== null) throw new Error(`serve stopped:\n${Buffer.concat(log)}`);
      const address = existsSync(listen) ? readFileSync(listen, "utf8").trim() : "";
      if (address && (await fetch(`http://${address}/readyz`).catch(() => null))?.ok) {
        instance.url = `http://${address}`;
        instance.key = readFileSync(join(instance.dir, "admin.key"), "utf8").trim();
        return instance;
      }
      await pause(100);
    }
    throw new Error(`serve was not ready:\n${Buffer.concat(log)}`);
  }

  async stop() {
    const ended = new Promise((done) => this.server.once("exit", done));
    this.server.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async post(path, body) {
    const answer = await fetch(this.url + path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.key}`, "Idempotency-Key": randomUUID() },
    });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  sample(name) {
    return JSON.parse(readFileSync(join(root, `server/samples/${name}.json`), "utf8"));
  }

  /** Issues a sample; {id, code, ..., data, file}: the file is a path. */
  async issue(type, name) {
    const data = this.sample(name);
    const document = await this.post("/api/v1/documents", { type, data });
    const answer = await fetch(`${this.url}/api/v1/documents/${document.id}/pdf`, { headers: { Authorization: `Bearer ${this.key}` } });
    const file = join(this.folder, `${document.number}.pdf`);
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    return { ...document, data, file, plain: document.code.replaceAll("-", "") };
  }

  /** A picture of the first page, or of a part of it ("-x", "0" ... as pdftoppm has it). */
  photograph(document, name, ...part) {
    const page = join(this.folder, name);
    execFileSync("pdftoppm", ["-r", "150", "-jpeg", "-singlefile", "-f", "1", "-l", "1", ...part, document.file, page]);
    return `${page}.jpg`;
  }

  /** What a phone reads from the verification QR on the first page. */
  scan(document) {
    const page = join(this.folder, "scan");
    execFileSync("pdftoppm", ["-r", "150", "-png", "-singlefile", "-f", "1", "-l", "1", document.file, page]);
    const texts = execFileSync("zbarimg", ["--raw", "-q", "-S*.disable", "-Sqrcode.enable", `${page}.png`]).toString().split("\n");
    return texts.find((text) => text.startsWith(`${this.url}/v/`));
  }

  write(name, bytes) {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }
}

export async function openBrowser() {
  mkdirSync(screenshots, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

const widths = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };

/** Every way a page is looked at: languages, widths, with and without JavaScript. */
export function* views() {
  for (const language of ["zh-CN", "en"]) {
    for (const width of Object.keys(widths)) {
      for (const javaScript of [true, false]) yield { language, width, javaScript, name: `${language}, ${width}, ${javaScript ? "with" : "without"} JavaScript` };
    }
  }
}

/** A page in one such view, closed after `use`; fails on anything the page logged as an error and on requests to other hosts. */
export async function withPage(browser, view, origin, use) {
  const context = await browser.newContext({
    viewport: widths[view.width ?? "wide"],
    locale: view.language,
    javaScriptEnabled: view.javaScript ?? true,
    colorScheme: view.colorScheme ?? "light",
  });
  const page = await context.newPage();
  const faults = [];
  const expected = ["the server responded with a status of 4", ...(view.mayBeOffline ? ["ERR_INTERNET_DISCONNECTED"] : [])];
  page.on("console", (message) => message.type() === "error" && !expected.some((text) => message.text().includes(text)) && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => request.url().startsWith(origin) || request.url().startsWith("data:") || faults.push(`asks ${request.url()}`));
  try {
    await use(page);
  } finally {
    await context.close();
  }
  if (faults.length) throw new Error(faults.join("\n"));
}

/**
 * Serious and critical findings of axe. axe itself needs JavaScript: of a page without, what it shows is laid before axe in a second
 * page whose own scripts are kept out.
 */
export async function axe(page, javaScript = true) {
  if (!javaScript) {
    const context = await page.context().browser().newContext({ viewport: page.viewportSize() });
    const shown = await context.newPage();
    const html = (await page.content()).replaceAll(/<(\/?)noscript>/g, "<$1div>");
    await shown.route(page.url().split("#")[0], (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
    await shown.route(/\.m?js(\?|$)/, (route) => route.abort());
    await shown.goto(page.url());
    const findings = await axe(shown);
    await context.close();
    return findings;
  }
  await page.evaluate(axeSource);
  const result = await page.evaluate(async () => {
    const run = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return run.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, where: nodes.map((node) => node.target.join(" ")) }));
  });
  return result.filter(({ impact }) => impact === "serious" || impact === "critical");
}

export async function noOverflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1);
}
