/**
 * A model family of a test's own, as one record: what BioGPT is not. Rotary positions, fewer key-value heads than heads, a head width that the
 * cache must pad, root-mean-square norms, no biases, a gated MLP, a head of its own, begin and end ids apart; and its own tokenizer. Read
 * both ways it is an encoder too.
 *
 *     x ── norm ─ attention ─(+)── norm ─ silu(gate) * up ─ down ─(+)── out
 */
import { internalError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { elementCount } from "../graph/data-type.ts";
import { Graph, type Tensor } from "../graph/graph.ts";
import { add, gatherRows, mul, reshape, rmsNorm, silu } from "../graph/operators.ts";
import { batchShapes } from "../layers/batch-shape.ts";
import { bidirectionalAttention } from "../layers/bidirectional-attention.ts";
import { type CacheForm, declareAttentionCache } from "../layers/cached-attention.ts";
import { withGivenRows } from "../layers/given-rows.ts";
import { asFloat32, declareLinear, type LinearLayer } from "../layers/linear.ts";
import { type RotateHeads, rotaryFrequencies, rotateByPosition, rotateSequences } from "../layers/rotary.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { TokenizerKind } from "../tokenizers/tokenizer-kind.ts";
import {
  type EncoderOutputs,
  HEAD,
  type ModelConfig,
  type ModelFamily,
  type TensorSpec,
  TOKEN_TABLE,
  type WeightStorage,
} from "./family.ts";

export interface ToyConfig extends ModelConfig {
  readonly modelType: "toy";
  readonly keyValueHeads: number;
}

export const TOY_CONFIG: ToyConfig = {
  modelType: "toy",
  layers: 2,
  width: 24,
  heads: 4,
  keyValueHeads: 2,
  mlpWidth: 20,
  vocabularySize: 30,
  maxPositions: 40,
  tied: false,
  dropout: 0,
  attentionDropout: 0,
};
export const EPSILON = 1e-5;

const PARTS = ["query", "key", "value", "output", "gate", "up", "down"] as const;
type Part = (typeof PARTS)[number];

function shapeOf(part: Part, { width: C, heads, keyValueHeads, mlpWidth: F }: ToyConfig): [number, number] {
  const few = (C / heads) * keyValueHeads;
  const shapes: Record<Part, [number, number]> = {
    query: [C, C],
    key: [few, C],
    value: [few, C],
    output: [C, C],
    gate: [F, C],
    up: [F, C],
    down: [C, F],
  };
  return shapes[part];
}

function tensors(config: ToyConfig): TensorSpec[] {
  const { width: C, vocabularySize: V, layers } = config;
  const blocks = Array.from({ length: layers }, (_, n): TensorSpec[] => [
    { name: `blocks.${n}.first.gain`, huggingFace: `toy.${n}.norm1`, shape: [C], kind: "vector" },
    { name: `blocks.${n}.second.gain`, huggingFace: `toy.${n}.norm2`, shape: [C], kind: "vector" },
    ...PARTS.map(
      (part): TensorSpec => ({
        name: `blocks.${n}.${part}.weight`,
        huggingFace: `toy.${n}.${part}`,
        shape: shapeOf(part, config),
        kind: "linear",
      }),
    ),
  ]);
  return [
    { name: TOKEN_TABLE, huggingFace: "toy.tokens", shape: [V, C], kind: "table" },
    { name: "finalNorm.gain", huggingFace: "toy.norm", shape: [C], kind: "vector" },
    ...blocks.flat(),
    { name: HEAD, huggingFace: "toy.head", shape: [V, C], kind: "linear" },
  ];
}

/** What differs between a step over a cache, a training pass and an encoder's. */
interface ToyRun {
  gain(name: string): Tensor;
  linear(name: string): LinearLayer;
  readonly rotate: RotateHeads;
  attend(layer: number, query: Tensor, key: Tensor, value: Tensor): Tensor;
}

function block(x: Tensor, layer: number, run: ToyRun): Tensor {
  const at = `blocks.${layer}`;
  const linear = (part: Part): LinearLayer => run.linear(`${at}.${part}`);
  const normalized = rmsNorm(x, run.gain(`${at}.first.gain`), EPSILON);
  const [query, key] = [run.rotate(linear("query")(normalized)), run.rotate(linear("key")(normalized))];
  const middle = add(x, linear("output")(run.attend(layer, query, key, linear("value")(normalized))));
  const second = rmsNorm(middle, run.gain(`${at}.second.gain`), EPSILON);
  return add(middle, linear("down")(mul(silu(linear("gate")(second)), linear("up")(second))));
}

function frequencies({ width, heads }: ToyConfig): number[] {
  return rotaryFrequencies(width / heads);
}

function declaredRun(graph: Graph, config: ToyConfig, storage: WeightStorage): Pick<ToyRun, "gain" | "linear"> {
  const shapes = new Map(tensors(config).map(({ name, shape }) => [name, shape]));
  return {
    gain: (name) => asFloat32(graph.weight(name, storage.dense(name), shapes.get(name)!)),
    linear: (name) => {
      const weight = `${name}.weight`;
      return declareLinear(graph, weight, shapes.get(weight) as [number, number], storage.linear(weight));
    },
  };
}

function embed(graph: Graph, config: ToyConfig, storage: WeightStorage, ids: Tensor): Tensor {
  const table = graph.weight(TOKEN_TABLE, storage.dense(TOKEN_TABLE), [config.vocabularySize, config.width]);
  return asFloat32(gatherRows(table, reshape(ids, ["batch*time"])));
}

function hiddenStates(x: Tensor, config: ToyConfig, run: ToyRun): Tensor {
  let hidden = x;
  for (let layer = 0; layer < config.layers; layer++) hidden = block(hidden, layer, run);
  return rmsNorm(hidden, run.gain("finalNorm.gain"), EPSILON);
}

function buildGenerator(config: ToyConfig, storage: WeightStorage, form?: CacheForm): Graph {
  const graph = new Graph();
  const ids = graph.input("ids", "int64", ["batch", "time"]);
  const positions = reshape(graph.input("positionRows", "int64", ["batch", "time"]), ["batch*time"]);
  const logitRows = graph.input("logitRows", "int64", ["wanted"]);
  const cache = declareAttentionCache(graph, cacheShape(config), ids, form);
  const hidden = hiddenStates(withGivenRows(embed(graph, config, storage, ids)), config, {
    ...declaredRun(graph, config, storage),
    rotate: rotateByPosition(positions, config.maxPositions, frequencies(config)),
    attend: (layer, query, key, value) => cache.attend(layer, query, key, value),
  });
  const head = declareLinear(graph, HEAD, [config.vocabularySize, config.width], storage.linear(HEAD));
  graph.output("logits", head(gatherRows(hidden, logitRows)));
  return graph;
}

function buildEncoder(config: ToyConfig, storage: WeightStorage, { layers }: EncoderOutputs): Graph {
  const graph = new Graph();
  const ids = graph.input("ids", "int64", ["batch", "time"]);
  const positionRows = graph.input("positionRows", "int64", ["batch", "time"]);
  const keyBias = graph.input("keyBias", "float32", ["batch", 1, 1, "time"]);
  const rows = graph.input("rows", "int64", ["wanted"]);
  if (layers?.join() !== String(config.layers)) throw internalError("the toy gives its last layer alone");
  const { inBatch } = batchShapes(graph, ids);
  const { width: C, heads, keyValueHeads } = config;
  const D = C / heads;
  const positions = reshape(positionRows, ["batch*time"]);
  /** Key-value heads repeated for their neighbours. */
  const repeated = (x: Tensor): Tensor => {
    const order = Array.from({ length: heads }, (_, h) => Math.floor((h * keyValueHeads) / heads));
    const apart = reshape(x, ["batch*time", keyValueHeads, D]);
    return reshape(gatherHeads(apart, order), ["batch*time", C]);
  };
  const hidden = hiddenStates(embed(graph, config, storage, ids), config, {
    ...declaredRun(graph, config, storage),
    rotate: rotateByPosition(positions, config.maxPositions, frequencies(config)),
    attend: (_, query, key, value) => {
      const [q, k, v] = [query, repeated(key), repeated(value)].map((x) => inBatch(x, C)) as [Tensor, Tensor, Tensor];
      return reshape(bidirectionalAttention(q, k, v, { heads, keyBias }), ["batch*time", C]);
    },
  });
  graph.output(`hidden.${config.layers}`, gatherRows(hidden, rows));
  return graph;
}

/** (N, G, D) to (N, H, D), head h from head order[h]. */
function gatherHeads(x: Tensor, order: readonly number[]): Tensor {
  const [rows, , D] = x.shape;
  const [out] = x.graph.node("Gather", [x, x.graph.constant("int64", [order.length], order)], {
    outputs: [{ dtype: x.dtype, shape: [rows!, order.length, D!] }],
    attributes: { axis: 1 },
  });
  return out!;
}

function cacheShape({ layers, heads, keyValueHeads, width }: ToyConfig) {
  return { layers, heads, keyValueHeads, headWidth: width / heads };
}

/** One letter a token: `letters.txt` holds them in the order of their ids. */
const TOY_TOKENIZER: TokenizerKind = {
  name: "toy-letters",
  files: ["letters.txt"],
  recognizes: (names) => names.includes("letters.txt"),
  async open({ read }) {
    const letters = [...new TextDecoder().decode(await read("letters.txt"))];
    const id = (letter: string): number | undefined => (letters.includes(letter) ? letters.indexOf(letter) : undefined);
    const decode = (ids: ArrayLike<number>): string => Array.from(ids, (at) => letters[at]).join("");
    const encode = (text: string): Int32Array => Int32Array.from([...text], (letter) => id(letter) ?? 2);
    return {
      ...{ vocabularySize: letters.length, endId: 1, padId: 2, unknownId: 2, learnedIds: [], hash: letters.join("") },
      ...{ encode, decode, id, piece: (at: number) => letters[at]! },
      encodeWithOffsets: () => {
        throw internalError("the toy has no offsets");
      },
      streamDecoder: () => ({ push: (at: number) => letters[at]!, end: () => "" }),
    } satisfies Tokenizer;
  },
};

export const TOY: ModelFamily<ToyConfig> = {
  modelType: "toy",
  title: "Toy",
  presets: { toy: TOY_CONFIG },
  parseConfig(json) {
    const { heads } = json as { heads: number };
    return { ...TOY_CONFIG, heads };
  },
  toConfigJson: ({ heads }) => ({ model_type: "toy", heads }),
  describe: ({ layers }) => `Toy: ${layers} layers`,
  tensors,
  ourName(theirs) {
    const spec = tensors({ ...TOY_CONFIG, layers: 8 }).find(({ huggingFace }) => huggingFace === theirs);
    return spec === undefined ? undefined : { name: spec.name };
  },
  knownNames: ["toy.tokens", "toy.norm", "toy.head"],
  buildGenerator,
  buildEncoder,
  cacheShape,
  positions: { kind: "rotary" },
  initializations: ["normal"],
  initialValues(_config, name, shape, { seed }) {
    const random = new Random(seed + [...name].reduce((sum, letter) => Math.imul(31, sum) ^ letter.charCodeAt(0), 7));
    const values = new Float32Array(elementCount(shape));
    return name.endsWith(".gain") ? values.fill(1) : values.map(() => 0.3 * random.normal());
  },
  trainable: (config) => ({
    parameters: tensors(config),
    layers: config.layers,
    width: config.width,
    vocabulary: config.vocabularySize,
    maxLength: config.maxPositions,
    tokenTable: { name: TOKEN_TABLE, scale: 1 },
    headWeight: HEAD,
    embed: (ids, _positions, run) => gatherRows(run.weight(TOKEN_TABLE), ids),
    block: (x, layer, run) =>
      block(x, layer, {
        gain: run.weight,
        linear: run.map,
        rotate: rotateSequences(x.graph, run.shape, frequencies(config)),
        attend: (_, query, key, value) => run.attend(query, key, value, config.heads),
      }),
    finish: (x, run) => rmsNorm(x, run.weight("finalNorm.gain"), EPSILON),
  }),
  tokenizer: TOY_TOKENIZER,
  specialIds: () => ({ begin: 0, end: 1, pad: 2 }),
  encodePrompt: (text, tokenizer) => [0, ...tokenizer.encode(text)],
};
