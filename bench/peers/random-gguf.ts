/**
 * A GPT-2 or a Llama of any shape with random weights as a GGUF file: BioGPT's shape and Llama-2-7B's for llama.cpp.
 *
 * Blocks are drawn at random instead of quantised from floats: speed and memory are the same. Every matrix is of the one type asked for, token
 * embedding and head too (llama.cpp's own files keep the head at Q6_K, which is slower).
 */
import { stat } from "node:fs/promises";
import type { Random } from "../../src/base/random.ts";
import { GGML, type GgmlType, type GgufTensor, type GgufValue, tensorBytes, toFloat16, writeGguf } from "./gguf.ts";

export type MatrixType = "F16" | "Q8_0" | "Q4_0";

export interface DecoderShape {
  readonly architecture: "gpt2" | "llama";
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly vocabularySize: number;
  readonly maxPositions: number;
}

interface GgufModel {
  readonly metadata: Record<string, GgufValue>;
  readonly tensors: GgufTensor[];
}

/** Metadata and tensors with N(0, 0.02²)-like weights; the tokenizer is a vocabulary without merges, which llama.cpp insists on. */
export function randomModel(shape: DecoderShape, type: MatrixType, random: Random): GgufModel {
  const { architecture, layers, width, heads, mlpWidth, vocabularySize, maxPositions } = shape;
  const own = {
    context_length: maxPositions,
    embedding_length: width,
    feed_forward_length: mlpWidth,
    block_count: layers,
    "attention.head_count": heads,
    ...(architecture === "llama"
      ? {
          "attention.head_count_kv": heads,
          "attention.layer_norm_rms_epsilon": { float32: 1e-6 },
          "rope.dimension_count": width / heads,
        }
      : { "attention.layer_norm_epsilon": { float32: 1e-5 } }),
  };
  const metadata: Record<string, GgufValue> = {
    "general.architecture": architecture,
    "general.name": `${architecture} ${layers} x ${width}, random`,
    "general.file_type": { F16: 1, Q4_0: 2, Q8_0: 7 }[type],
    ...Object.fromEntries(Object.entries(own).map(([name, value]) => [`${architecture}.${name}`, value])),
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "gpt-2",
    "tokenizer.ggml.tokens": Array.from({ length: vocabularySize }, (_, id) => `t${id}`),
    "tokenizer.ggml.token_type": new Int32Array(vocabularySize).fill(1),
    "tokenizer.ggml.merges": ["t 0"],
    "tokenizer.ggml.bos_token_id": 2,
    "tokenizer.ggml.eos_token_id": 2,
  };
  const draw = drawing(type, random);
  return { metadata, tensors: architecture === "llama" ? llamaTensors(shape, draw) : gpt2Tensors(shape, draw) };
}

interface Drawing {
  /** Rows of `columns` values. */
  matrix(name: string, columns: number, rows: number, as?: GgmlType): GgufTensor;
  vector(name: string, size: number, value: number): GgufTensor;
}

function drawing(type: MatrixType, random: Random): Drawing {
  const pools = new Map<GgmlType, Buffer>();
  return {
    matrix(name, columns, rows, as = type) {
      const tensor = { name, sizes: [columns, rows], type: as };
      return {
        ...tensor,
        bytes() {
          if (!pools.has(as)) pools.set(as, randomBlocks(as, random));
          return repeated(pools.get(as)!, tensorBytes(tensor), GGML[as].bytes, random);
        },
      };
    },
    vector: (name, size, value) => ({
      name,
      sizes: [size],
      type: "F32",
      bytes: () => [new Uint8Array(new Float32Array(size).fill(value).buffer)],
    }),
  };
}

