/**
 * What quantisation costs: perplexity of biogpt-mini on the first 200 held-out abstracts. A minute and a half, so only in
 * `npm run test:full`; figures stand in docs/experiments.md.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { loadModelFolder } from "./load/load-folder.ts";
import type { Precision } from "./load/precision.ts";

const heldOut = fileURLToPath(new URL("../../../shared/data/pretrain/heldout.jsonl.gz", import.meta.url));
const mini = fileURLToPath(new URL("../../models/biogpt-mini", import.meta.url));
const cacheFolder = mkdtempSync(join(tmpdir(), "biogpt-perplexity-"));
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

async function perplexity(texts: readonly string[], precision: Precision): Promise<number> {
  using model = await loadModelFolder(mini, "biogpt-mini", { precision, cacheFolder });
  const most = model.config.maxPositions;
  let [logLikelihood, tokens] = [0, 0];
  for (let at = 0; at < texts.length; at += 8) {
    const group = texts.slice(at, at + 8).map((text) => model.encodePrompt(text).slice(0, most));
    for (const scored of await model.score(group)) {
      logLikelihood += scored.logLikelihood;
      tokens += scored.tokens;
    }
  }
  return Math.exp(-logLikelihood / tokens);
}

test.skipIf(!existsSync(heldOut))(
  "q8 stays within 0.5 % of fp32's perplexity; q4 within 15 %, of a model this narrow (needs ../shared)",
  { timeout: 900_000 },
  async () => {
    const lines = gunzipSync(readFileSync(heldOut)).toString().trim().split("\n").slice(0, 200);
    const texts = lines.map((line) => {
      const { title, abstract } = JSON.parse(line) as { title: string; abstract: string };
      return `${title} ${abstract}`;
    });
    const exact = await perplexity(texts, "fp32");
    expect((await perplexity(texts, "q8")) / exact).toBeLessThan(1.005);
    expect((await perplexity(texts, "q4")) / exact).toBeLessThan(1.15);
  },
);
