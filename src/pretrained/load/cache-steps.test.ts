/** The steps of an 8-bit cache: measured once, kept, and measured again where they cannot be kept. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Progress } from "../../base/progress.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { tinyFolder } from "../tiny-model.fixture.ts";
import { type FolderOptions, loadModelFolder } from "./load-folder.ts";

const folder = await tinyFolder();
const IDS = [2, 5, 9, 7, 8, 5, 6, 11, 4, 5, 9, 7, 8, 5, 6, 11, 4, 9, 9, 5];

async function scored(options: FolderOptions): Promise<{ readonly score: number; readonly activities: Set<string> }> {
  const activities = new Set<string>();
  const progress = ({ activity }: Progress): void => void activities.add(activity);
  using model = await loadModelFolder(folder, "tiny", { threads: 1, progress, ...options });
  const [result] = await model.score([IDS]);
  return { score: result!.logLikelihood, activities };
}

test("they are measured at the first load of quantised weights, and read at the next", async () => {
  const cacheFolder = temporaryFolder();
  const measuring = "measuring the range of keys and values";
  const first = await scored({ precision: "q8", cacheFolder });
  expect(first.activities).toContain(measuring);
  const kept = readdirSync(join(cacheFolder, "cache-steps"));
  expect(kept.length).toBe(1);
  const second = await scored({ precision: "q8", cacheFolder });
  expect(second.activities).not.toContain(measuring);
  expect(second.score).toBe(first.score);

  const floats = await scored({ precision: "q8", cacheFolder, cacheType: "float32" });
  expect(floats.score).not.toBe(first.score);
  expect(Math.abs(floats.score - first.score)).toBeLessThan(0.02 * Math.abs(floats.score));
  expect(readdirSync(join(cacheFolder, "cache-steps"))).toEqual(kept);
  // Exact weights can have an 8-bit cache, and have none unasked.
  const exact = await scored({ precision: "fp32", cacheFolder });
  const rounded = await scored({ precision: "fp32", cacheFolder, cacheType: "int8" });
  expect(rounded.score).not.toBe(exact.score);
  expect(readdirSync(join(cacheFolder, "cache-steps")).length).toBe(2);
});

test("a place where they cannot be kept costs the measuring at each load", async () => {
  const [open, closed] = [temporaryFolder(), temporaryFolder()];
  const wanted = await scored({ precision: "q8", cacheFolder: open });
  writeFileSync(join(closed, "cache-steps"), "no folder");
  mkdirSync(join(closed, "quantized"));
  expect((await scored({ precision: "q8", cacheFolder: closed })).score).toBe(wanted.score);
});

test("a device without attention over bytes says so at once", async () => {
  const asked = loadModelFolder(folder, "tiny", { device: "webgpu", precision: "q8", cacheType: "int8" });
  await expect(asked).rejects.toMatchObject({ code: "pretrained/cache-type", kind: "usage" });
});