function gpt2Tensors(shape: DecoderShape, { matrix, vector }: Drawing): GgufTensor[] {
  const { layers, width, mlpWidth, vocabularySize, maxPositions } = shape;
  const norm = (name: string): GgufTensor[] => [vector(`${name}.weight`, width, 1), vector(`${name}.bias`, width, 0)];
  const linear = (name: string, columns: number, rows: number): GgufTensor[] => [
    matrix(`${name}.weight`, columns, rows),
    vector(`${name}.bias`, rows, 0),
  ];
  return [
    matrix("token_embd.weight", width, vocabularySize), // the head too: GPT-2 without output.weight is tied
    matrix("position_embd.weight", width, maxPositions, "F32"),
    ...norm("output_norm"),
    ...blocks(layers, (block) => [
      ...norm(`${block}.attn_norm`),
      ...linear(`${block}.attn_qkv`, width, 3 * width),
      ...linear(`${block}.attn_output`, width, width),
      ...norm(`${block}.ffn_norm`),
      ...linear(`${block}.ffn_up`, width, mlpWidth),
      ...linear(`${block}.ffn_down`, mlpWidth, width),
    ]),
  ];
}

/** Llama 2: every head has keys and values of its own, and the model a head of its own. */
function llamaTensors(shape: DecoderShape, { matrix, vector }: Drawing): GgufTensor[] {
  const { layers, width, mlpWidth, vocabularySize } = shape;
  return [
    matrix("token_embd.weight", width, vocabularySize),
    vector("output_norm.weight", width, 1),
    matrix("output.weight", width, vocabularySize),
    ...blocks(layers, (block) => [
      vector(`${block}.attn_norm.weight`, width, 1),
      ...["attn_q", "attn_k", "attn_v", "attn_output"].map((name) => matrix(`${block}.${name}.weight`, width, width)),
      vector(`${block}.ffn_norm.weight`, width, 1),
      ...["ffn_gate", "ffn_up"].map((name) => matrix(`${block}.${name}.weight`, width, mlpWidth)),
      matrix(`${block}.ffn_down.weight`, mlpWidth, width),
    ]),
  ];
}

function blocks(layers: number, tensorsOf: (block: string) => GgufTensor[]): GgufTensor[] {
  return Array.from({ length: layers }, (_, n) => tensorsOf(`blk.${n}`)).flat();
}

/** Writes such a file unless it is there. */
export async function ensureRandomGguf(
  path: string,
  shape: DecoderShape,
  type: MatrixType,
  random: Random,
): Promise<void> {
  if (
    await stat(path).then(
      () => true,
      () => false,
    )
  )
    return;
  const { metadata, tensors } = randomModel(shape, type, random);
  await writeGguf(path, metadata, tensors);
}

const POOL_BLOCKS = 1 << 17;

/** Blocks whose values have a standard deviation of about 0.02. */
function randomBlocks(type: GgmlType, random: Random): Buffer {
  const { values, bytes } = GGML[type];
  const pool = Buffer.alloc(POOL_BLOCKS * bytes);
  for (let block = 0; block < POOL_BLOCKS; block++) {
    const start = block * bytes;
    if (values === 1) {
      const value = 0.02 * random.normal();
      if (type === "F32") pool.writeFloatLE(value, start);
      else pool.writeUInt16LE(toFloat16(value), start);
      continue;
    }
    // Evenly drawn whole numbers of b bits have a deviation of 2^b / sqrt(12): 74 and 4.6.
    pool.writeUInt16LE(toFloat16(type === "Q8_0" ? 0.02 / 74 : 0.02 / 4.6), start);
    for (let i = 2; i < bytes; i++) pool[start + i] = random.nextUint32() >>> 24;
  }
  return pool;
}

/** `length` bytes of whole blocks out of the pool, from a drawn place on and around again. */
function* repeated(pool: Buffer, length: number, block: number, random: Random): Iterable<Uint8Array> {
  let position = random.integer(POOL_BLOCKS) * block;
  while (length > 0) {
    const piece = pool.subarray(position, Math.min(pool.length, position + length));
    yield piece;
    length -= piece.length;
    position = 0;
  }
}
