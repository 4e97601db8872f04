/** Views that no model is behind, in a real browser: the explorer of a knowledge graph, what stands behind a relation, curves of trainings. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../src/files/scratch.fixture.ts";
import { graphFolder } from "../../src/server/graph-folder.fixture.ts";
import { serve } from "../../src/server/serve.ts";
import type { RunningServer } from "../../src/server/serve-options.ts";
import { BROWSER, expectAccessible, type OpenPage, openPage } from "./browser.fixture.ts";

/** Where a colour of the style sheet is in the picture: the middle of its points. */
async function placeOf(page: Page, colour: string): Promise<readonly [x: number, y: number]> {
  const picture = page.locator(".canvas");
  const box = (await picture.boundingBox())!;
  const image = `data:image/png;base64,${(await picture.screenshot()).toString("base64")}`;
  const [x, y] = (await page.evaluate(`new Promise((resolve) => {
    const probe = document.createElement("i");
    probe.className = "dot " + ${JSON.stringify(colour.slice(2))};
    document.body.append(probe);
    const wanted = getComputedStyle(probe).backgroundColor.match(/\\d+/g).map(Number);
    probe.remove();
    const image = new Image();
    image.onload = () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      let [count, x, y] = [0, 0, 0];
      for (let i = 0; i < data.length; i += 4) {
        if (wanted.some((value, at) => Math.abs(data[i + at] - value) > 8)) continue;
        count++;
        x += (i / 4) % image.width;
        y += Math.floor(i / 4 / image.width);
      }
      resolve([x / count, y / count]);
    };
    image.src = ${JSON.stringify(image)};
  })`)) as [number, number];
  return [box.x + x, box.y + y];
}

