/**
 * The explorer of a graph with many relations in a headless browser that draws by the processor: time to the first picture, and frames a second while
 * it is moved. The graph is made up: relations between few concepts that have many and many that have few, as in the literature.
 *
 *     npm run build
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     cp -r dist package.json tmp/bench/; node tmp/bench/bench/explorer.js [RELATIONS] [PICTURE.png]
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { Random } from "../src/base/random.ts";
import type { ArgumentRecord, DocumentRecord } from "../src/knowledge-graph/store/document-record.ts";
import { writeGraphFolder, writeInput } from "../src/knowledge-graph/store/inputs.ts";
import { writeUnit } from "../src/knowledge-graph/store/unit-files.ts";
import { serve } from "../src/server/serve.ts";

const RELATIONS = Number(process.argv[2] ?? 50_000);
const PICTURE = process.argv[3];
const CONCEPTS = Math.round(RELATIONS / 5);
const UNIT = 500;
const TYPES = ["Chemical", "Disease", "Gene"];
const KINDS = ["causes", "treats", "binds"];
const BROWSER = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const PAN_SECONDS = 3;
const ROUNDS = 3;

const random = new Random(7);
/** Squares of uniform numbers: the first concepts come often. */
const someConcept = (): number => Math.floor(random.next() ** 3 * CONCEPTS);

function argument(number: number): ArgumentRecord {
  const type = TYPES[number % TYPES.length]!;
  return {
    concept: `name:${type.toLowerCase()}/${number}`,
    name: `${type.toLowerCase()} ${number}`,
    type,
    mention: null,
  };
}

function paper(number: number): DocumentRecord {
  const [head, tail] = [argument(someConcept()), argument(someConcept())];
  return {
    ...{ id: String(number), hash: String(number), version: 0, pmid: String(number), pmcid: null, doi: null },
    ...{ year: 1980 + (number % 45), journal: null, retracted: false, languages: [], publicationTypes: [], mesh: [] },
    ...{ notices: [], passages: [{ kind: "title", label: null, text: `About ${number}.` }], mentions: [] },
    relations: [
      {
        ...{ scheme: "made-up", type: KINDS[number % KINDS.length]!, head, tail, probability: random.next() },
        ...{ places: [], sentence: "", negated: false, speculative: false, system: null },
      },
    ],
  };
}

/** As many documents, of one relation each. */
async function makeGraph(folder: string): Promise<void> {
  await writeGraphFolder(folder, { hash: "bench", parts: {} });
  const units: string[] = [];
  for (let at = 0; at < RELATIONS; at += UNIT) {
    const hash = String(units.length).padStart(64, "0");
    await writeUnit(
      folder,
      hash,
      Array.from({ length: Math.min(UNIT, RELATIONS - at) }, (_, i) => paper(at + i + 1)),
    );
    units.push(hash);
  }
  const input = { source: "made up", sequence: [1, 0], pipeline: "bench" } as const;
  await writeInput(folder, { ...input, documents: RELATIONS, units, deletions: [], problems: [] });
}

interface Measured {
  readonly firstPaint: number;
  readonly framesSettling: number;
  readonly framesSettled: number;
}

async function measure(browser: Browser, url: string): Promise<Measured> {
  const page = await (await browser.newContext({ viewport: { width: 1200, height: 900 } })).newPage();
  await page.goto(`${url}/graph?limit=${RELATIONS}`);
  let firstPaint: number | undefined;
  while (firstPaint === undefined) {
    await page.waitForTimeout(200);
    firstPaint = (await page.evaluate(
      "performance.getEntriesByName('graph-drawn')[0]?.startTime",
    )) as typeof firstPaint;
  }
  const framesSettling = await panned(page);
  await page.waitForTimeout(21_000); // the layout works for 20 s
  const framesSettled = await panned(page);
  await page.waitForTimeout(500); // lines come back
  if (PICTURE !== undefined) await page.screenshot({ path: PICTURE });
  await page.context().close();
  return { firstPaint, framesSettling, framesSettled };
}

/** Frames a second while the pointer drags the picture around. */
async function panned(page: Page): Promise<number> {
  const box = (await page.locator(".canvas").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.evaluate("window.frames_ = 0; (function count() { window.frames_++; requestAnimationFrame(count); })()");
  const began = performance.now();
  for (let step = 0; performance.now() - began < 1000 * PAN_SECONDS; step++)
    await page.mouse.move(x + 150 * Math.sin(step / 15), y + 100 * Math.cos(step / 15));
  const frames = (await page.evaluate("window.frames_")) as number;
  const seconds = (performance.now() - began) / 1000;
  await page.mouse.up();
  return frames / seconds;
}

const folder = await mkdtemp(join(tmpdir(), "biogpt-explorer-"));
try {
  await makeGraph(folder);
  const server = await serve({ port: 0, models: [], graphFolder: folder });
  const browser = await chromium.launch({
    executablePath: BROWSER!,
    args: ["--no-sandbox", "--enable-unsafe-swiftshader"],
  });
  for (let round = 0; round < ROUNDS; round++) {
    const { firstPaint, framesSettling, framesSettled } = await measure(browser, server.url);
    process.stdout.write(
      `first paint ${Math.round(firstPaint)} ms; panning ${framesSettling.toFixed(0)} frames/s while the layout works, ${framesSettled.toFixed(0)} after it\n`,
    );
  }
  await browser.close();
  await server.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
