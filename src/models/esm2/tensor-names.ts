/**
 * ESM-2's tensors: our names, their shapes, and what Hugging Face calls them.
 *
 * The frequencies of its rotary positions are read where a file has them, at any of the places where transformers kept them: the published ones are
 * rounded to half precision, so that computing them anew gives another model. Positions, the pooler and the heads are of no use here.
 */
import type { TensorSpec } from "../family.ts";
import type { Esm2Config } from "./config.ts";

type ShapeOf = (config: Esm2Config) => readonly number[];
type Row = readonly [ours: string, theirs: string, shape: ShapeOf];

const vector: ShapeOf = ({ width }) => [width];
const square: ShapeOf = ({ width }) => [width, width];
const wide: ShapeOf = ({ mlpWidth }) => [mlpWidth];

const BLOCK_ROWS: readonly Row[] = [
  ["attentionNorm.gain", "attention.LayerNorm.weight", vector],
  ["attentionNorm.bias", "attention.LayerNorm.bias", vector],
  ["query.weight", "attention.self.query.weight", square],
  ["query.bias", "attention.self.query.bias", vector],
  ["key.weight", "attention.self.key.weight", square],
  ["key.bias", "attention.self.key.bias", vector],
  ["value.weight", "attention.self.value.weight", square],
  ["value.bias", "attention.self.value.bias", vector],
  ["output.weight", "attention.output.dense.weight", square],
  ["output.bias", "attention.output.dense.bias", vector],
  ["mlpNorm.gain", "LayerNorm.weight", vector],
  ["mlpNorm.bias", "LayerNorm.bias", vector],
  ["expand.weight", "intermediate.dense.weight", ({ width, mlpWidth }) => [mlpWidth, width]],
  ["expand.bias", "intermediate.dense.bias", wide],
  ["contract.weight", "output.dense.weight", ({ width, mlpWidth }) => [width, mlpWidth]],
  ["contract.bias", "output.dense.bias", vector],
];

const OUTER_ROWS: readonly Row[] = [
  ["tokenEmbedding", "embeddings.word_embeddings.weight", ({ vocabularySize, width }) => [vocabularySize, width]],
  ["finalNorm.gain", "encoder.emb_layer_norm_after.weight", vector],
  ["finalNorm.bias", "encoder.emb_layer_norm_after.bias", vector],
];

/** Our names of frequencies begin so; what follows says where they stood. */
const FREQUENCIES = "frequencies";

/** Every tensor that is needed. */
export function esm2Tensors(config: Esm2Config): TensorSpec[] {
  const specs = OUTER_ROWS.map(([name, huggingFace, shapeOf]): TensorSpec => {
    const shape = shapeOf(config);
    return { name, huggingFace, shape, kind: shape.length === 1 ? "vector" : "table" };
  });
  for (let n = 0; n < config.layers; n++) {
    for (const [ours, theirs, shapeOf] of BLOCK_ROWS) {
      const shape = shapeOf(config);
      const kind = shape.length === 1 ? "vector" : "linear";
      specs.push({ name: `blocks.${n}.${ours}`, huggingFace: `encoder.layer.${n}.${theirs}`, shape, kind });
    }
  }
  return specs;
}

const OUTER = new Map(OUTER_ROWS.map(([ours, theirs]) => [theirs, ours]));
const INNER = new Map(BLOCK_ROWS.map(([ours, theirs]) => [theirs, ours]));
const DROPPED =
  /^(?:embeddings\.position_ids|pooler\.dense\.(?:weight|bias)|contact_head\.regression\.(?:weight|bias))$/;

/** Our name for a checkpoint's tensor, `"dropped"` for one that is left out on purpose, undefined for an unknown one. */
export function esm2Name(theirs: string): string | "dropped" | undefined {
  if (DROPPED.test(theirs)) return "dropped";
  if (/(?:^|\.)rotary_embeddings\.inv_freq$/.test(theirs)) return `${FREQUENCIES}.${theirs}`;
  const outer = OUTER.get(theirs);
  if (outer !== undefined) return outer;
  const [, layer, rest] = /^encoder\.layer\.(\d+)\.(.+)$/.exec(theirs) ?? [];
  const inner = rest === undefined ? undefined : INNER.get(rest);
  return inner === undefined ? undefined : `blocks.${Number(layer)}.${inner}`;
}

/** Whether one of our names is that of frequencies, which stand in the config once they are read. */
export function isFrequencies(name: string): boolean {
  return name.startsWith(`${FREQUENCIES}.`);
}
