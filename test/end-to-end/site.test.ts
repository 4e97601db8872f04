/**
 * The static page in a real browser (Debian's chromium): it says what Node says, token for token and relation for relation, keeps its models, works
 * without a network, tells what is wrong, and has no violation that axe-core finds. Without a browser these tests are reported as skipped.
 *
 * BIOGPT_SCREENSHOTS=DIR keeps pictures, to be looked at.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModel } from "../../src/pretrained/index.ts";
import { openRelationReader } from "../../src/tasks/mention-relations/open-relation-reader.ts";
import { readRelations } from "../../src/tasks/mention-relations/read-relations.ts";
import { BROWSER, expectAccessible } from "./browser.fixture.ts";
import { type StaticSite, serveStatic } from "./static-site.fixture.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SITE = join(ROOT, "dist/site");
/** Of all files: what a visitor may have to fetch. */
const MOST_BYTES = 60e6;

describe.skipIf(BROWSER === undefined)("the site in chromium", { timeout: 240_000 }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let site: StaticSite;
  let page: Page;
  const wrong: string[] = [];
  beforeAll(async () => {
    const vite = join(ROOT, "node_modules/vite/bin/vite.js");
    execFileSync(process.execPath, [vite, "build", "web/site", "--logLevel", "error"], { cwd: ROOT, stdio: "inherit" });
    site = await serveStatic(SITE);
    browser = await chromium.launch({ executablePath: BROWSER!, args: ["--no-sandbox"] });
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(120_000);
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on(
      "request",
      (request) =>
        /^(?:data|blob):/.test(request.url()) || request.url().startsWith(site.url) || wrong.push(request.url()),
    );
    await page.goto(site.url);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  test("is small enough, and nothing of it comes from elsewhere", () => {
    const bytes = readdirSync(SITE, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(readFileSync(join(SITE, "index.html"), "utf8")).not.toMatch(/(?:src|href)="https?:/);
  });

  test("a text grows by the keyboard alone, token for token as in Node", async () => {
    const prompt = "Aspirin inhibits";
    await page.getByRole("textbox", { name: "Beginning" }).fill(prompt);
    await page.getByRole("spinbutton", { name: "Tokens" }).fill("40");
    await page.getByRole("spinbutton", { name: "Temperature" }).fill("0");
    await page.getByRole("textbox", { name: "Beginning" }).press("Enter");
    await page.getByRole("button", { name: "Continue" }).and(page.locator(":enabled")).waitFor();
    const got = await page.locator("[data-text]").textContent();
    using model = await loadModel("biogpt-mini", { precision: "fp32" });
    const want = (await model.generate(prompt, { maxNewTokens: 40 }))[0]![0]!;
    expect(got).toBe(want.separator + want.text);
    expect(wrong).toEqual([]);
  });

  test("names and relations are those of Node", async () => {
    await page.getByRole("button", { name: "Find names and relations" }).click();
    await page.getByRole("heading", { name: /^\d+ relations?$/ }).waitFor();
    const texts = [
      await page.getByRole("textbox", { name: "Title" }).inputValue(),
      await page.getByRole("textbox", { name: "Abstract" }).inputValue(),
    ];
    using reader = await openRelationReader(join(ROOT, "models/biogpt-mini-reader"), { precision: "fp32" });
    const schemes = reader.schemes.map(({ name }) => name);
    const passages = [
      { kind: "title" as const, text: texts[0]! },
      { kind: "abstract" as const, text: texts[1]! },
    ];
    const documents = (async function* () {
      yield { id: "page", source: "page", passages };
    })();
    const read = [];
    for await (const one of readRelations(documents, { reader, task: reader.task, schemes })) read.push(one);
    const [value] = read;
    const relations = value!.found.flatMap((one) => one.relations);
    expect(relations.length).toBeGreaterThan(0);
    const want = relations.map(
      ({ head, relation, tail, probability }) =>
        `${head.text} ${relation} ${tail.text} ${Math.round(100 * probability)} %`,
    );
    const rows = await page
      .locator(".relations button")
      .evaluateAll((all) =>
        all.map((row) => [...row.querySelectorAll(":scope > span")].map((part) => part.textContent).join(" ")),
      );
    expect(rows).toEqual(want);
    const names = await page.locator(".text mark").allTextContents();
    expect(names).toEqual(value!.mentions.map(({ text }) => text));
    const row = page.locator(".relations button").first();
    await row.focus();
    await page.keyboard.press("Enter");
    expect(await row.getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator("mark.evidence").count()).toBeGreaterThan(0);
    await expectAccessible(page, "site-read");
    expect(wrong).toEqual([]);
  });

  test("a second visit fetches no model, has several threads, and needs no network", async () => {
    await page.getByText("works without a network").waitFor();
    const before = site.asked.length;
    await page.reload();
    await page.getByText(/WebAssembly, [2-4] threads/).waitFor();
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    await context.setOffline(true);
    await page.reload();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator("[data-text]").waitFor();
    await page.getByRole("button", { name: "Continue" }).and(page.locator(":enabled")).waitFor();
    expect((await page.locator("[data-text]").textContent())!.length).toBeGreaterThan(20);
    expect(site.asked.slice(before).filter((path) => path.startsWith("/models/"))).toEqual([]);
    await context.setOffline(false);
    wrong.length = 0; // a network that is gone is told in the console
  });

  test("what is wrong is told: a model that cannot be had, a disk that is full, no WebAssembly", async () => {
    for (const [name, prepare, message] of [
      [
        "missing",
        (fresh: Page) => fresh.route("**/vocab.json", (route) => route.abort()),
        /vocab\.json could not be fetched/,
      ],
      ["without-wasm", (fresh: Page) => fresh.addInitScript("delete globalThis.WebAssembly"), /has no WebAssembly/],
    ] as const) {
      const other = await browser.newContext({ serviceWorkers: "block" });
      const fresh = await other.newPage();
      await prepare(fresh);
      await fresh.goto(site.url);
      if (name === "missing") await fresh.getByRole("button", { name: "Continue" }).click();
      expect(await fresh.getByRole("alert").textContent()).toMatch(message);
      await other.close();
    }
    const other = await browser.newContext({ serviceWorkers: "block" });
    const fresh = await other.newPage();
    const session = await other.newCDPSession(fresh);
    await fresh.goto(site.url);
    await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(site.url).origin, quotaSize: 1e6 });
    await fresh.getByRole("button", { name: "Continue" }).click();
    await fresh.locator("[data-text]").waitFor({ timeout: 120_000 });
    expect(await fresh.getByText(/could not be kept/).count()).toBe(1);
    await other.close();
  });
});
