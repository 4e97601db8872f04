/** Llamas as model families: one definition, four `model_type`s. */
import { hashText, Random } from "../../base/random.ts";
import { elementCount } from "../../graph/data-type.ts";
import { SUBWORDS } from "../../tokenizers/subword-folder.ts";
import { promptBegin } from "../../tokenizers/tokenizer.ts";
import type { ModelFamily } from "../family.ts";
import {
  BIOMEDGPT_LM,
  describeLlama,
  type LlamaConfig,
  type LlamaModelType,
  parseLlamaConfig,
  toLlamaConfigJson,
  VARIANTS,
} from "./config.ts";
import { buildEncoder, buildGenerator, cacheShape } from "./graphs.ts";
import { llamaFromSettings } from "./settings.ts";
import { OUTER_NAMES, ourName, tensorSpecs } from "./tensor-names.ts";
import { trainableLlama } from "./trainable.ts";

function llamaFamily(
  modelType: LlamaModelType,
  more: Partial<Pick<ModelFamily<LlamaConfig>, "presets" | "chatFormat">> = {},
): ModelFamily<LlamaConfig> {
  const { title } = VARIANTS[modelType];
  return {
    modelType,
    title,
    presets: {},
    ...more,

    parseConfig: (json) => parseLlamaConfig(modelType, json),
    configFromSettings: (settings, vocabularySize, special) =>
      llamaFromSettings(modelType, settings, vocabularySize, special),
    toConfigJson: toLlamaConfigJson,
    describe: describeLlama,

    tensors: tensorSpecs,
    ourName,
    knownNames: OUTER_NAMES,

    buildGenerator,
    cacheShape,
    buildEncoder,
    heads: [
      {
        kind: "tokens",
        architecture: `${title}ForTokenClassification`,
        weight: "score.weight",
        bias: "score.bias",
      },
      { kind: "sequence", architecture: `${title}ForSequenceClassification`, weight: "score.weight" },
    ],
    positions: { kind: "rotary" },
    trainable: trainableLlama,
    initializations: ["normal"],
    /** N(0, 0.02²), as all four of transformers' `_init_weights`; biases 0, gains 1. */
    initialValues(_config, name, shape, { seed }) {
      const values = new Float32Array(elementCount(shape));
      if (name.endsWith(".gain")) return values.fill(1);
      if (name.endsWith(".bias")) return values;
      const random = new Random(seed ^ hashText(name));
      for (let i = 0; i < values.length; i++) values[i] = 0.02 * random.normal();
      return values;
    },

    tokenizer: SUBWORDS,
    specialIds: ({ beginId, endId, padId }) => ({
      ...(beginId === undefined ? {} : { begin: beginId }),
      end: endId,
      ...(padId === undefined ? {} : { pad: padId }),
    }),
    encodePrompt: (text, tokenizer) => [...promptBegin(tokenizer), ...tokenizer.encode(text)],
  };
}

export const LLAMA: ModelFamily<LlamaConfig> = llamaFamily("llama", {
  presets: { "biomedgpt-lm-7b": BIOMEDGPT_LM },
  chatFormat: "biomedgpt-2023", // BioMedGPT-LM's repository holds no template
});
export const MISTRAL: ModelFamily<LlamaConfig> = llamaFamily("mistral");
export const QWEN2: ModelFamily<LlamaConfig> = llamaFamily("qwen2");
export const QWEN3: ModelFamily<LlamaConfig> = llamaFamily("qwen3");
