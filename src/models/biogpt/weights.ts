/**
 * BioGPT's tensors: our names, their shapes, and what Hugging Face and fairseq call them. One row a tensor.
 *
 * Whatever is not in the table stops the loading; what is dropped on purpose stands in `DROPPED`.
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { type BioGptConfig, POSITION_OFFSET } from "./config.ts";

type ShapeOf = (config: BioGptConfig) => readonly number[];
type Row = readonly [ours: string, huggingFace: string, fairseq: string, shape: ShapeOf];

const vector: ShapeOf = ({ width }) => [width];
const square: ShapeOf = ({ width }) => [width, width];

const BLOCK_ROWS: readonly Row[] = [
  // The pre-attention norm; then the four maps of attention; the norm that both call "final" stands before the MLP.
  ["attentionNorm.gain", "self_attn_layer_norm.weight", "self_attn_layer_norm.weight", vector],
  ["attentionNorm.bias", "self_attn_layer_norm.bias", "self_attn_layer_norm.bias", vector],
  ["query.weight", "self_attn.q_proj.weight", "self_attn.q_proj.weight", square],
  ["query.bias", "self_attn.q_proj.bias", "self_attn.q_proj.bias", vector],
  ["key.weight", "self_attn.k_proj.weight", "self_attn.k_proj.weight", square],
  ["key.bias", "self_attn.k_proj.bias", "self_attn.k_proj.bias", vector],
  ["value.weight", "self_attn.v_proj.weight", "self_attn.v_proj.weight", square],
  ["value.bias", "self_attn.v_proj.bias", "self_attn.v_proj.bias", vector],
  ["output.weight", "self_attn.out_proj.weight", "self_attn.out_proj.weight", square],
  ["output.bias", "self_attn.out_proj.bias", "self_attn.out_proj.bias", vector],
  ["mlpNorm.gain", "final_layer_norm.weight", "final_layer_norm.weight", vector],
  ["mlpNorm.bias", "final_layer_norm.bias", "final_layer_norm.bias", vector],
  ["expand.weight", "fc1.weight", "fc1.weight", ({ width, mlpWidth }) => [mlpWidth, width]],
  ["expand.bias", "fc1.bias", "fc1.bias", ({ mlpWidth }) => [mlpWidth]],
  ["contract.weight", "fc2.weight", "fc2.weight", ({ width, mlpWidth }) => [width, mlpWidth]],
  ["contract.bias", "fc2.bias", "fc2.bias", vector],
];

const OUTER_ROWS: readonly Row[] = [
  [
    "tokenEmbedding",
    "biogpt.embed_tokens.weight",
    "decoder.embed_tokens.weight",
    ({ vocabularySize, width }) => [vocabularySize, width],
  ],
  [
    "positionEmbedding",
    "biogpt.embed_positions.weight",
    "decoder.embed_positions.weight",
    ({ maxPositions, width }) => [maxPositions + POSITION_OFFSET, width],
  ],
  ["finalNorm.gain", "biogpt.layer_norm.weight", "decoder.layer_norm.weight", vector],
  ["finalNorm.bias", "biogpt.layer_norm.bias", "decoder.layer_norm.bias", vector],
];

const HEAD_ROW: Row = [
  "head.weight",
  "output_projection.weight",
  "decoder.output_projection.weight",
  ({ vocabularySize, width }) => [vocabularySize, width],
];

/** Tensors that say nothing about the model. */
const DROPPED: ReadonlySet<string> = new Set(["decoder.version", "decoder.embed_positions._float_tensor"]);

export interface TensorSpec {
  readonly name: string;
  readonly huggingFace: string;
  readonly fairseq: string;
  readonly shape: readonly number[];
}

/** Every tensor of a model, embeddings first, then layer by layer; the head only where it is not tied. */
export function tensorSpecs(config: BioGptConfig): TensorSpec[] {
  const spec = ([name, huggingFace, fairseq, shape]: Row): TensorSpec => ({
    name,
    huggingFace,
    fairseq,
    shape: shape(config),
  });
  const specs = OUTER_ROWS.map(spec);
  for (let n = 0; n < config.layers; n++) {
    for (const [name, huggingFace, fairseq, shape] of BLOCK_ROWS) {
      specs.push({
        name: `blocks.${n}.${name}`,
        huggingFace: `biogpt.layers.${n}.${huggingFace}`,
        fairseq: `decoder.layers.${n}.${fairseq}`,
        shape: shape(config),
      });
    }
  }
  if (!config.tied) specs.push(spec(HEAD_ROW));
  return specs;
}

