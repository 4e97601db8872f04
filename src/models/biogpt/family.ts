/** BioGPT as a model family: what its files hold, how it is run, trained and asked. */
import { internalError } from "../../base/errors.ts";
import { MOSES_BPE } from "../../tokenizers/moses-bpe/folder-kind.ts";
import type { ModelFamily } from "../family.ts";
import {
  BIOGPT_BASE,
  BIOGPT_LARGE,
  type BioGptConfig,
  configFromSettings,
  configFromTensors,
  describeBioGpt,
  END_ID,
  learnedPrompt,
  PAD_ID,
  POSITION_OFFSET,
  parseBioGptConfig,
  toHuggingFaceConfig,
} from "./config.ts";
import { buildEncoder } from "./encoder.ts";
import { buildGenerator, cacheShape } from "./generator.ts";
import { INITIALIZATIONS, initialValues } from "./initial-weights.ts";
import { OUTER_NAMES, ourName, tensorSpecs } from "./tensor-names.ts";
import { trainableBioGpt } from "./trainable.ts";

export const BIOGPT: ModelFamily<BioGptConfig> = {
  modelType: "biogpt",
  title: "BioGPT",
  presets: { biogpt: BIOGPT_BASE, "biogpt-large": BIOGPT_LARGE },

  parseConfig: parseBioGptConfig,
  configFromTensors,
  configFromSettings,
  learnedTokens: learnedPrompt,
  toConfigJson: toHuggingFaceConfig,
  describe: describeBioGpt,

  tensors: tensorSpecs,
  ourName,
  knownNames: OUTER_NAMES,

  buildGenerator,
  cacheShape,
  buildEncoder,
  heads: [
    {
      kind: "tokens",
      architecture: "BioGptForTokenClassification",
      weight: "classifier.weight",
      bias: "classifier.bias",
    },
    { kind: "sequence", architecture: "BioGptForSequenceClassification", weight: "score.weight" },
  ],
  positions: { kind: "table", offset: POSITION_OFFSET },
  trainable: trainableBioGpt,
  initializations: INITIALIZATIONS,
  initialValues({ layers }, name, shape, { seed, initialization }) {
    const known = INITIALIZATIONS.find((kind) => kind === (initialization ?? "fairseq"));
    if (known === undefined) throw internalError(`there is no initialization ${initialization}`);
    return initialValues(name, shape, { seed, initialization: known, layers });
  },

  tokenizer: MOSES_BPE,
  /** `</s>` begins every sequence and ends every document; `<s>` is never used. */
  specialIds(_config, tokenizer) {
    const end = tokenizer?.endId ?? END_ID;
    return { begin: end, end, pad: tokenizer?.padId ?? PAD_ID };
  },
  encodePrompt: (text, tokenizer) => [tokenizer.endId, ...tokenizer.encode(text)],
};