describe.skipIf(BROWSER === undefined)("the graph in chromium", { timeout: 120_000 }, () => {
  let opened: OpenPage;
  let server: RunningServer;
  beforeAll(async () => {
    const runsFolder = temporaryFolder();
    mkdirSync(join(runsFolder, "first"));
    const updates = [4, 3, 2].map((loss, i) => ({ step: 10 * (i + 1), loss, learningRate: 0.001 }));
    const log = [...updates, { step: 30, heldOut: { loss: 2.25 } }].map((record) => JSON.stringify(record));
    writeFileSync(join(runsFolder, "first", "log.jsonl"), `${log.join("\n")}\n`);
    server = await serve({ port: 0, models: [], graphFolder: await graphFolder(), runsFolder });
    opened = await openPage(server.url);
  });
  afterEach(() => {
    opened.wrong.length = 0; // a test answers for its own alone
  });
  afterAll(async () => {
    await opened?.close();
    await server?.close();
  });

  const rows = async (): Promise<string[]> => {
    const found = await opened.page.locator("tbody tr").all();
    return Promise.all(found.map(async (row) => (await row.locator("td").allTextContents()).slice(0, 3).join(" ")));
  };

  test("the strongest relations are drawn and listed; a probability, a kind and years leave some out", async () => {
    const { page } = opened;
    await page.goto(`${server.url}/graph`);
    await page.getByText("The strongest: 4 relations of 6 concepts.").waitFor();
    expect(await rows()).toHaveLength(4);
    const drawn = await page.evaluate(`new Promise((resolve) => {
      const look = () => performance.getEntriesByName("graph-drawn").length > 0 ? resolve(true) : setTimeout(look, 50);
      look();
    })`);
    expect(drawn).toBe(true);
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.waitForTimeout(3000); // until the layout rests, or pictures are not looked at the same
    await expectAccessible(page, "graph");
    await page.getByRole("slider").fill("0.9");
    await page.getByText("The strongest: 1 relation of 2 concepts.").waitFor();
    expect(await rows()).toEqual(["Cisplatin causes renal failure"]);
    // An answer that comes while a year is being typed leaves what is typed alone.
    await page.route("**/v1/graph/network**", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    await page.getByRole("slider").fill("0");
    await page.getByLabel("From year").fill("2016");
    await page.getByText("The strongest: 4 relations of 6 concepts.").waitFor();
    await page.getByLabel("From year").blur();
    await page.getByText("The strongest: 1 relation of 2 concepts.").waitFor();
    await page.unroute("**/v1/graph/network**");
    expect(await rows()).toEqual(["Aspirin causes renal failure"]);
    await page.getByLabel("From year").fill("2021");
    await page.getByLabel("From year").blur();
    await page.getByText("No relation passes what is asked.").waitFor();
    await expectAccessible(page, "graph-empty");
    expect(opened.wrong).toEqual([]);
  });

  test("an address of no relation, or of no view, says so; a concept that is not there is told how to find", async () => {
    const { page } = opened;
    await page.goto(`${server.url}/association`);
    await page.getByText("The address names no relation.").waitFor();
    await page.goto(`${server.url}/nowhere`);
    await page.getByRole("heading", { name: "There is nothing at this address" }).waitFor();
    await expectAccessible(page, "nowhere");
    await page.goto(`${server.url}/graph?concept=nothingness`);
    await page.getByText("Type a part of its name into the field").waitFor();
    opened.wrong.length = 0; // the browser notes the status
  });

  test("a concept is found by the keyboard, its relations opened, and the browser's back button goes back", async () => {
    const { page } = opened;
    await page.goto(`${server.url}/graph`);
    const field = page.getByRole("combobox", { name: "Concept" });
    await field.pressSequentially("ren");
    await page.getByRole("option", { name: /renal failure/ }).waitFor();
    await expectAccessible(page, "graph-suggestions");
    await page.keyboard.press("ArrowDown");
    expect(await field.getAttribute("aria-activedescendant")).not.toBeNull();
    await page.keyboard.press("Enter");
    await page.getByText("2 relations of 3 concepts.").waitFor();
    expect((await rows()).sort()).toEqual(["Aspirin causes renal failure", "Cisplatin causes renal failure"]);
    await page.getByRole("link", { name: "Aspirin" }).first().click();
    await page.getByText("2 relations of 3 concepts.").waitFor();
    await page.getByRole("link", { name: "bleeding" }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "Cisplatin" }).waitFor();
    expect(opened.wrong).toEqual([]);
  });

  test("a click into the picture opens a concept beside the others", async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.goto(`${server.url}/graph?concept=cisplatin`);
    await page.getByText("1 relation of 2 concepts.").waitFor();
    await page.waitForTimeout(3000); // the layout comes to rest
    const [x, y] = await placeOf(page, "--type-1");
    await page.mouse.move(x, y);
    await page.mouse.click(x, y);
    await page.getByText("2 relations of 3 concepts.").waitFor();
    expect(await page.evaluate("location.search")).toBe("?concept=cisplatin&concept=name%3Adisease%2Frenal_failure");
    await page.getByText("name:disease/renal_failure").waitFor();
    expect(opened.wrong).toEqual([]);
  });

  test("a path joins two concepts, and where there is none it is said", async () => {
    const { page } = opened;
    await page.goto(`${server.url}/graph`);
    await page.getByRole("combobox", { name: "Concept" }).fill("bleeding");
    await page.getByRole("combobox", { name: /Path to/ }).fill("cisplatin");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Look" }).click();
    await page.getByText("A shortest chain: 3 relations of 4 concepts.").waitFor();
    await page.getByRole("combobox", { name: /Path to/ }).fill("seizures");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Look" }).click();
    await page
      .getByRole("alert")
      .getByText(/No chain of at most 4 relations/)
      .waitFor();
    await expectAccessible(page, "graph-no-path");
    opened.wrong.length = 0; // the browser notes the status
  });

  test("an association has its sentences with both names marked, and links to the papers", async () => {
    const { page } = opened;
    await page.goto(`${server.url}/graph?concept=lidocaine`);
    await page.getByRole("link", { name: "causes" }).click();
    await page.getByRole("heading", { name: "Lidocaine causes seizures" }).waitFor();
    expect(await page.title()).toBe("Lidocaine causes seizures – biogpt");
    expect(await page.locator("mark.head").allTextContents()).toEqual(["Lidocaine"]);
    expect(await page.locator("mark.tail").allTextContents()).toEqual(["seizures"]);
    await page.locator("summary").click();
    await page.getByText(/papers\.jsonl, read by a dictionary; identifiers by no vocabulary/).waitFor();
    const paper = page.getByRole("link", { name: "PubMed 4" });
    expect(await paper.getAttribute("href")).toBe("https://pubmed.ncbi.nlm.nih.gov/4/");
    await page.waitForTimeout(300);
    await expectAccessible(page, "association");
    await page.goto(`${server.url}/association?head=a&scheme=b&relation=c&tail=d`);
    await page
      .getByRole("alert")
      .getByText(/has no relation/)
      .waitFor();
    opened.wrong.length = 0;
  });

  test("a training's curve is drawn and its evaluations listed", async () => {
    const { page } = opened;
    await page.goto(`${server.url}/runs`);
    await page.getByRole("img", { name: "Loss of first, from 4.00 to 2.00 nats a token" }).waitFor();
    await page.getByRole("cell", { name: "2.2500" }).waitFor();
    await expectAccessible(page, "runs");
    expect(opened.wrong).toEqual([]);
  });

  test("a server without a graph, and without leave for the network, says how to give it one", async () => {
    const other = await serve({ port: 0, models: [] });
    const { page, wrong, close } = await openPage(other.url);
    try {
      await page.goto(`${other.url}/graph`);
      await page.getByText(/This server has no graph/).waitFor();
      await page.goto(other.url);
      await page.getByText(/biogpt serve --allow-network/).waitFor();
      expect(await page.getByLabel("PubMed id").count()).toBe(0);
      expect(wrong.filter((text) => !text.includes("404"))).toEqual([]);
    } finally {
      await close();
      await other.close();
    }
  });
});
