/**
 * What a caller may ask of generation: the settings, their checks, and what follows from them.
 *
 * A setting that would have no effect is an error, and so is an unknown name: both are slips that would otherwise change results silently.
 */
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import type { Constraint } from "./constraints/constraints.ts";
import {
  banSequences,
  banTokens,
  type LogitRule,
  minNewTokens,
  noRepeatNGram,
  repetitionPenalty,
} from "./constraints/rules.ts";
import type { CachedModel } from "./engine/model.ts";
import type { SamplingSettings } from "./search/sampling.ts";
import {
  type DefaultedSetting,
  defaultOf,
  GENERATION_TABLE,
  type GenerationSettingName,
  type GenerationValue,
  isInRange,
  type PlainSettings,
  rangeOf,
  rowOf,
} from "./setting-table.ts";

/**
 * Looks at the generated tokens after each one and says whether to stop: false goes on, true stops and keeps all of them, a number stops and
 * keeps that many (a stop string is cut off so). Tokens cut off may have been streamed before.
 */
export type StopCheck = (generated: readonly number[]) => boolean | number;

/** How sequences are scored: see `scoring` in setting-table.ts. */
export type Scoring = GenerationValue<"scoring">;

/** What a caller may ask for: the table's plain values, which docs/formats/generation.md lists, and what only a program can give. */
export interface GenerationSettings extends PlainSettings {
  /** Token that ends a sequence and is its last generated one. Default: none, only `maxNewTokens` ends it. */
  readonly endId?: number | undefined;
  readonly stop?: StopCheck | undefined;
  /** Tokens never generated: padding, the learned prompt's. */
  readonly bannedIds?: readonly number[] | undefined;
  /** Token sequences never completed. */
  readonly bannedSequences?: readonly (readonly number[])[] | undefined;
  /** Further rules, run after those of the table and before those of sampling. */
  readonly rules?: readonly LogitRule[] | undefined;
  readonly constraint?: Constraint | undefined;
}

/** Settings with their defaults in place, checked against a model. */
export interface CheckedSettings {
  readonly endId: number | undefined;
  readonly maxNewTokens: number;
  readonly stop: StopCheck | undefined;
  readonly constraint: Constraint | undefined;
  /** Run in this order on each row, before the constraint. */
  readonly rules: readonly LogitRule[];
  /** How a token is drawn, after the constraint; undefined where the best one is taken. */
  readonly sampling: SamplingSettings | undefined;
  readonly seed: number;
  readonly searched: boolean;
  readonly beams: number;
  readonly scoring: Scoring;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | "never";
  readonly renormalize: boolean;
  readonly leastScore: number;
  readonly returnCount: number;
  readonly draftTokens: number;
  readonly alternatives: number;
}

/** Those that are no plain values. */
const OTHERS = ["endId", "stop", "bannedIds", "bannedSequences", "rules", "constraint"];
const PLAIN_NAMES = Object.keys(GENERATION_TABLE) as GenerationSettingName[];
export const SETTING_NAMES: readonly string[] = [...PLAIN_NAMES, ...OTHERS];

/**
 * @throws BiogptError `generation/unknown-setting`, `generation/setting` (out of range), `generation/contradiction`, `generation/no-effect`,
 *         `generation/too-many-beams`
 */
export function checkSettings(settings: GenerationSettings, model: CachedModel): CheckedSettings {
  checkNames(settings);
  for (const name of PLAIN_NAMES) checkValue(name, settings[name]);
  const { vocabularySize } = model;
  const { endId } = settings;
  const given = <Name extends DefaultedSetting>(name: Name): GenerationValue<Name> =>
    (settings[name] ?? defaultOf(name)) as GenerationValue<Name>;
  const [scoring, beams, returnCount] = [given("scoring"), given("beams"), given("returnCount")];
  if (endId !== undefined) checkIds("endId", [endId], vocabularySize);
  checkIds("bannedIds", settings.bannedIds ?? [], vocabularySize);
  for (const sequence of settings.bannedSequences ?? []) {
    checkIds("bannedSequences", sequence, vocabularySize);
    if (sequence.length === 0) throw settingError("bannedSequences holds an empty sequence.", "Leave it out.");
  }

  const shaped = settings.topK !== undefined || settings.topP !== undefined || settings.minP !== undefined;
  const heat = settings.temperature ?? (shaped ? 1 : 0);
  const sampled = heat > 0;
  const searched = beams > 1 || (scoring === "fairseq" && !sampled);
  checkTogether(settings, { sampled, searched, scoring, beams, returnCount });
  if (beams > model.slotCount) {
    throw new BiogptError("generation/too-many-beams", {
      what: `${beams} beams do not fit: the model was opened with ${model.slotCount} slots.`,
      why: "Each beam is a sequence of its own in the model's cache.",
      fix: `Ask for at most ${model.slotCount} beams, or open the model with more slots.`,
    });
  }
  return {
    endId,
    maxNewTokens: given("maxNewTokens"),
    stop: settings.stop,
    constraint: settings.constraint,
    rules: rulesOf(settings),
    sampling: sampled
      ? {
          temperature: heat,
          topK: settings.topK,
          exactly: scoring === "fairseq",
          topP: settings.topP,
          minP: settings.minP,
        }
      : undefined,
    seed: given("seed"),
    searched,
    beams,
    scoring,
    lengthPenalty: given("lengthPenalty"),
    earlyStopping: given("earlyStopping"),
    renormalize: given("renormalize"),
    leastScore: settings.leastScore ?? Number.NEGATIVE_INFINITY,
    returnCount,
    draftTokens: given("draftTokens"),
    alternatives: given("alternatives"),
  };
}

