/** A schema beside other settings: what would cut the JSON short, or leave it without a next token, is refused. */
import { Breath } from "../../base/breath.ts";
import { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Constraint, GenerationSettings } from "../../generation/generation.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TextSettings } from "../text-types.ts";
import { jsonConstraint } from "./json-constraint.ts";
import type { JsonSchema } from "./schema.ts";

const EXCLUDED = {
  stop: "A stop string could stand within the JSON and cut it.",
  minNewTokens: "The JSON is whole when it is whole.",
  noRepeatNGram: "JSON repeats its marks and names.",
  bannedIds: "The JSON may need any token.",
  bannedSequences: "The JSON may need any token.",
  constraint: "Two constraints together may leave no next token.",
} as const;

/** @throws BiogptError `generation/contradiction`, `pretrained/json-schema` */
export function jsonSettings(
  tokenizer: Tokenizer,
  schema: JsonSchema,
  endId: number,
  settings: TextSettings,
): Pick<GenerationSettings, "constraint"> {
  for (const [name, why] of Object.entries(EXCLUDED)) {
    const value = settings[name as keyof typeof EXCLUDED];
    const isThere = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== 0;
    if (isThere) throw contradiction(name, why);
  }
  if (settings.stopAtEnd === false) throw contradiction("stopAtEnd", "JSON that is whole can only end.");
  return { constraint: keptConstraint(tokenizer, schema, endId) };
}

/** Has every kind of value, so that texts of it ask for every list of tokens that a schema may need. */
const SAMPLE: JsonSchema = {
  type: "object",
  properties: {
    a: { type: "string", maxLength: 4 },
    b: { type: "array", items: { type: ["number", "boolean"] }, maxItems: 2 },
  },
  required: ["a", "b"],
  additionalProperties: false,
};
const SAMPLES = 4;
const SAMPLE_TOKENS = 64;

/** Makes of a tokenizer, bit by bit, what its first schema would make at once: a tenth of a second for a vocabulary of 42,384. */
export async function prepareJson(tokenizer: Tokenizer, endId: number): Promise<void> {
  const breath = new Breath();
  if (tokenizer.writing?.() === undefined) return;
  await breath.take();
  const random = new Random(1);
  const constraint = jsonConstraint(tokenizer, SAMPLE, endId);
  for (let sample = 0; sample < SAMPLES; sample++) {
    let state = constraint.start([]);
    for (let i = 0; i < SAMPLE_TOKENS; i++) {
      const allowed = [...(constraint.allowed(state) ?? [])];
      if (allowed.length === 0) break;
      state = constraint.next(state, allowed[random.integer(allowed.length)]!);
      await breath.take();
    }
  }
}

/** Schemas of a tokenizer whose constraints are kept: several sequences, and requests after one another, share what was found. */
const MOST_KEPT = 4;
const LONGEST_KEPT = 100_000;
const kept = new WeakMap<Tokenizer, Map<string, Constraint>>();

function keptConstraint(tokenizer: Tokenizer, schema: JsonSchema, endId: number): Constraint {
  const known = kept.get(tokenizer) ?? new Map<string, Constraint>();
  kept.set(tokenizer, known);
  const key = keyOf(schema, endId);
  const constraint = (key === undefined ? undefined : known.get(key)) ?? jsonConstraint(tokenizer, schema, endId);
  if (key === undefined) return constraint;
  known.delete(key); // so that it is the last again
  known.set(key, constraint);
  if (known.size > MOST_KEPT) known.delete(known.keys().next().value!);
  return constraint;
}

/** Undefined for what is too long to keep, or no JSON: compiling says what is wrong with it. */
function keyOf(schema: JsonSchema, endId: number): string | undefined {
  try {
    const text = JSON.stringify(schema);
    return text.length > LONGEST_KEPT ? undefined : `${endId} ${text}`;
  } catch {
    return undefined;
  }
}

function contradiction(name: string, why: string): BiogptError {
  return new BiogptError("generation/contradiction", {
    what: `${name} and a JSON schema were both given.`,
    why,
    fix: "Leave one of them out.",
  });
}
