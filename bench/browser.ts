/**
 * The models in a browser beside Node, on this machine: tokens a second in turns, and the memory that a model takes in WebAssembly.
 *
 * From the root of the repository:
 *
 *     npm run build:site && npm run bench:browser -- [--rounds 3] [--tokens 200] [--only speed|memory] [--browser /usr/bin/chromium]
 *
 * Speed    the site in headless chromium with one thread and with two (isolated from other origins), and the native library with as many; greedy, after
 *          one text that is not counted; from the first token on, so that the prompt does not count
 * Memory   in Node, where it can be told exactly: the peak of resident memory from before the model is opened until its first token, over the bytes of
 *          its weights in float32; BioGPT's shape with random weights, read from a Blob that lies on the disk
 */
import { openAsBlob } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { presetConfig } from "../src/models/registry.ts";
import { loadModel } from "../src/pretrained/index.ts";
import { writeRandomCheckpoint } from "../src/pretrained/save/random-checkpoint.ts";
import { ortFactory } from "../src/runtime/web/ort-factory.fixture.ts";
import { openWasmDevice } from "../src/runtime/web/wasm-device.ts";
import { loadWebModel } from "../src/web/load-model.ts";
import { serveStatic } from "../test/end-to-end/static-site.fixture.ts";
import { medianOf } from "./peers/task.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    tokens: { type: "string", default: "200" },
    browser: { type: "string", default: "/usr/bin/chromium" },
    only: { type: "string" },
    site: { type: "string", default: "dist/site" },
  },
});
const ROUNDS = Number(flags.rounds);
const TOKENS = Number(flags.tokens);
const PROMPT = "Treatment of hypertension with";
const THREADS = [1, 2];

if (flags.only !== "speed") await memory();
if (flags.only !== "memory") await speed();

async function memory(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "biogpt-bench-"));
  try {
    const config = { ...presetConfig("biogpt")!, vocabularySize: 8640 }; // that of the tokenizer which is at hand
    await writeRandomCheckpoint(folder, config);
    const { size } = await stat(join(folder, "model.safetensors"));
    const files = new Map(
      await Promise.all(
        (await readdir(folder)).map(async (name) => [name, await openAsBlob(join(folder, name))] as const),
      ),
    );
    for (const name of ["vocab.json", "merges.txt", "biogpt-tokenizer.json"])
      files.set(name, new Blob([await readFile(join("models/biogpt-mini", name))]));
    const device = await openWasmDevice({ factory: ortFactory });
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 2);
    using model = await loadWebModel("random", files, device, { contextLength: 256 });
    for await (const _ of model.stream([2], { maxNewTokens: 1 }));
    clearInterval(watch);
    peak = Math.max(peak, process.memoryUsage().rss);
    const ratio = ((peak - before) / size).toFixed(2);
    console.log(
      `memory: ${megabytes(size)} of weights, peak ${megabytes(peak - before)} more: ${ratio} times the weights`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function speed(): Promise<void> {
  const site = await serveStatic(resolve(flags.site), { isolated: true });
  const browser = await chromium.launch({ executablePath: flags.browser, args: ["--no-sandbox"] });
  const rates = new Map<string, number[]>();
  const add = (name: string, rate: number): void => {
    rates.set(name, [...(rates.get(name) ?? []), rate]);
  };
  try {
    const pages = await Promise.all(
      THREADS.map(async (threads) => {
        const page = await (await browser.newContext()).newPage();
        await page.goto(`${site.url}?threads=${threads}`);
        return { threads, page };
      }),
    );
    for (const { page } of pages) await inBrowser(page);
    for (let round = 0; round < ROUNDS; round++) {
      for (const threads of THREADS) add(`node, ${threads}`, await inNode(threads));
      for (const { threads, page } of pages) add(`browser, ${threads}`, await inBrowser(page));
    }
  } finally {
    await browser.close();
    await site.close();
  }
  console.log(
    `${cpus()[0]!.model}, ${cpus().length} processors, load ${loadavg()[0]!.toFixed(1)}; tokens a second, median`,
  );
  for (const [name, all] of rates) {
    const [median, ...rest] = [medianOf(all), ...all];
    console.log(
      `${name} ${name.endsWith("1") ? "thread" : "threads"}: ${median.toFixed(0)} (${rest.map((rate) => rate.toFixed(0)).join(", ")})`,
    );
  }
}

async function inBrowser(page: Page): Promise<number> {
  await page.getByRole("textbox", { name: "Beginning" }).fill(PROMPT);
  await page.getByRole("spinbutton", { name: "Tokens" }).fill(String(TOKENS));
  await page.getByRole("spinbutton", { name: "Temperature" }).fill("0");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Writing" }).waitFor();
  await page.getByRole("button", { name: "Continue" }).waitFor({ timeout: 300_000 });
  const end = page.getByText(`${TOKENS} tokens,`);
  return Number(/, (\d+) a second/.exec((await end.textContent())!)![1]);
}

async function inNode(threads: number): Promise<number> {
  using model = await loadModel("models/biogpt-mini", { precision: "fp32", threads });
  for await (const _ of model.stream(PROMPT, { maxNewTokens: 8 }));
  let [tokens, first] = [0, 0];
  for await (const { ids } of model.stream(PROMPT, { maxNewTokens: TOKENS })) {
    if (tokens === 0) first = performance.now();
    tokens += ids.length;
  }
  return (1000 * (tokens - 1)) / (performance.now() - first);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