/** In the order of transformers' `_get_logits_processor`. */
function rulesOf(settings: GenerationSettings): LogitRule[] {
  const { endId } = settings;
  const rules: LogitRule[] = [];
  if ((settings.repetitionPenalty ?? 1) !== 1) rules.push(repetitionPenalty(settings.repetitionPenalty!));
  if (settings.noRepeatNGram) rules.push(noRepeatNGram(settings.noRepeatNGram));
  if (settings.bannedSequences?.length) rules.push(banSequences(settings.bannedSequences));
  if (settings.minNewTokens && endId !== undefined) rules.push(minNewTokens(settings.minNewTokens, endId));
  if (settings.bannedIds?.length) rules.push(banTokens(settings.bannedIds));
  return [...rules, ...(settings.rules ?? [])];
}

function checkNames(settings: GenerationSettings): void {
  for (const name of Object.keys(settings)) {
    if (SETTING_NAMES.includes(name)) continue;
    throw new BiogptError("generation/unknown-setting", {
      what: `There is no setting "${name}".`,
      fix: `The settings are ${SETTING_NAMES.toSorted().join(", ")}.${didYouMean(name, SETTING_NAMES)}`,
    });
  }
}

function checkValue(name: GenerationSettingName, value: unknown): void {
  if (value === undefined) return;
  const row = rowOf(name);
  if (row.kind === "choice") checkChoice(name, value, row.choices);
  else if (!isInRange(row, value)) throw settingError(`${name} is ${String(value)}.`, `Give ${rangeOf(row)}.`);
}

function checkIds(name: string, ids: readonly number[], vocabularySize: number): void {
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (wrong === undefined) return;
  throw settingError(`${name} holds ${wrong}.`, `Token ids are whole numbers from 0 to ${vocabularySize - 1}.`);
}

function checkChoice(name: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  const near = didYouMean(String(value), choices.map(String));
  throw settingError(
    `${name} is ${JSON.stringify(value)}.`,
    `It is one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}.${near}`,
  );
}

