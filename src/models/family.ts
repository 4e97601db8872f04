/**
 * What a model family is: everything that the rest of the package wants to know of a kind of model, as one record by `model_type`.
 *
 * `pretrained/` reads any folder through it, `generation/` and `training/` get from it what they run. Nobody compares a `modelType`: a
 * record is asked for what it can do. A new family is a folder here with its record, and a line in `registry.ts`.
 *
 * Three names mean the same in every family, since they are shared, tied, grown and quantised: `TOKEN_TABLE`, `HEAD`, and
 * `blocks.{n}.…` for the tensors of layer n.
 *
 * Shapes   C width · V vocabulary · P positions
 */
import { elementCount } from "../graph/data-type.ts";
import type { Graph } from "../graph/graph.ts";
import type { CacheForm, CacheShape } from "../layers/cached-attention.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { TokenizerKind } from "../tokenizers/tokenizer-kind.ts";
import type { FolderLayout } from "./folder-layout.ts";
import type { PromptEncoders, PromptSubject } from "./prompt-encoder.ts";
import type { TrainableDecoder } from "./trainable-decoder.ts";
import type { WeightStorage } from "./weight-storage.ts";

export type { WeightStorage };

/** Our name of the token embedding (V, C). */
export const TOKEN_TABLE = "tokenEmbedding";
/** Our name of the head (V, C); absent where the token embedding is used. */
export const HEAD = "head.weight";

/** What every model has; a family's own config has more. Plain data. */
export interface ModelConfig {
  /** `model_type` of config.json, by which the registry finds the family. */
  readonly modelType: string;
  readonly layers: number;
  /** Width C of the residual stream. */
  readonly width: number;
  readonly heads: number;
  /** Width F of the MLP. */
  readonly mlpWidth: number;
  /** Rows V of the token embedding. */
  readonly vocabularySize: number;
  /** Most tokens P of a sequence. */
  readonly maxPositions: number;
  /** Whether the head is the token embedding. */
  readonly tied: boolean;
  /** Shares dropped while training: of embeddings and residuals, and of attention weights. */
  readonly dropout: number;
  readonly attentionDropout: number;
}

/**
 * - `linear`  the matrix (outputs, inputs) of a linear layer: may be quantised and adapted
 * - `dense`   a matrix that is multiplied by as it is: neither quantised nor adapted
 * - `table`   rows that are looked up
 * - `vector`  a bias or a norm
 */
export type TensorKind = "linear" | "dense" | "table" | "vector";

export interface TensorSpec {
  /** Ours. */
  readonly name: string;
  readonly huggingFace: string;
  /** Where fairseq has the model too. */
  readonly fairseq?: string;
  readonly shape: readonly number[];
  readonly kind: TensorKind;
  /** Of which encoder it is, where not of the language model: only read while that encoder is open. */
  readonly encoder?: PromptSubject;
}

/** Ids with a meaning for decoding. */
export interface SpecialIds {
  /** Stands before every prompt; absent: nothing does. */
  readonly begin?: number;
  /** Ends a text. */
  readonly end: number;
  /** Fills batches and is never generated; absent: there is none. */
  readonly pad?: number;
}

/** Where a token stands: a row of a learned table, `offset` for the first token, or an angle by which heads are rotated. */
export type Positions = { readonly kind: "table"; readonly offset: number } | { readonly kind: "rotary" };

/** Weight (L, C) and bias (L) of a head that gives L classes, by our names. */
export const CLASS_HEAD = { weight: "classes.weight", bias: "classes.bias" } as const;

/**
 * How transformers stores a head that gives classes.
 *
 * - `tokens`    one for each token
 * - `sequence`  one for each text, read at its last token that is no padding
 */
export interface HeadLayout {
  readonly kind: "tokens" | "sequence";
  /** In `architectures` of config.json. */
  readonly architecture: string;
  /** Names of its tensors. */
  readonly weight: string;
  readonly bias?: string;
}

/** What is wanted of a pass over whole sequences. */
export interface EncoderOutputs {
  /** `hidden.{n}` of these: 0 is the embedding, n what comes out of block n, the last one normalised; transformers' `hidden_states`. */
  readonly layers?: readonly number[];
  /** `scores` of a head, whose weights are those of `CLASS_HEAD`. */
  readonly head?: { readonly classes: number; readonly bias: boolean };
}

export interface InitialOptions {
  readonly seed: number;
  /** One of the family's `initializations`; default its first. */
  readonly initialization?: string;
}

/** What a checkpoint's own tensors say of its config. */
export interface FittedConfig<Config> {
  readonly config: Config;
  /** Tensors whose values stand in the config now, by our names; they are no weights any more. */
  readonly taken: readonly string[];
}

