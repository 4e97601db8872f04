/** The tiny BioGPT of test/golden/gradients.py: its config, and its weights by the same formula. */
import { readFileSync } from "node:fs";
import { BIOGPT_BASE, type BioGptConfig } from "../../models/biogpt/config.ts";
import { ourName, tensorSpecs } from "../../models/biogpt/tensor-names.ts";

export const GOLDEN_CONFIG: BioGptConfig = {
  ...BIOGPT_BASE,
  layers: 2,
  width: 12,
  heads: 3,
  mlpWidth: 20,
  vocabularySize: 23,
  maxPositions: 8,
};

export function readGolden<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`../../../test/fixtures/training/${name}.json`, import.meta.url), "utf8"));
}

export interface GoldenGradients {
  readonly ids: number[][];
  readonly labels: number[][];
  readonly loss: number;
  /** Hugging Face's names, in the order that numbers the formula. */
  readonly order: string[];
  readonly gradients: Record<string, number[]>;
}

/** Our name of each tensor, in the formula's order. */
export function goldenNames(order: readonly string[]): string[] {
  return order.map((name) => {
    const ours = ourName(name);
    if (ours === undefined || ours === "dropped") throw new Error(`no tensor ${name}`);
    return ours.name;
  });
}

/** Value i of tensor number k is 0.3 sin(1.7 i + 0.9 k + 0.013 i k), and one more for gains of norms. */
export function goldenWeights(order: readonly string[]): Map<string, Float32Array> {
  const shapes = new Map(tensorSpecs(GOLDEN_CONFIG).map(({ name, shape }) => [name, shape]));
  return new Map(
    goldenNames(order).map((name, index) => {
      const count = shapes.get(name)!.reduce((product, size) => product * size, 1);
      const one = name.endsWith(".gain") ? 1 : 0;
      const values = Float32Array.from(
        { length: count },
        (_, i) => one + 0.3 * Math.sin(1.7 * i + 0.9 * index + 0.013 * i * index),
      );
      return [name, values];
    }),
  );
}
