/**
 * Answers that come late, in a real browser: what is typed stays as it is, no older answer overtakes a newer one, and nothing is sent twice. Answers are
 * held back on their way (`held`), so that the order of things is the test's own.
 */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../src/files/scratch.fixture.ts";
import type { GraphAssociationResponse } from "../../src/server/contract.ts";
import { entrezStandIn } from "../../src/server/entrez.fixture.ts";
import { graphFolder } from "../../src/server/graph-folder.fixture.ts";
import { serve } from "../../src/server/serve.ts";
import type { RunningServer } from "../../src/server/serve-options.ts";
import { BROWSER, type OpenPage, openPage } from "./browser.fixture.ts";

interface Held {
  /** Requests so far. */
  readonly count: number;
  /** Fulfilled with the first request. */
  readonly first: Promise<void>;
  release(): void;
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve };
}

/** Holds requests back until they are released. @param answer what is then done with each; default: they go on */
async function held(page: Page, url: string, answer = (route: Route) => route.continue()): Promise<Held> {
  let count = 0;
  const [gate, first] = [deferred(), deferred()];
  await page.route(url, async (route) => {
    count++;
    first.resolve();
    await gate.promise;
    await answer(route).catch(() => {}); // the page may have given it up
  });
  return {
    get count() {
      return count;
    },
    first: first.promise,
    release: gate.resolve,
  };
}

