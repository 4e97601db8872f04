/** From a checkpoint's entries to a decoder that runs: (quantised copy), graph, device, compiled program, cache. */
import { BiogptError } from "../../base/errors.ts";
import { elementCount } from "../../graph/data-type.ts";
import { type CacheType, cachedHeadWidth } from "../../layers/cached-attention.ts";
import type { CachedDecoder } from "../../models/cached-decoder.ts";
import { bytesPerPosition } from "../../models/key-value-cache.ts";
import type { PromptSubject } from "../../models/prompt-encoder.ts";
import { CAPABILITIES, type Device, type OperatorProfile } from "../../runtime/device.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { cacheSteps, observed } from "./cache-steps.ts";
import { contextLength, decoderOver, type RunnableCheckpoint } from "./compile-graph.ts";
import { type CompileOptions, compileModel } from "./compile-model.ts";
import { filesOf, type LoadPlan } from "./load-plan.ts";
import { checkMemory, freeMemory } from "./memory.ts";
import { graphType } from "./model-checkpoint.ts";
import { linearBytes, type Precision } from "./precision.ts";

export interface DecoderOptions extends CompileOptions {
  /** Sequences that can be decoded at once: requests, beams. Default 16; memory is taken only as they are used. */
  readonly slots?: number | undefined;
  /** Most tokens of a sequence. Default and maximum: the model's own. */
  readonly contextLength?: number | undefined;
  /**
   * Bytes that the keys and values of all sequences may take; more of one request than fits is told before it starts, and requests wait for each
   * other where they do not fit together. At least one whole context is granted. Default: three quarters of the memory that is free.
   */
  readonly cacheMemory?: number | undefined;
  /**
   * How keys and values are kept: `int8` takes a quarter of the memory and decodes faster; its steps are measured once on a fixed text. Default: `int8`
   * where the weights are quantised and the device can, else `float32`.
   */
  readonly cacheType?: CacheType | undefined;
  /** Of the model, for errors. */
  readonly name?: string | undefined;
  /** Called before any weight is read. */
  readonly onPlan?: ((plan: LoadPlan) => void) | undefined;
}

export interface OpenedDecoder {
  readonly device: Device;
  readonly decoder: CachedDecoder;
  readonly profile: () => OperatorProfile[];
  readonly dispose: () => void;
}

/**
 * @param tokenizer by which the text is read that an 8-bit cache is measured on; absent: tokens are drawn
 * @throws BiogptError `pretrained/context-length`, `pretrained/cache-type`, `runtime/…`
 */
export async function openDecoder(
  checkpoint: RunnableCheckpoint,
  precision: Precision,
  options: DecoderOptions = {},
  tokenizer?: Tokenizer,
): Promise<OpenedDecoder> {
  const { family, config } = checkpoint;
  const maxLength = contextLength(config, options.contextLength);
  const cache = family.cacheShape(config);
  const type = cacheType(precision, options);
  const context = maxLength * bytesPerPosition({ ...cache, headWidth: cachedHeadWidth(cache.headWidth) }, type);
  const weightBytes = copiedBytes(checkpoint, precision, undefined);
  const budget = Math.max(cacheMemory(options.cacheMemory), context);
  const encoders = Object.keys(family.promptEncoders?.(config) ?? {}) as PromptSubject[];
  options.onPlan?.({
    ...{ name: options.name ?? "the model", precision, files: filesOf(checkpoint.entries), weightBytes },
    encoderBytes: Math.max(0, ...encoders.map((kind) => copiedBytes(checkpoint, precision, kind))),
    ...{ contextBytes: context, contextLength: maxLength, cacheBytes: budget, freeBytes: freeMemory() },
  });
  checkMemory(weightBytes + context, `The model with one context of ${maxLength} tokens, in ${precision},`);
  const steps =
    type === "int8" ? await cacheSteps(checkpoint, precision, observed(checkpoint, tokenizer), options) : undefined;
  const { device, program } = await compileModel(checkpoint, precision, options, (storage) =>
    family.buildGenerator(config, storage, type),
  );
  const { slots = 16, name } = options;
  const decoder = decoderOver(checkpoint, { device, program }, { maxLength, slots, cacheMemory: budget, steps, name });
  const dispose = (): void => {
    decoder[Symbol.dispose]();
    program[Symbol.dispose]();
    device[Symbol.dispose]();
  };
  return { device, decoder, profile: () => program.profile(), dispose };
}

/**
 * Bytes of weights that are not read where they lie: repacked for their kernels, or put in order and rounded.
 *
 * @param of the encoder whose weights are counted; undefined: the language model's
 */
export function copiedBytes(
  { family, config, entries }: RunnableCheckpoint,
  precision: Precision,
  of: PromptSubject | undefined,
): number {
  return family.tensors(config).reduce((sum, { name, shape, kind, encoder }) => {
    if (encoder !== of) return sum;
    if (precision !== "fp32" && kind === "linear") return sum + linearBytes(precision, name, shape);
    const { contiguous, dtype, source } = entries.get(name)!;
    const isMapped = contiguous && dtype === graphType({ dtype }) && source.path !== undefined;
    return isMapped ? sum : sum + 4 * elementCount(shape);
  }, 0);
}

function cacheType(precision: Precision, { cacheType: asked, device = "cpu" }: DecoderOptions): CacheType {
  const { quantizedCache } = CAPABILITIES[device];
  if (asked === "int8" && !quantizedCache) {
    throw new BiogptError("pretrained/cache-type", {
      what: `Keys and values were to be kept in 8 bits on ${device}, which has no attention over those.`,
      fix: "Leave the type of the cache out, or load the model on cpu.",
      kind: "usage",
    });
  }
  return asked ?? (precision !== "fp32" && quantizedCache ? "int8" : "float32");
}

/** Share of the free memory that the cache may take: the rest is for what the graph computes with. */
const CACHE_SHARE = 0.75;

function cacheMemory(asked: number | undefined): number {
  if (asked === undefined) return CACHE_SHARE * freeMemory();
  if (Number.isFinite(asked) && asked > 0) return asked;
  throw new BiogptError("pretrained/cache-memory", {
    what: `${asked} bytes were to be the memory for keys and values.`,
    fix: "Give a number of bytes above 0, or leave it out.",
    kind: "usage",
  });
}