function checkTogether(
  settings: GenerationSettings,
  {
    sampled,
    searched,
    scoring,
    beams,
    returnCount,
  }: Pick<CheckedSettings, "searched" | "scoring" | "beams" | "returnCount"> & { readonly sampled: boolean },
): void {
  if (sampled && beams > 1) {
    throw contradiction(
      `${beams} beams and sampling were both asked for.`,
      "Beam search keeps the most probable tokens; sampling draws them.",
      "Use beams, or temperature with topK, topP or minP (several draws: returnCount).",
    );
  }
  for (const name of ["topK", "topP", "minP", "seed"] as const) {
    if (settings[name] !== undefined && !sampled) {
      throw noEffect(name, "nothing is drawn at temperature 0", "Set temperature above 0, or leave it out.");
    }
  }
  if (settings.topK !== undefined && settings.topP !== undefined && scoring === "fairseq") {
    throw contradiction(
      "topK and topP were both given with fairseq's semantics.",
      "fairseq ignores top-k where top-p is set.",
      "Give one of them, or scoring huggingface, which applies both.",
    );
  }
  if ((settings.minNewTokens ?? 0) > 0 && settings.endId === undefined) {
    throw noEffect("minNewTokens", "there is no end token to forbid", "Set endId, or leave it out.");
  }
  if (scoring === "fairseq" && searched && settings.endId === undefined) {
    throw contradiction(
      "fairseq's search needs an end token.",
      "It counts ended hypotheses only.",
      "Set endId, or use scoring huggingface.",
    );
  }
  if (
    settings.minNewTokens !== undefined &&
    settings.maxNewTokens !== undefined &&
    settings.minNewTokens > settings.maxNewTokens
  ) {
    throw contradiction(
      `minNewTokens (${settings.minNewTokens}) is over maxNewTokens (${settings.maxNewTokens}).`,
      undefined,
      "Make it smaller.",
    );
  }
  if (settings.earlyStopping !== undefined && settings.earlyStopping !== false && !searched) {
    throw noEffect("earlyStopping", "it belongs to beam search", "Set beams above 1, or leave it out.");
  }
  if (settings.earlyStopping === "never" && scoring === "fairseq") {
    throw noEffect(
      "earlyStopping",
      "fairseq's search always ends when enough hypotheses have",
      "Use scoring huggingface, or leave it out.",
    );
  }
  if (settings.renormalize === true) {
    const fix = "Leave it out.";
    if (!searched) throw noEffect("renormalize", "it belongs to beam search", fix);
    if (scoring === "fairseq") throw noEffect("renormalize", "fairseq sums the model's own log-probabilities", fix);
    if (rulesOf(settings).length === 0 && settings.constraint === undefined)
      throw noEffect("renormalize", "nothing is forbidden", fix);
  }
  if (settings.leastScore !== undefined && !searched)
    throw noEffect("leastScore", "it belongs to beam search", "Set beams above 1, or leave it out.");
  if ((settings.draftTokens ?? 0) > 0 && searched) {
    throw noEffect("draftTokens", "a beam search does not draft", "Set beams to 1, or leave it out.");
  }
  if ((settings.alternatives ?? 0) > 0 && searched) {
    throw noEffect("alternatives", "a beam search tells its hypotheses", "Set beams to 1, or leave it out.");
  }
  if (!sampled && returnCount > beams) {
    throw contradiction(
      `${returnCount} sequences cannot come from ${beams} ${beams === 1 ? "beam" : "beams"}.`,
      searched ? "A search returns at most its beams." : "Greedy decoding has one result.",
      `Set beams to at least ${returnCount}, or sample with a temperature.`,
    );
  }
}

function settingError(what: string, fix: string): BiogptError {
  return new BiogptError("generation/setting", { what, fix });
}

function contradiction(what: string, why: string | undefined, fix: string): BiogptError {
  return new BiogptError("generation/contradiction", {
    what,
    ...(why === undefined ? {} : { why }),
    fix,
  });
}

function noEffect(name: string, why: string, fix: string): BiogptError {
  return new BiogptError("generation/no-effect", { what: `${name} has no effect here: ${why}.`, fix });
}

/**
 * @throws BiogptError `generation/empty-prompt`, `generation/prompt-too-long`, `generation/prompt-token`
 */
export function checkPrompt(prompt: readonly number[], model: CachedModel): void {
  if (prompt.length === 0) {
    throw new BiogptError("generation/empty-prompt", {
      what: "The prompt has no tokens.",
      why: "The first token is predicted from the ones before it.",
      fix: "Give at least the begin token (</s>, id 2, for BioGPT).",
    });
  }
  if (prompt.length > model.maxLength) {
    throw new BiogptError("generation/prompt-too-long", {
      what: `The prompt has ${prompt.length} tokens; the model's context holds ${model.maxLength}.`,
      fix: "Shorten the prompt or split it into windows.",
    });
  }
  const isRow = (id: number): boolean => id < 0 && (model.holdsRow?.(id) ?? false);
  const wrong = prompt.find((id) => !Number.isInteger(id) || (id < 0 && !isRow(id)) || id >= model.vocabularySize);
  if (wrong !== undefined) {
    throw new BiogptError("generation/prompt-token", {
      what: `The prompt holds ${wrong}, which is no token of the model.`,
      why: `Token ids are whole numbers from 0 to ${model.vocabularySize - 1}.`,
      fix: "Use the tokenizer that belongs to the model.",
    });
  }
}

/**
 * What is scored has a probability, which rows given in place of tokens have not.
 *
 * @throws BiogptError `generation/contradiction`
 */
export function checkScored(ids: readonly number[]): void {
  if (ids.every((id) => id >= 0)) return;
  throw contradiction(
    "An embedding row was to be scored.",
    "Only tokens have a probability; scoring as fairseq does counts the prompt's too.",
    "Score from the token behind the last row on, and leave scoring at its default.",
  );
}
