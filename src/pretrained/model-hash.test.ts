import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { openCheckpoint } from "../checkpoints/index.ts";
import { loadModelFolder } from "./load/load-folder.ts";

const seed = fileURLToPath(new URL("../../models/biogpt-mini", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biogpt-hash-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function hashOf(path: string): Promise<string> {
  using model = await loadModelFolder(path, "model", { slots: 1 });
  return model.hash;
}

test("a model whose matrices alone were trained, as a merged LoRA, has another hash; a copy has the same", async () => {
  cpSync(seed, folder, { recursive: true });
  const original = await hashOf(seed);
  expect(await hashOf(folder)).toBe(original);
  const weights = join(folder, "model.safetensors");
  const { offset } = (await openCheckpoint(weights)).tensors.get("biogpt.layers.3.self_attn.q_proj.weight")!;
  const bytes = readFileSync(weights);
  bytes[offset] = bytes[offset]! ^ 1;
  writeFileSync(weights, bytes);
  expect(await hashOf(folder)).not.toBe(original);
});
