/** What a pretraining is asked for, and what it starts from: settings, places, the tokenizer, first weights. */
import { resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import type { ModelFamily } from "../../models/family.ts";
import { DEFAULT_FAMILY, familyOf } from "../../models/registry.ts";
import { openModelTokenizer, openTokenizerOfKind } from "../../pretrained/load/tokenizer-folder.ts";
import {
  configFromSettings,
  type InitialWeights,
  newWeights,
  weightsOfFolder,
} from "../../pretrained/save/trainable-folder.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { promptBegin, type Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { RunDescription } from "../../training/run/run-folder.ts";
import { expectEffect, parsePretrainingSettings } from "../../training/settings/parse-settings.ts";
import { PRESETS } from "../../training/settings/presets.ts";
import {
  type GivenPretrainingSettings,
  PRETRAINING,
  type PretrainingSettings,
} from "../../training/settings/tables.ts";
import { isRecord, readSettings, required } from "./run-settings.ts";

export interface PretrainOptions {
  /** A JSON file of settings, or a preset: `tiny`, `d256l6`, `d384l8`, `biogpt`. Required, but for a run that goes on. */
  readonly config?: string | undefined;
  /** What `prepareCorpus` wrote, or a folder or file of documents. Required, but for a run that goes on. */
  readonly data?: string | undefined;
  /** Documents to evaluate on. Default: the corpus's own held-out part, or every hundredth document. */
  readonly heldOut?: string | undefined;
  /** Folder of the tokenizer, as `trainTokenizer` writes it. Default: that of `from`. */
  readonly tokenizer?: string | undefined;
  /** Run folder: new or empty, or with `resume` the run's. */
  readonly out: string;
  /** Folder of a model whose weights and tokenizer are started from; `model` in the settings is then ignored. Default: new weights. */
  readonly from?: string | undefined;
  /** Settings by name, which win over `config`. */
  readonly settings?: GivenPretrainingSettings | undefined;
  /** Goes on with the run in `out`; nothing else need be given. Default false. */
  readonly resume?: boolean | undefined;
  /** Default `cpu`. */
  readonly device?: DeviceName | undefined;
  /** Default: the physical cores. */
  readonly threads?: number | undefined;
}

export interface PretrainRequest {
  readonly settings: PretrainingSettings;
  /** Full paths. */
  readonly data: string;
  readonly heldOut: string | undefined;
  readonly from: string | undefined;
  readonly tokenizerFolder: string;
}

/**
 * @param before the run that goes on
 * @throws BiogptError `cli/usage`, `training/settings`, `training/no-config`
 */
export function pretrainRequest(options: PretrainOptions, before: RunDescription | undefined): PretrainRequest {
  const { config, settings: given = {} } = options;
  if (before === undefined) required(config, "--config FILE|PRESET", "pretrain");
  const place = (value: string | undefined, name: string): string | undefined =>
    value === undefined ? before?.data[name] : resolve(value);
  const from = place(options.from, "from");
  /** A model that is there has its shape. */
  const parse: typeof parsePretrainingSettings = (json, name) =>
    parsePretrainingSettings(from !== undefined && isRecord(json) ? { model: {}, ...json } : json, name);
  const settings = readSettings({ config, overrides: given }, { before: before?.settings, presets: PRESETS, parse });
  expectEffect(PRETRAINING, settings, given);
  const data = required(place(options.data, "documents"), "--data DIR", "pretrain");
  const tokenizerFolder =
    before === undefined ? required(options.tokenizer ?? from, "--tokenizer DIR", "pretrain") : resolve(options.out);
  return { settings, data, heldOut: place(options.heldOut, "heldOut"), from, tokenizerFolder };
}

export interface PretrainingStart {
  readonly tokenizer: Tokenizer;
  readonly weights: InitialWeights;
}

/** @throws BiogptError `tokenizers/…`, `training/settings`, `training/wrong-tokenizer` */
export async function pretrainingStart(
  { settings, from, tokenizerFolder }: PretrainRequest,
  signal: AbortSignal | undefined,
): Promise<PretrainingStart> {
  const { seed, initialization, length, model } = settings;
  const tokenizer =
    from === undefined
      ? await openTokenizerOfKind(familyOfSettings(model).tokenizer, tokenizerFolder, { signal })
      : await openModelTokenizer(tokenizerFolder, { signal });
  const { vocabularySize, padId } = tokenizer;
  const endId = expectEnd(tokenizer, tokenizerFolder);
  const [begin] = promptBegin(tokenizer);
  const special = { end: endId, pad: padId, ...(begin === undefined ? {} : { begin }) };
  const weights =
    from === undefined
      ? newWeights(configFromSettings(model, vocabularySize, length, special), seed, initialization)
      : await weightsOfFolder(from, { vocabularySize, seed });
  const { maxPositions } = weights.config;
  if (length > maxPositions) {
    throw new BiogptError("training/settings", {
      what: `Sequences of ${length} tokens do not fit into the model's ${maxPositions} positions.`,
      fix: "Lower length.",
    });
  }
  return { tokenizer, weights };
}

function familyOfSettings({ modelType }: Readonly<Record<string, unknown>>): ModelFamily {
  return modelType === undefined ? DEFAULT_FAMILY : familyOf({ modelType: `${modelType}` });
}

/** @throws BiogptError `training/wrong-tokenizer` for a vocabulary that says nothing of how a text ends */
export function expectEnd({ endId }: Tokenizer, folder: string): number {
  if (endId >= 0) return endId;
  throw new BiogptError("training/wrong-tokenizer", {
    what: `The tokenizer in ${folder} names no token that ends a text.`,
    why: "Documents are told apart by it, and a model learns from it when to stop.",
    fix: "Name one as eos_token in its tokenizer_config.json.",
  });
}
