/** What a model is given and what it gives: prompts, settings, texts and their scores. */
import type { ReportProgress } from "../base/progress.ts";
import type { FinishReason, GenerationSettings, TokenAlternative } from "../generation/generation.ts";
import type { JsonSchema } from "./json/schema.ts";

/** A prompt as text, or as token ids that are used as they are (the first should be `</s>`, 2). */
export type Prompt = string | readonly number[];

/**
 * A prompt whose parts, in order, are ids or rows (n, width) in place of ids, as an encoder made them of a molecule; or rows alone. Positions are
 * not added to rows, and whatever begins a prompt is among the parts.
 */
export interface EmbeddedPrompt {
  readonly inputsEmbeds: Float32Array | readonly (Float32Array | readonly number[])[];
}

export interface TextSettings extends Omit<GenerationSettings, "endId" | "stop"> {
  /** Strings that end a text; they and what follows are left out of it. */
  readonly stop?: readonly string[] | undefined;
  /** Whether `</s>` may end a text. Default true. */
  readonly stopAtEnd?: boolean | undefined;
  /**
   * The text is JSON that this schema allows (docs/formats/json-schema.md says which are taken); true: any JSON. A text that reaches `maxNewTokens` first
   * (`finishReason` "length") is the beginning of one.
   */
  readonly jsonSchema?: JsonSchema | undefined;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

export type GenerateOptions = TextSettings & RunOptions;

export interface Generation {
  /** The prompt as given; ids are decoded, rows left out. */
  readonly prompt: string;
  /** -1 where a row stood. */
  readonly promptIds: readonly number[];
  /** Generated ids, with the final `</s>` if it came. */
  readonly ids: readonly number[];
  /** Text of the generated ids alone. */
  readonly text: string;
  /** What stands between the prompt's text and `text`: a space or nothing. */
  readonly separator: string;
  /** Sum of log-probabilities (nats) divided by length^lengthPenalty; what is summed is `scoring`'s affair. */
  readonly score: number;
  readonly finishReason: FinishReason;
  /** Natural log of each generated token's probability under the unmodified model. */
  readonly logProbabilities: readonly number[];
  /** At each of its places the most probable tokens, best first; absent where none were asked for. */
  readonly alternatives?: readonly (readonly TokenAlternative[])[];
}

/** A piece of a text that is being generated. The last one brings the whole. */
export interface TextChunk {
  /** Text that will not change any more. */
  readonly text: string;
  readonly ids: readonly number[];
  /** Of each of the ids; see `Generation`. */
  readonly logProbabilities: readonly number[];
  readonly alternatives?: readonly (readonly TokenAlternative[])[];
  /** Of the first piece alone: what stands between the prompt and it. */
  readonly separator?: string;
  readonly generation?: Generation;
}

export interface TextScore {
  readonly text: string;
  /** Predicted tokens, the final `</s>` included where it was asked for. */
  readonly tokens: number;
  /** Sum of log-probabilities, nats. */
  readonly logLikelihood: number;
  /** exp(-logLikelihood / tokens). */
  readonly perplexity: number;
  /** -logLikelihood / ln 2 / characters (code points); comparable between vocabularies. Undefined for the empty text. */
  readonly bitsPerCharacter: number | undefined;
}
