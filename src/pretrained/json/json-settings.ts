/** A schema beside other settings: what would cut the JSON short, or leave it without a next token, is refused. */
import { BiogptError } from "../../base/errors.ts";
import type { GenerationSettings } from "../../generation/generation.ts";
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
  return { constraint: jsonConstraint(tokenizer, schema, endId) };
}

function contradiction(name: string, why: string): BiogptError {
  return new BiogptError("generation/contradiction", {
    what: `${name} and a JSON schema were both given.`,
    why,
    fix: "Leave one of them out.",
  });
}