describe.skipIf(BROWSER === undefined)("late answers in chromium", { timeout: 120_000 }, () => {
  let opened: OpenPage;
  let server: RunningServer;
  let page: Page;
  let closeEntrez: () => void;
  const runsFolder = temporaryFolder();
  beforeAll(async () => {
    for (const [i, name] of ["older", "newer"].entries()) {
      mkdirSync(join(runsFolder, name));
      writeFileSync(join(runsFolder, name, "log.jsonl"), '{"step":10,"loss":2,"learningRate":0.001}\n');
      utimesSync(join(runsFolder, name, "log.jsonl"), 1000 + i, 1000 + i);
    }
    const entrez = await entrezStandIn("Lithium-induced tremor.", "Cisplatin caused acute renal failure.");
    closeEntrez = entrez.close;
    server = await serve({
      ...{ port: 0, models: ["biogpt-mini", "biogpt-mini-bc5cdr"], runsFolder },
      ...{ graphFolder: await graphFolder(), dataFolder: temporaryFolder(), network: { baseUrl: entrez.baseUrl } },
    });
    opened = await openPage(server.url);
    ({ page } = opened);
    await server.ready;
  });
  afterEach(async () => {
    await page.unrouteAll();
  });
  afterAll(async () => {
    await opened?.close();
    await server?.close();
    closeEntrez?.();
  });

  test("relations: Enter in a field while a text is read asks for nothing more", async () => {
    await page.goto(server.url);
    const asked = await held(page, "**/v1/relations");
    const find = page.getByRole("button", { name: "Find relations" });
    await find.press("Enter");
    await asked.first;
    await page.getByLabel("Title").press("Enter");
    await find.press("Enter");
    asked.release();
    await page.getByRole("heading", { name: /\d+ of \d+ relations/ }).waitFor();
    expect(asked.count).toBe(1);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Find relations");
  });

  test("relations: what is written while an article is fetched stays", async () => {
    await page.goto(server.url);
    const asked = await held(page, "**/pubmed/**");
    await page.getByLabel("PubMed id").fill("77");
    await page.getByLabel("PubMed id").press("Enter");
    await asked.first;
    await page.getByLabel("Title").fill("A title of one's own.");
    asked.release();
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
    await page.waitForTimeout(200);
    expect(await page.getByLabel("Title").inputValue()).toBe("A title of one's own.");
  });

  test("playground: a number half typed stays while text comes, and counts once it is whole", async () => {
    await page.goto(`${server.url}/playground`);
    await page.getByLabel("Tokens", { exact: true }).fill("300");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator(".token").nth(3).waitFor();
    const before = await page.locator(".token").count();
    const field = page.getByLabel("Temperature");
    await field.fill("");
    await page
      .locator(".token")
      .nth(before + 3)
      .waitFor();
    expect(await field.inputValue()).toBe("");
    await field.pressSequentially("0.7");
    await page.getByRole("button", { name: "Stop" }).press("Enter");
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
    expect(await field.inputValue()).toBe("0.7");
    // The keyboard is where it may go on.
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Continue");
    const sent = page.waitForRequest("**/v1/completions");
    await page.getByRole("button", { name: "Continue" }).click();
    expect((await sent).postDataJSON()).toMatchObject({ temperature: 0.7, max_tokens: 300 });
    await page.getByRole("button", { name: "Stop" }).click();
  });

  test("playground: a view that is left ends its request", async () => {
    await page.goto(`${server.url}/playground`);
    await page.getByLabel("Tokens", { exact: true }).fill("1000");
    const ended = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/v1/completions"));
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator(".token").nth(3).waitFor();
    await page.getByRole("link", { name: "Models" }).click();
    expect((await ended).failure()?.errorText).toContain("ABORTED");
  });

  test("jobs: pressed twice, one is begun; a deleted one does not come back with an answer that was on its way", async () => {
    await page.goto(`${server.url}/jobs`);
    await page.getByLabel(/Documents/).fill("Indomethacin caused hypotension.");
    const posted = await held(page, "**/v1/jobs", (route) => route.continue());
    const begin = page.getByRole("button", { name: "Begin" });
    await begin.click();
    await page.getByLabel(/Documents/).press("Control+Enter");
    await begin.click({ force: true });
    posted.release();
    await page.getByText("done", { exact: true }).waitFor();
    expect(await page.locator(".job").count()).toBe(1);
    expect(await page.getByLabel(/Documents/).inputValue()).toBe("");
    await page.unrouteAll();
    const looked = await held(page, "**/v1/jobs", async (route) => {
      await route.fulfill({ json: { jobs: [] } }).catch(() => {});
    });
    await looked.first; // an answer of before the deletion is on its way
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("There is no job yet.").waitFor();
    looked.release();
    expect(await page.getByRole("button", { name: "Delete" }).count()).toBe(0);
  });

  test("runs: the one that is looked at stays when another one changes", async () => {
    await page.goto(`${server.url}/runs`);
    await page.getByRole("img", { name: /Loss of newer/ }).waitFor();
    const changed = page.waitForResponse(async (response) => {
      if (!response.url().endsWith("/v1/runs")) return false;
      return ((await response.json()) as { runs: { name: string }[] }).runs[0]!.name === "older";
    });
    writeFileSync(join(runsFolder, "older", "log.jsonl"), '{"step":10,"loss":3,"learningRate":0.001}\n');
    await changed;
    await page.waitForTimeout(300);
    expect(await page.getByRole("combobox", { name: "Training" }).inputValue()).toBe("newer");
    expect(await page.getByRole("img", { name: /Loss of newer/ }).count()).toBe(1);
  });

  test("graph: more sentences come once, and never into another relation's page", async () => {
    const relation = (tail: string): string => `${server.url}/graph?concept=${tail}`;
    await page.goto(relation("lidocaine"));
    // As if there were more of them: every page has the one that there is.
    await page.route("**/v1/graph/association**", async (route) => {
      const found = (await (await route.fetch()).json()) as GraphAssociationResponse;
      await route.fulfill({ json: { ...found, next: 20 } });
    });
    await page.getByRole("link", { name: "causes" }).click();
    await page.getByRole("button", { name: "More sentences" }).waitFor();
    await page.route("**/v1/graph/association**offset=20**", async (route) => {
      const url = route.request().url().replace("offset=20", "offset=0");
      const found = (await (await route.fetch({ url })).json()) as GraphAssociationResponse;
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.fulfill({ json: { ...found, next: null } }).catch(() => {});
    });
    await page.getByRole("button", { name: "More sentences" }).dblclick({ force: true });
    await page.getByRole("button", { name: "More sentences" }).waitFor({ state: "detached" });
    await page.waitForTimeout(700);
    expect(await page.locator(".sentences > li").count()).toBe(2);
    await page.goBack();
    await page.getByRole("link", { name: "causes" }).click();
    await page.getByRole("button", { name: "More sentences" }).click();
    await page.getByRole("link", { name: "around seizures" }).click(); // left while it is asked
    await page.goto(relation("aspirin"));
    await page.getByRole("link", { name: "causes" }).first().click();
    await page.getByRole("heading", { name: /Aspirin causes/ }).waitFor();
    await page.waitForTimeout(700);
    expect((await page.locator(".sentences").textContent())!).not.toContain("seizures");
  });

  test("graph: the fields say what is drawn, whoever asked for it", async () => {
    await page.goto(`${server.url}/graph?concept=lidocaine`);
    const field = page.getByRole("combobox", { name: "Concept", exact: true });
    expect(await field.inputValue()).toBe("lidocaine");
    await page.getByRole("link", { name: "seizures" }).click();
    await page.getByRole("link", { name: "Lidocaine" }).waitFor();
    await expect.poll(() => field.inputValue(), { timeout: 30_000 }).toBe("name:disease/seizures");
    await page.goBack();
    await expect.poll(() => field.inputValue(), { timeout: 30_000 }).toBe("lidocaine");
    await field.fill("asp");
    await field.press("Enter"); // before suggestions come
    await page.getByRole("alert").waitFor(); // there is no concept of this name
    await page.waitForTimeout(500);
    expect(await page.locator("[role=listbox] [role=option]").count()).toBe(0);
    opened.wrong.length = 0; // the browser notes the status
  });
});
