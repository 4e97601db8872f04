/**
 * The page in a real browser: every view that a model is behind, by mouse and keyboard, light and dark, narrow and wide, without violations that
 * axe-core finds. Without a browser these tests are reported as skipped.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EntrezStandIn, entrezStandIn } from "../../src/server/entrez.fixture.ts";
import { serve } from "../../src/server/serve.ts";
import type { RunningServer } from "../../src/server/serve-options.ts";
import { BROWSER, expectAccessible as expectAccessibleOf, type OpenPage, openPage } from "./browser.fixture.ts";

describe.skipIf(BROWSER === undefined)("the page in chromium", { timeout: 240_000 }, () => {
  let opened: OpenPage;
  let server: RunningServer;
  let entrez: EntrezStandIn;
  let page: Page;
  const folder = mkdtempSync(join(tmpdir(), "biogpt-web-"));
  let wrong: string[] = [];
  beforeAll(async () => {
    const models = ["biogpt-mini", "biogpt-mini-bc5cdr"];
    entrez = await entrezStandIn("Lithium-induced tremor.", "Cisplatin caused acute renal failure in two patients.");
    server = await serve({ port: 0, models, dataFolder: folder, network: { baseUrl: entrez.baseUrl } });
    opened = await openPage(server.url);
    ({ page, wrong } = opened);
    await server.ready;
  });
  afterAll(async () => {
    await opened?.close();
    await server?.close();
    entrez?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const expectAccessible = (name: string): Promise<void> => expectAccessibleOf(page, name);

  test("relations: found, marked in the text, chosen by keyboard, fewer by the slider", async () => {
    await page.goto(server.url);
    await page.getByRole("button", { name: "Find relations" }).click();
    const heading = page.getByRole("heading", { name: /\d+ of \d+ relations/ });
    await heading.waitFor();
    const count = Number(/\d+/.exec((await heading.textContent())!)![0]);
    expect(count).toBeGreaterThan(0);
    expect(await page.locator("mark.head").count()).toBeGreaterThan(0);
    const first = page.locator(".relations button").first();
    await first.focus();
    await page.keyboard.press("Enter");
    expect(await first.getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator("mark.evidence").count()).toBeGreaterThan(0);
    const head = await first.locator("b.head").textContent();
    for (const marked of await page.locator("mark.head").allTextContents())
      expect(head!.toLowerCase()).toContain(marked.toLowerCase());
    await expectAccessible("relations");
    await page.getByRole("slider").fill("1");
    await page.getByRole("heading", { name: /^\d+ of/ }).waitFor();
    const left = await page.locator(".relations button").count();
    expect(left).toBeLessThan(count);
    expect(wrong).toEqual([]);
  });

  test("relations: an article by its id of PubMed is fetched and read, what is no id is told, an unknown one in the server's words", async () => {
    await page.goto(server.url);
    const field = page.getByLabel("PubMed id");
    await field.fill("PMC77");
    await field.press("Enter");
    await page.getByText("This is no id of PubMed").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(entrez.asked).toEqual([]);
    await field.fill("https://pubmed.ncbi.nlm.nih.gov/77/");
    await field.press("Enter");
    await page.getByRole("heading", { name: /\d+ of \d+ relations/ }).waitFor();
    expect(entrez.asked).toEqual(["77"]);
    expect(await page.getByLabel("Title").inputValue()).toBe("Lithium-induced tremor.");
    expect(await page.locator(".text").textContent()).toContain("Cisplatin caused acute renal failure");
    const paper = page.getByRole("link", { name: "PubMed 77" });
    expect(await paper.getAttribute("href")).toBe("https://pubmed.ncbi.nlm.nih.gov/77/");
    await expectAccessible("relations-pubmed");
    expect(wrong).toEqual([]);
    await field.fill("PMID: 200");
    await page.getByRole("button", { name: "Fetch and read" }).click();
    await page
      .getByRole("alert")
      .getByText(/PubMed has no article/)
      .waitFor();
    expect(await page.getByLabel("Title").inputValue()).toBe("Lithium-induced tremor.");
    wrong.length = 0; // the browser notes the status
  });

  test("playground: text grows, tokens tell their probability to pointer and arrow keys, beams stand side by side, stop stops", async () => {
    await page.getByRole("link", { name: "Playground" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText(/ended by length/).waitFor();
    const text = await page.locator(".tokens").textContent();
    expect(text).toMatch(/^\s*a novel coronavirus/);
    await page.locator(".tokens").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.getByText(/^“novel” \d+(\.\d)? % of “novel”/).waitFor();
    await expectAccessible("playground");
    await page.getByLabel("Beams").fill("3");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Beam 3" }).waitFor();
    await page
      .getByText(/ended by/)
      .nth(2)
      .waitFor();
    expect(new Set(await page.locator(".tokens").allTextContents()).size).toBe(3);
    await page.getByLabel("Beams").fill("1");
    await page.getByLabel("Tokens", { exact: true }).fill("1000");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator(".token").nth(3).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
    expect(await page.getByText(/ended by/).count()).toBe(0);
    expect(wrong).toEqual([]);
  });

  test("jobs: begun, done, its lines taken home, deleted", async () => {
    await page.goto(`${server.url}/jobs`);
    await page.getByText("There is no job yet.").waitFor();
    await page
      .getByLabel(/Documents/)
      .fill('{"id":"7","title":"Lithium-induced tremor."}\nIndomethacin caused hypotension.');
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText("done", { exact: true }).waitFor();
    await expectAccessible("jobs");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Results" }).click(),
    ]);
    const lines = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split("\n");
    expect(new Set(lines.map((line) => JSON.parse(line).documentId))).toEqual(new Set(["7", "2"]));
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("There is no job yet.").waitFor();
    expect(wrong).toEqual([]);
  });

  test("models are listed; what the server refuses is said in its words", async () => {
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByRole("rowheader", { name: "biogpt-mini-bc5cdr" }).waitFor();
    await expectAccessible("models");
    await page.getByRole("link", { name: "Playground" }).click();
    await page.getByLabel("Text to continue").fill("word ".repeat(3000));
    await page.getByRole("button", { name: "Continue" }).click();
    await page
      .getByRole("alert")
      .getByText(/context holds/)
      .waitFor();
    await expectAccessible("refused");
    wrong.length = 0; // the browser notes the status
  });
});
