/**
 * Every setting of generation that is a plain value: its kind and range, its default, what it means. Types, checks, the commands' options and
 * docs/formats/generation.md are made of this table; nothing else says any of it.
 *
 * Settings that hold ids or functions are not here (settings.ts): they are for programs alone.
 */

interface Described {
  /** What the option's help says; no default, no full stop. */
  readonly help: string;
  /** Further sentences for docs/formats/generation.md. */
  readonly more?: string;
  /** What the option's value is called. */
  readonly argument: string;
  /** What holds where there is no default value. */
  readonly otherwise?: string;
  /** The option's name where it is not the setting's; null where there is none. */
  readonly option?: string | null;
  /** Read only in one way of decoding; elsewhere it is refused, as it would have no effect. */
  readonly needs?: "sampling" | "search" | "no search";
}

/** A number of a range; the upper ends that are not mathematical only keep slips and overflow out. */
export interface NumberRow extends Described {
  readonly kind: "number";
  /** Default: none. */
  readonly min?: number;
  readonly max?: number;
  readonly whole?: true;
  /** `min` itself is not in the range. */
  readonly aboveMin?: true;
  readonly default?: number;
}

export interface ChoiceRow extends Described {
  readonly kind: "choice";
  readonly choices: readonly (string | boolean)[];
  readonly default: string | boolean;
}

export type GenerationRow = NumberRow | ChoiceRow;

const TABLE = {
  maxNewTokens: {
    kind: "number",
    min: 1,
    whole: true,
    default: 200, // fairseq's max_len_b
    argument: "n",
    help: "most generated tokens",
    more: "Never more than the context has room for.",
  },
  minNewTokens: {
    kind: "number",
    min: 0,
    whole: true,
    default: 0,
    argument: "n",
    help: "fewest generated tokens before the end",
    more: "The end token is forbidden before this many others.",
  },
  temperature: {
    kind: "number",
    min: 0,
    max: 1000,
    argument: "x",
    otherwise: "0, or 1 with --top-k, --top-p or --min-p",
    help: "draw tokens at this temperature; 0 is greedy",
    more: "Tokens are drawn from softmax(logits / temperature).",
  },
  topK: {
    kind: "number",
    min: 1,
    whole: true,
    argument: "n",
    otherwise: "all",
    needs: "sampling",
    help: "draw from the n most probable tokens",
  },
  topP: {
    kind: "number",
    min: 0,
    max: 1,
    aboveMin: true,
    default: 1,
    argument: "share",
    needs: "sampling",
    help: "draw from the most probable tokens that reach this share of probability",
  },
  minP: {
    kind: "number",
    min: 0,
    max: 1,
    default: 0,
    argument: "share",
    needs: "sampling",
    help: "draw from tokens at least this share as probable as the best",
  },
  seed: {
    kind: "number",
    whole: true,
    default: 0,
    argument: "n",
    needs: "sampling",
    help: "seed of the draws",
    more: "A sequence depends on its prompt, the settings and the seed alone, not on what else is running.",
  },
  repetitionPenalty: {
    kind: "number",
    min: 0,
    max: 100,
    aboveMin: true,
    default: 1,
    argument: "x",
    help: "above 1 makes tokens of prompt and text less likely",
  },
  noRepeatNGram: {
    kind: "number",
    min: 0,
    whole: true,
    default: 0,
    argument: "n",
    option: "--block-repeated-ngrams",
    help: "no sequence of n tokens twice; 0 turns it off",
    more: "The prompt's count as well.",
  },
  beams: {
    kind: "number",
    min: 1,
    max: 1024,
    whole: true,
    default: 1,
    argument: "n",
    help: "hypotheses kept in beam search; 1 is greedy",
    more: "At most the model's slots; with `temperature` above 0 it must be 1.",
  },
  scoring: {
    kind: "choice",
    choices: ["huggingface", "fairseq"],
    default: "huggingface",
    argument: "rule",
    help: "how beams are scored",
    more: "`huggingface`: sum of the generated tokens' log-probabilities / (generated tokens)^lengthPenalty. `fairseq`: the sums with the prompt's tokens, without its first, included above and below; it searches with one beam too.",
  },
  lengthPenalty: {
    kind: "number",
    min: -100,
    max: 100,
    default: 1,
    argument: "x",
    help: "exponent of the length that a beam's score is divided by",
    more: "Above 0 favours long, below 0 short sequences.",
  },
  earlyStopping: {
    kind: "choice",
    choices: [true, false, "never"],
    default: false,
    argument: "when",
    needs: "search",
    help: "end a beam search when that many beams have ended",
    more: "`false`: when the best open beam, at its present length, scores under the worst ended one; `never`: when none can come to score over it. fairseq's scoring always does what `true` says.",
  },
  renormalize: {
    kind: "choice",
    choices: [true, false],
    default: false,
    argument: "whether",
    option: null,
    needs: "search",
    help: "sum each token's probability among those that rules and constraint allow",
    more: "transformers' `renormalize_logits`: forced tokens cost nothing, and scores of a constraint's sequences are those of a distribution over them.",
  },
  leastScore: {
    kind: "number",
    max: 0,
    argument: "nats",
    option: null,
    otherwise: "none is given up",
    needs: "search",
    help: "give up open beams whose summed log-probability is under this",
    more: "In nats. No sequence over it is lost, as sums only fall; the last open beam stays while nothing has ended.",
  },
  returnCount: {
    kind: "number",
    min: 1,
    max: 1024,
    whole: true,
    default: 1,
    argument: "n",
    option: "--return",
    help: "sequences returned for each prompt, best first",
    more: "At most `beams` in a search, any number of draws in sampling.",
  },
  draftTokens: {
    kind: "number",
    min: 0,
    max: 64,
    whole: true,
    default: 0,
    argument: "n",
    needs: "no search",
    help: "tokens guessed from the prompt and checked at once: same text, fewer steps",
    more: "0 turns it off. It rests in larger batches, where it would not pay.",
  },
  alternatives: {
    kind: "number",
    min: 0,
    max: 64,
    whole: true,
    default: 0,
    argument: "n",
    option: null,
    needs: "no search",
    help: "so many of the most probable tokens are told beside each generated one",
    more: "For programs and the server; 0 tells none.",
  },
} as const;