/** A method's `config` is always one of the same record's making; methods compare bivariantly, so records of all families fit one list. */
export interface ModelFamily<Config extends ModelConfig = ModelConfig> {
  readonly modelType: string;
  /** For people, as in "no tensor of BioGPT". */
  readonly title: string;
  /** Configs of the published sizes, by short names. */
  readonly presets: Readonly<Record<string, Config>>;

  /**
   * The config from the parsed config.json.
   *
   * @throws BiogptError `models/config` naming the field that is missing or wrong
   */
  parseConfig(json: unknown): Config;
  /**
   * The config that the tensors themselves imply, for checkpoints without a config.json; absent where shapes say too little.
   *
   * @param shapes our names to shapes
   * @param hints  what the checkpoint says of itself: fairseq's `cfg` or `args`, else undefined
   * @throws BiogptError `models/config`
   */
  configFromTensors?(shapes: ReadonlyMap<string, readonly number[]>, hints?: unknown): Config;
  /**
   * The config of a model to be trained from nothing, from the `model` part of a run's settings; absent where none is trained here.
   *
   * @param special of its tokenizer
   * @throws BiogptError `training/settings`
   */
  configFromSettings?(settings: Readonly<Record<string, unknown>>, vocabularySize: number, special: SpecialIds): Config;
  /** How many of the vocabulary's last rows are a learned prompt, from the same `hints`; absent: no checkpoint of the family says. */
  learnedTokens?(hints: unknown): number;
  /**
   * The config where the tensors know better than config.json: sizes that it does not hold, values that are read from the file. Absent: it says all.
   *
   * @param shapes our names to shapes
   * @param read   the values of a tensor
   * @throws BiogptError `models/config`
   */
  fit?(
    config: Config,
    shapes: ReadonlyMap<string, readonly number[]>,
    read: (name: string) => Promise<Float32Array>,
  ): Promise<FittedConfig<Config>>;
  /** Folders of the family that have no config.json beside the weights; absent: all have. */
  readonly layout?: FolderLayout;
  /** config.json, for checkpoints of our own. */
  toConfigJson(config: Config): Record<string, unknown>;
  /** One line of sizes, for `biogpt inspect`. */
  describe(config: Config): string;

  /** Every tensor: tables first, then layer by layer, `HEAD` last and only where it is not tied. */
  tensors(config: Config): TensorSpec[];
  /** Our name for a checkpoint's tensor, `"dropped"` for one that is left out on purpose, undefined for an unknown one. */
  ourName(theirs: string): { readonly name: string } | "dropped" | undefined;
  /** Some of the names that checkpoints use, for "did you mean". */
  readonly knownNames: readonly string[];

  /** One step over cached rows; its inputs and outputs are those of `CachedDecoder`. */
  buildGenerator(config: Config, storage: WeightStorage, cache?: CacheForm): Graph;
  /** The key-value cache that the generator reads and writes. */
  cacheShape(config: Config): CacheShape;
  readonly positions: Positions;
  /** The model as training wants it; absent where it cannot be trained here. */
  trainable?(config: Config): TrainableDecoder;
  /** Names of the ways to draw first weights, the default first; absent where `trainable` is. */
  readonly initializations?: readonly string[];
  /** First values of one tensor. They depend on seed, name and shape alone. */
  initialValues?(config: Config, name: string, shape: readonly number[], options: InitialOptions): Float32Array;
  /** Reads whole sequences at once, without a cache; its inputs and outputs are those of `SequenceEncoder`. Absent where the family only decodes. */
  buildEncoder?(config: Config, storage: WeightStorage, outputs: EncoderOutputs): Graph;
  /** What makes rows of prompts of molecules and proteins; absent where the family reads text alone. */
  promptEncoders?(config: Config): PromptEncoders;
  /** The heads that transformers has for the family, besides the language model's. */
  readonly heads?: readonly HeadLayout[];

  /** How the folder's tokenizer is opened, and of which files it consists. */
  readonly tokenizer: TokenizerKind;
  /** @param tokenizer where there is one; ids need none */
  specialIds(config: Config, tokenizer?: Tokenizer): SpecialIds;
  /** The chat format (tokenizers/chat/formats.ts) of models of the family that bring no template; absent where none is made for conversations. */
  readonly chatFormat?: string;
  /** The ids of a prompt, its begin token included. */
  encodePrompt(text: string, tokenizer: Tokenizer, config: Config): number[];
}

/** Parameters, a tied head counted once. */
export function parameterCount(tensors: readonly TensorSpec[]): number {
  return tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