const OUTER = new Map<string, string>();
for (const [ours, huggingFace, fairseq] of [...OUTER_ROWS, HEAD_ROW]) {
  OUTER.set(huggingFace, ours);
  OUTER.set(huggingFace.replace(/^biogpt\./, ""), ours); // files of the bare model leave the prefix out
  OUTER.set(fairseq, ours);
}
const INNER = new Map(BLOCK_ROWS.map(([ours, huggingFace]) => [huggingFace, ours]));
const LAYER = /^(?:biogpt\.|decoder\.)?layers\.(\d+)\.(.+)$/;

/** Our name for a checkpoint's tensor, `"dropped"` for one that is left out on purpose, undefined for an unknown one. */
export function ourName(theirs: string): { readonly name: string } | "dropped" | undefined {
  if (DROPPED.has(theirs)) return "dropped";
  const outer = OUTER.get(theirs);
  if (outer !== undefined) return { name: outer };
  const [, layer, rest] = LAYER.exec(theirs) ?? [];
  const inner = rest === undefined ? undefined : INNER.get(rest);
  return inner === undefined ? undefined : { name: `blocks.${Number(layer)}.${inner}` };
}

/**
 * Maps a checkpoint's tensors to our names.
 *
 * @returns our name to the checkpoint's entry
 * @throws BiogptError `models/unknown-tensor`, `models/duplicate-tensor`
 */
export function mapTensors<Entry>(theirs: ReadonlyMap<string, Entry>): Map<string, Entry> {
  const mapped = new Map<string, Entry>();
  for (const [name, entry] of theirs) {
    const ours = ourName(name);
    if (ours === "dropped") continue;
    if (ours === undefined) {
      throw new BiogptError("models/unknown-tensor", {
        what: `The checkpoint holds ${name}, which is no tensor of BioGPT.`,
        why: "A tensor that is not understood would be dropped silently, and the model would not be the one you have.",
        fix: `Check that the checkpoint is a BioGPT.${didYouMean(name, OUTER.keys())} \`biogpt inspect\` lists what it holds.`,
      });
    }
    if (mapped.has(ours.name)) {
      throw new BiogptError("models/duplicate-tensor", {
        what: `The checkpoint holds ${name} twice under different names.`,
      });
    }
    mapped.set(ours.name, entry);
  }
  return mapped;
}

/**
 * Checks that every tensor of the config is there with its shape.
 *
 * @throws BiogptError `models/missing-tensor`, `models/wrong-shape`
 */
export function checkTensors(
  config: BioGptConfig,
  entries: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): void {
  const specs = tensorSpecs(config);
  const missing = specs.filter(({ name }) => !entries.has(name));
  if (missing.length > 0) {
    throw new BiogptError("models/missing-tensor", {
      what: `${missing.length} of ${specs.length} tensors are missing from the checkpoint, the first is ${missing[0]!.huggingFace}.`,
      why: `config.json says ${config.layers} layers; the checkpoint holds ${layerCount(entries)}.`,
      fix: "Use the config.json that came with the checkpoint; `biogpt inspect` lists what it holds.",
    });
  }
  for (const { name, huggingFace, shape } of specs) {
    const found = entries.get(name)!.shape;
    if (found.length !== shape.length || found.some((size, axis) => size !== shape[axis])) {
      throw new BiogptError("models/wrong-shape", {
        what: `${huggingFace} has the shape (${found.join(", ")}), but config.json asks for (${shape.join(", ")}).`,
        why: shapeReason(name, found, config),
        fix: "Use the config.json and the vocabulary that came with the checkpoint.",
      });
    }
  }
  const known = new Set(specs.map(({ name }) => name));
  const extra = [...entries.keys()].filter((name) => !known.has(name) && name !== "head.weight");
  if (extra.length > 0) {
    throw new BiogptError("models/extra-tensor", {
      what: `The checkpoint holds ${extra.length} tensors more than config.json asks for, the first is ${extra[0]}.`,
      why: `config.json says ${config.layers} layers; the checkpoint holds ${layerCount(entries)}.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
}

function layerCount(entries: ReadonlyMap<string, unknown>): string {
  let layers = 0;
  while (entries.has(`blocks.${layers}.expand.weight`)) layers++;
  return layers === 0 ? "none" : `${layers} whole ones`;
}

function shapeReason(name: string, found: readonly number[], config: BioGptConfig): string {
  const learned = (found[0] ?? 0) - config.vocabularySize;
  if (name === "tokenEmbedding" && learned > 0 && learned < 100) {
    return `The checkpoint has ${learned} rows more than the vocabulary: a fine-tuned model with ${learned} learned prompt tokens.`;
  }
  return "The config contradicts the tensors.";
}