type Table = typeof TABLE;
export const GENERATION_TABLE: Table = TABLE satisfies Readonly<Record<string, GenerationRow>>;
export type GenerationSettingName = keyof Table;

type ValueOf<Row> = Row extends { readonly kind: "choice"; readonly choices: readonly (infer Choice)[] }
  ? Choice
  : number;
export type GenerationValue<Name extends GenerationSettingName> = ValueOf<Table[Name]>;

/** The settings of the table as they are given: any may be left out. */
export type PlainSettings = { readonly [Name in GenerationSettingName]?: GenerationValue<Name> | undefined };

/** A row of any setting, without the types of its own. */
export function rowOf(name: GenerationSettingName): GenerationRow {
  return TABLE[name];
}

/** Settings with a default value. */
export type DefaultedSetting = {
  [Name in GenerationSettingName]: Table[Name] extends { readonly default: unknown } ? Name : never;
}[GenerationSettingName];

export function defaultOf<Name extends DefaultedSetting>(name: Name): GenerationValue<Name> {
  return TABLE[name].default as GenerationValue<Name>;
}

export function isInRange(
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole, aboveMin }: NumberRow,
  value: unknown,
): boolean {
  if (typeof value !== "number" || (whole === true && !Number.isSafeInteger(value))) return false;
  return (aboveMin === true ? value > min : value >= min) && value <= max;
}

/** For people: "a whole number from 1", "a number above 0 up to 1". */
export function rangeOf({ min, max, whole, aboveMin }: NumberRow): string {
  const low = min === undefined ? "" : aboveMin === true ? ` above ${min}` : ` from ${min}`;
  const high = max === undefined ? "" : ` up to ${max}`;
  return `a ${whole === true ? "whole " : ""}number${low}${high}`;
}

/** The option of a setting; undefined where it has none. */
export function generationOptionName(name: GenerationSettingName): string | undefined {
  const { option } = rowOf(name);
  if (option === null) return undefined;
  return option ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The default, for people. */
export function generationDefault(row: GenerationRow): string {
  return row.otherwise ?? `${row.default}`;
}
