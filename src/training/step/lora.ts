/**
 * LoRA as a variant of a model's training graph: chosen linear maps get a low-rank summand, and only those summands are trained.
 *
 *     y = W x + b + (alpha / r) up (down x)            down (r, K), up (M, r)
 *
 * `down` begins uniform within 1 / sqrt(K) and `up` zero, so that training starts from the model as it is.
 * Source: arXiv:2106.09685; names lora_A (down) and lora_B (up), first values and scale as in huggingface/peft.
 */
import { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { withLowRank } from "../../layers/linear.ts";
import { blockPrefix, type TrainableModel, type TrainingRun } from "./trainable-model.ts";

export interface LowRankOptions {
  readonly rank: number;
  readonly alpha: number;
  /** Linear maps of a block, by their names inside it; every layer's get a summand, so that one program still serves all layers. */
  readonly targets: readonly string[];
}

/** Names of the adapted maps of a model, those over `{name}.weight`. */
export function adaptedMaps(layers: number, targets: readonly string[]): string[] {
  return Array.from({ length: layers }, (_, layer) => targets.map((target) => blockPrefix(layer) + target)).flat();
}

export function downName(map: string): string {
  return `${map}.lowRank.down`;
}

export function upName(map: string): string {
  return `${map}.lowRank.up`;
}

export function isLowRank(name: string): boolean {
  return /\.lowRank\.(down|up)$/.test(name);
}

/**
 * The same model with the summands' parameters behind its own.
 *
 * @throws BiogptError `training/settings` when a map is not one of the model's
 */
export function withLowRankMaps(model: TrainableModel, { rank, alpha, targets }: LowRankOptions): TrainableModel {
  const maps = adaptedMaps(model.layers, targets);
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  const added = maps.flatMap((map) => {
    const shape = shapes.get(`${map}.weight`);
    if (shape?.length !== 2) {
      throw new BiogptError("training/settings", { what: `The model has no linear map ${map}.` });
    }
    const [M, K] = shape as [number, number];
    return [
      { name: downName(map), shape: [rank, K] },
      { name: upName(map), shape: [M, rank] },
    ];
  });
  const adapted = new Set(maps);
  const factor = alpha / rank;
  return {
    ...model,
    parameters: [...model.parameters, ...added],
    block: (x, layer, run) => {
      const withSummands: TrainingRun = {
        shape: run.shape,
        weight: (name) => run.weight(name),
        input: (name) => run.input(name),
        attend: (query, key, value, heads) => run.attend(query, key, value, heads),
        drop: (rows) => run.drop(rows),
        map: (name) =>
          adapted.has(name)
            ? withLowRank(run.map(name), { down: run.weight(downName(name)), up: run.weight(upName(name)), factor })
            : run.map(name),
      };
      return model.block(x, layer, withSummands);
    },
  };
}

/** First values of a summand's parameter, row-major. */
export function lowRankValues(name: string, shape: readonly number[], seed: number): Float32Array {
  const values = new Float32Array(shape[0]! * shape[1]!);
  if (name.endsWith(".up")) return values;
  const random = new Random(seed ^ [...name].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 7));
  const bound = 1 / Math.sqrt(shape[1]!);
  return values.map(() => (2 * random.next() - 1) * bound);
}

export interface LowRankSummand {
  /** (rank, K) */
  readonly down: Float32Array;
  /** (M, rank) */
  readonly up: Float32Array;
  readonly rank: number;
  /** What the product is multiplied with: alpha / rank, or alpha / sqrt(rank) where an adapter's scale is rank-stabilised. */
  readonly factor: number;
}

/** The weight with its summand added in: W + factor up down, (M, K), summed over the rank in order. No input is changed. */
export function mergeLowRank(weight: Float32Array, { down, up, rank, factor }: LowRankSummand): Float32Array {
  const [M, K] = [up.length / rank, down.length / rank];
  const merged = weight.slice();
  for (let row = 0; row < M; row++) {
    const target = merged.subarray(row * K, (row + 1) * K);
    for (let i = 0; i < rank; i++) {
      const share = factor * up[row * rank + i]!;
      if (share === 0) continue;
      const source = down.subarray(i * K, (i + 1) * K);
      for (let k = 0; k < K; k++) target[k]! += share * source[k]!;
    }
  }
  return merged;
}
