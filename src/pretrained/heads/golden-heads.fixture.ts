/**
 * Tiny BioGPTs with a head, as transformers writes their folders, and what transformers makes of them: test/golden/heads.py,
 * BioGptForTokenClassification and BioGptForSequenceClassification in torch 2.13.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { writeSafetensors } from "../../checkpoints/index.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";

export interface Golden {
  readonly texts: number[][];
  readonly classes: number;
  readonly token: { readonly order: string[]; readonly hidden: number[][][]; readonly logits: number[][] };
  readonly sequence: { readonly order: string[]; readonly logits: number[][] };
}

export const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/models/heads.json", import.meta.url), "utf8"),
);
const [C, F, V, P, L] = [12, 20, 23, 16, golden.classes];
const CONFIG = {
  model_type: "biogpt",
  num_hidden_layers: 2,
  hidden_size: C,
  num_attention_heads: 3,
  intermediate_size: F,
  vocab_size: V,
  max_position_embeddings: P,
};

function shapeOf(name: string): number[] {
  if (name.endsWith("embed_tokens.weight")) return [V, C];
  if (name.endsWith("embed_positions.weight")) return [P + 2, C];
  if (name.endsWith("fc1.weight")) return [F, C];
  if (name.endsWith("fc1.bias")) return [F];
  if (name.endsWith("fc2.weight")) return [C, F];
  if (/^(?:classifier|score)\.weight$/.test(name)) return [L, C];
  if (name === "classifier.bias") return [L];
  return /_proj\.weight$/.test(name) ? [C, C] : [C];
}

/** A new folder as transformers writes it, weights by the golden's formula. */
export async function folderOf(order: readonly string[], config: object = {}): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...CONFIG, ...config }));
  const tensors = order.map((tensor, k) => {
    const shape = shapeOf(tensor);
    const one = tensor.endsWith("norm.weight") ? 1 : 0;
    const data = Float32Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      (_, i) => one + 0.3 * Math.sin(1.7 * i + 0.9 * k + 0.013 * i * k),
    );
    return { name: tensor, dtype: "float32" as const, shape, data };
  });
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  return folder;
}

export function expectClose(got: ArrayLike<number>, want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  for (const [i, value] of want.entries()) expect(Math.abs(got[i]! - value), `value ${i}`).toBeLessThan(1e-4);
}
