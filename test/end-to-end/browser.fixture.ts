/** A real browser (Debian's chromium, driven by playwright-core) at a server of ours, and what every view of the page must be. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

/** Undefined: there is none, and such tests are skipped. */
export const BROWSER: string | undefined = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface OpenPage {
  readonly page: Page;
  /** What the page did wrong: errors, messages of the console, requests to elsewhere. */
  readonly wrong: string[];
  close(): Promise<void>;
}

export async function openPage(url: string): Promise<OpenPage> {
  // Software WebGL, which chromium no longer takes by itself.
  const args = ["--no-sandbox", "--enable-unsafe-swiftshader"];
  const browser: Browser = await chromium.launch({ executablePath: BROWSER!, args });
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(60_000);
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) wrong.push(request.url());
  });
  return { page, wrong, close: () => browser.close() };
}

/**
 * No violation that axe-core finds and nothing wider than the window, narrow in light and wide in dark.
 *
 * BIOGPT_SCREENSHOTS=DIR keeps a picture of every view, to be looked at.
 */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  for (const [colorScheme, width] of [
    ["light", 360],
    ["dark", 1200],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    // The page's own policy forbids scripts from elsewhere; a debugger's evaluation is none of those.
    const violations = (await page.evaluate(
      `${AXE}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`,
    )) as string[];
    expect(violations, `${name}, ${colorScheme}, ${width}`).toEqual([]);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow, `${name} is wider than ${width}`).toBeLessThanOrEqual(0);
    const shots = process.env["BIOGPT_SCREENSHOTS"];
    if (shots === undefined) continue;
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(shots, `${name}-${colorScheme}-${width}.png`), fullPage: true });
  }
}
