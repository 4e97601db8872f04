/**
 * A Llama's tensors: our names, their shapes, and what Hugging Face calls them. One row a tensor; a row that the config may lack says when it is there.
 *
 * Whatever is not in the table stops the loading; what is dropped on purpose stands in `DROPPED`.
 */
import { HEAD, type TensorSpec, TOKEN_TABLE } from "../family.ts";
import { type NameTable, nameIn } from "../name-table.ts";
import type { LlamaConfig } from "./config.ts";

type ShapeOf = (config: LlamaConfig) => readonly number[];
type Row = readonly [ours: string, huggingFace: string, shape: ShapeOf, isThere?: (config: LlamaConfig) => boolean];

const vector: ShapeOf = ({ width }) => [width];
const headVector: ShapeOf = ({ headWidth }) => [headWidth];
const queries = ({ heads, headWidth }: LlamaConfig): number => heads * headWidth;
const keys = ({ keyValueHeads, headWidth }: LlamaConfig): number => keyValueHeads * headWidth;

const BLOCK_ROWS: readonly Row[] = [
  // The norm before attention; the four maps of attention and, in Qwen3, the norms of their heads; the norm before the MLP.
  ["attentionNorm.gain", "input_layernorm.weight", vector],
  ["query.weight", "self_attn.q_proj.weight", (config) => [queries(config), config.width]],
  ["query.bias", "self_attn.q_proj.bias", (config) => [queries(config)], ({ attentionBias }) => attentionBias],
  ["key.weight", "self_attn.k_proj.weight", (config) => [keys(config), config.width]],
  ["key.bias", "self_attn.k_proj.bias", (config) => [keys(config)], ({ attentionBias }) => attentionBias],
  ["value.weight", "self_attn.v_proj.weight", (config) => [keys(config), config.width]],
  ["value.bias", "self_attn.v_proj.bias", (config) => [keys(config)], ({ attentionBias }) => attentionBias],
  ["queryNorm.gain", "self_attn.q_norm.weight", headVector, ({ headNorms }) => headNorms],
  ["keyNorm.gain", "self_attn.k_norm.weight", headVector, ({ headNorms }) => headNorms],
  ["output.weight", "self_attn.o_proj.weight", (config) => [config.width, queries(config)]],
  ["output.bias", "self_attn.o_proj.bias", vector, ({ outputBias }) => outputBias],
  ["mlpNorm.gain", "post_attention_layernorm.weight", vector],
  ["gate.weight", "mlp.gate_proj.weight", ({ width, mlpWidth }) => [mlpWidth, width]],
  ["gate.bias", "mlp.gate_proj.bias", ({ mlpWidth }) => [mlpWidth], ({ mlpBias }) => mlpBias],
  ["up.weight", "mlp.up_proj.weight", ({ width, mlpWidth }) => [mlpWidth, width]],
  ["up.bias", "mlp.up_proj.bias", ({ mlpWidth }) => [mlpWidth], ({ mlpBias }) => mlpBias],
  ["down.weight", "mlp.down_proj.weight", ({ width, mlpWidth }) => [width, mlpWidth]],
  ["down.bias", "mlp.down_proj.bias", vector, ({ mlpBias }) => mlpBias],
];

const table: ShapeOf = ({ vocabularySize, width }) => [vocabularySize, width];
const OUTER_ROWS: readonly Row[] = [
  [TOKEN_TABLE, "model.embed_tokens.weight", table],
  ["finalNorm.gain", "model.norm.weight", vector],
];
const HEAD_ROW: Row = [HEAD, "lm_head.weight", table];

/** Frequencies that transformers stored in each layer until 4.32; they follow from the config. */
const DROPPED = /^(?:model\.)?(?:layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$/;

/** Every tensor of a model, embedding first, then layer by layer; the head only where it is not tied. */
export function tensorSpecs(config: LlamaConfig): TensorSpec[] {
  const spec = ([name, huggingFace, shapeOf]: Row, matrix: "linear" | "table"): TensorSpec => {
    const shape = shapeOf(config);
    return { name, huggingFace, shape, kind: shape.length === 1 ? "vector" : matrix };
  };
  const specs = OUTER_ROWS.map((row) => spec(row, "table"));
  const rows = BLOCK_ROWS.filter(([, , , isThere]) => isThere?.(config) ?? true);
  for (let n = 0; n < config.layers; n++) {
    for (const row of rows) {
      const { name, huggingFace, ...rest } = spec(row, "linear");
      specs.push({ name: `blocks.${n}.${name}`, huggingFace: `model.layers.${n}.${huggingFace}`, ...rest });
    }
  }
  if (!config.tied) specs.push(spec(HEAD_ROW, "linear"));
  return specs;
}

const OUTER = new Map<string, string>();
for (const [ours, huggingFace] of [...OUTER_ROWS, HEAD_ROW]) {
  OUTER.set(huggingFace, ours);
  OUTER.set(huggingFace.replace(/^model\./, ""), ours); // files of the bare model leave the prefix out
}
/** Names outside the layers. */
export const OUTER_NAMES: readonly string[] = [...OUTER.keys()];
const NAMES: NameTable = {
  outer: OUTER,
  inner: new Map(BLOCK_ROWS.map(([ours, huggingFace]) => [huggingFace, ours])),
  layer: /^(?:model\.)?layers\.(\d+)\.(.+)$/,
  isDropped: (theirs) => DROPPED.test(theirs),
};

/** Our name for a checkpoint's tensor, `"dropped"` for one that is left out on purpose, undefined for an unknown one. */
export function ourName(theirs: string): { readonly name: string } | "dropped" | undefined {
  return nameIn(NAMES, theirs);
}
