/**
 * BioGPT's tensors: our names, their shapes, and what Hugging Face and fairseq call them. One row a tensor.
 *
 * Whatever is not in the table stops the loading; what is dropped on purpose stands in `DROPPED`.
 */
import { HEAD, type TensorSpec, TOKEN_TABLE } from "../family.ts";
import { type NameTable, nameIn } from "../name-table.ts";
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
    TOKEN_TABLE,
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
  HEAD,
  "output_projection.weight",
  "decoder.output_projection.weight",
  ({ vocabularySize, width }) => [vocabularySize, width],
];

/** Tensors that say nothing about the model. */
const DROPPED: ReadonlySet<string> = new Set(["decoder.version", "decoder.embed_positions._float_tensor"]);

/** Every tensor of a model, embeddings first, then layer by layer; the head only where it is not tied. */
export function tensorSpecs(config: BioGptConfig): TensorSpec[] {
  const spec = ([name, huggingFace, fairseq, shapeOf]: Row, matrix: "linear" | "table"): TensorSpec => {
    const shape = shapeOf(config);
    return { name, huggingFace, fairseq, shape, kind: shape.length === 1 ? "vector" : matrix };
  };
  const specs = OUTER_ROWS.map((row) => spec(row, "table"));
  for (let n = 0; n < config.layers; n++) {
    for (const row of BLOCK_ROWS) {
      const { name, huggingFace, fairseq, ...rest } = spec(row, "linear");
      specs.push({
        name: `blocks.${n}.${name}`,
        huggingFace: `biogpt.layers.${n}.${huggingFace}`,
        fairseq: `decoder.layers.${n}.${fairseq}`,
        ...rest,
      });
    }
  }
  if (!config.tied) specs.push(spec(HEAD_ROW, "linear"));
  return specs;
}

const OUTER = new Map<string, string>();
for (const [ours, huggingFace, fairseq] of [...OUTER_ROWS, HEAD_ROW]) {
  OUTER.set(huggingFace, ours);
  OUTER.set(huggingFace.replace(/^biogpt\./, ""), ours); // files of the bare model leave the prefix out
  OUTER.set(fairseq, ours);
}
/** Names outside the layers, in all layouts. */
export const OUTER_NAMES: readonly string[] = [...OUTER.keys()];
const NAMES: NameTable = {
  outer: OUTER,
  inner: new Map(BLOCK_ROWS.map(([ours, huggingFace]) => [huggingFace, ours])),
  layer: /^(?:biogpt\.|decoder\.)?layers\.(\d+)\.(.+)$/,
  isDropped: (theirs) => DROPPED.has(theirs),
};

/** Our name for a checkpoint's tensor, `"dropped"` for one that is left out on purpose, undefined for an unknown one. */
export function ourName(theirs: string): { readonly name: string } | "dropped" | undefined {
  return nameIn(NAMES, theirs);
}
