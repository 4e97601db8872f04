/** Debian's chromium for tests of pages, and what every page must be: accessible and no wider than its window, narrow in light and wide in dark. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Undefined where there is none: such tests are then reported as skipped. */
export const BROWSER: string | undefined = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** No violation that axe-core finds. BIOGPT_SCREENSHOTS=DIR keeps pictures under the name, to be looked at. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  for (const [colorScheme, width] of [
    ["light", 360],
    ["dark", 1200],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    const violations = (await page.evaluate(
      `${AXE}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`,
    )) as string[];
    expect(violations, `${name}, ${colorScheme}, ${width}`).toEqual([]);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow, `${name} is wider than ${width}`).toBeLessThanOrEqual(0);
    const shots = process.env["BIOGPT_SCREENSHOTS"];
    if (shots !== undefined)
      await page.screenshot({ path: join(shots, `${name}-${colorScheme}-${width}.png`), fullPage: true });
  }
}
