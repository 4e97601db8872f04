/** Molecules and proteins in the playground, in a real browser: drawn while they are typed, told where they are none, and answered about. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TINY_WITH_TEXT, tinyBioMedGpt } from "../../src/pretrained/tiny-biomedgpt.fixture.ts";
import { serve } from "../../src/server/serve.ts";
import type { RunningServer } from "../../src/server/serve-options.ts";
import { BROWSER, expectAccessible, type OpenPage, openPage } from "./browser.fixture.ts";

describe.skipIf(BROWSER === undefined)("molecules in chromium", { timeout: 120_000 }, () => {
  let opened: OpenPage;
  let server: RunningServer;
  let page: Page;
  beforeAll(async () => {
    server = await serve({ port: 0, models: [await tinyBioMedGpt(TINY_WITH_TEXT), "biogpt-mini", "biomedgpt-mini"] });
    opened = await openPage(server.url);
    ({ page } = opened);
    await server.ready;
    await page.goto(`${server.url}/playground`);
  });
  afterAll(async () => {
    await opened?.close();
    await server?.close();
  });

  const ask = () => page.getByRole("button", { name: "Ask" });

  test("nothing of RDKit is fetched before a molecule is typed; then it is drawn, and what is none is told before it can be sent", async () => {
    const fetched: string[] = [];
    page.on("request", (request) => void fetched.push(request.url()));
    await page.getByRole("button", { name: "Attach a molecule" }).press("Enter");
    expect(await ask().isDisabled()).toBe(true); // still empty
    expect(fetched.filter((url) => /RDKit|molecule-worker/.test(url))).toEqual([]);
    const field = page.getByLabel("Molecule, as SMILES");
    await field.fill("C1CC");
    await page.getByText(/C1CC is no molecule: unclosed ring/).waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await ask().isDisabled()).toBe(true);
    expect(await page.locator("img.molecule").count()).toBe(0);
    await expectAccessible(page, "molecule-wrong");
    await field.fill("CC(=O)Oc1ccccc1C(=O)O");
    await page.getByText("13 atoms.").waitFor();
    const picture = page.getByRole("img", { name: "Structure of CC(=O)Oc1ccccc1C(=O)O" });
    await picture.waitFor();
    expect(
      await page.evaluate(
        "(async () => { const image = document.querySelector('img.molecule'); await image.decode(); return image.naturalWidth; })()",
      ),
    ).toBe(320);
    expect(fetched.filter((url) => url.endsWith(".wasm"))).toHaveLength(1);
    await expectAccessible(page, "molecule");
    expect(opened.wrong).toEqual([]);
  });

  test("the picture is in colours for the page's ground", async () => {
    for (const [colorScheme, oxygen] of [
      ["light", "B72121"],
      ["dark", "F49184"],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`img.molecule[src*="%23${oxygen}"]`).waitFor();
    }
  });

  test("it is sent with the question, as is a protein; what was changed of it is told", async () => {
    await page.getByRole("button", { name: "Attach a protein" }).click();
    const field = page.getByLabel(/^Protein/);
    await field.fill("MA!");
    await page.getByText(/letters that are no residues: ! at 3/).waitFor();
    expect(await ask().isDisabled()).toBe(true);
    await field.fill(">P1 of the test\nmaktv");
    await page.getByText(/P1, 5 residues\..*lower case/).waitFor();
    const sent = page.waitForRequest(`${server.url}/v1/chat/completions`);
    await ask().click();
    expect((await sent).postDataJSON().messages).toEqual([
      {
        role: "user",
        content: [
          { type: "molecule", smiles: "CC(=O)Oc1ccccc1C(=O)O" },
          { type: "protein", sequence: ">P1 of the test\nmaktv" },
          { type: "text", text: "Please describe this molecule." },
        ],
      },
    ]);
    await page.getByText(/ended by/).waitFor();
    await page.getByText(/^5 of 5 residues were in lower case/).waitFor();
    await expectAccessible(page, "molecule-answer");
    expect(opened.wrong).toEqual([]);
  });

  test("they go when they are removed, and where a model that reads text alone is chosen", async () => {
    await page.getByRole("button", { name: "Remove" }).first().click();
    expect(await page.locator("img.molecule").count()).toBe(0);
    await page.getByRole("combobox", { name: "Model" }).selectOption("biogpt-mini");
    expect(await page.getByRole("group", { name: "The question is about" }).count()).toBe(0);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText(/ended by length/).waitFor();
    expect(opened.wrong).toEqual([]);
  });

  test("the embedded descriptions are asked as a conversation, and the answer says whose it is", async () => {
    await page.getByRole("combobox", { name: "Model" }).selectOption("biomedgpt-mini");
    expect(await page.getByRole("checkbox", { name: /as a conversation/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Attach a molecule" }).click();
    await page.getByLabel("Molecule, as SMILES").fill("O=S(Cl)Cl");
    await page.getByText("4 atoms.").waitFor();
    expect(await page.getByRole("button", { name: "Attach a protein" }).count()).toBe(0);
    await ask().click();
    await page.getByText(/^this is what ChEBI .* says of this molecule$/).waitFor();
    await page.getByText(/^The molecule is a sulfinyl halide/).waitFor();
    await expectAccessible(page, "molecule-known");
    expect(opened.wrong).toEqual([]);
  });

  test("the page keeps its policy; the worker alone may make functions of texts", async () => {
    const policyOf = async (path: string): Promise<string> =>
      (await fetch(server.url + path)).headers.get("content-security-policy")!;
    expect(await policyOf("/playground")).not.toContain("unsafe");
    const assets = (await page.evaluate(
      "performance.getEntriesByType('resource').map(({ name }) => name)",
    )) as string[];
    const worker = new URL(assets.find((name) => name.includes("molecule-worker"))!).pathname;
    expect(await policyOf(worker)).toContain("script-src 'self' 'unsafe-eval'");
    for (const asset of assets.filter((name) => name.includes("/assets/") && !name.includes("molecule-worker")))
      expect(await policyOf(new URL(asset).pathname), asset).not.toContain("unsafe");
  });
});
