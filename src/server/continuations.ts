/** What completions and chat share: one request as several sequences on the model's engine, their pieces in the order in which they come. */
import { randomInt } from "node:crypto";
import { BiogptError } from "../base/errors.ts";
import type { LogitRule, TokenAlternative } from "../generation/generation.ts";
import type { EmbeddedPrompt, Generation, TextSettings } from "../pretrained/model.ts";
import type { BiogptModel } from "../workflows/biogpt-model.ts";
import { schemaOfFormat } from "./contract/response-format.ts";
import type { SamplingFields, WireSchema } from "./contract.ts";
import { RequestError } from "./errors.ts";
import type { RouteRequest } from "./route.ts";
import type { ReadyModel } from "./served-models.ts";
import type { Services } from "./services.ts";

/** A piece of one of the sequences. */
export interface Piece {
  /** prompt * n + which of its n. */
  readonly index: number;
  /** What stands between the prompt and the text, before the first piece of text. */
  readonly separator: string;
  readonly text: string;
  readonly ids: readonly number[];
  readonly logProbabilities: readonly number[];
  readonly alternatives: readonly (readonly TokenAlternative[])[];
  /** With the last piece. */
  readonly generation?: Generation;
}

/** Ids, or parts with rows of molecules and proteins between them; as long as the positions that it takes. */
export type ServedPrompt = readonly number[] | (EmbeddedPrompt & { readonly length: number });

export interface Continuing {
  readonly prompts: readonly ServedPrompt[];
  readonly n: number;
  readonly settings: TextSettings;
  /** Its `n` sequences come of one search. */
  readonly searched: boolean;
  /** That it decodes at once. */
  readonly sequences: number;
}

/** Most sequences of a request, over its prompts. */
const MOST_SEQUENCES = 128;

interface ContinuingOptions {
  readonly maxNewTokens: number;
  readonly alternatives: number;
  /** Strings that end an answer of the model's chat format; JSON ends by itself. */
  readonly ends?: readonly string[];
  /** The field in which the form of the text stands. */
  readonly formatField?: string;
}

/**
 * A request's fields as settings, with OpenAI's defaults.
 *
 * @throws RequestError `server/request` for fields that contradict each other
 */
export function continuing(
  { model }: Pick<ReadyModel, "model">,
  prompts: readonly ServedPrompt[],
  fields: SamplingFields,
  { maxNewTokens, alternatives, ends = [], formatField = "response_format" }: ContinuingOptions,
): Continuing {
  const n = fields.n ?? 1;
  const beams = fields.beams ?? 1;
  const searched = beams > 1;
  if (prompts.length * n > MOST_SEQUENCES)
    throw unusable(`${prompts.length * n} sequences were asked for.`, `At most ${MOST_SEQUENCES} a request.`, "n");
  if (searched && (fields.temperature ?? 0) !== 0)
    throw unusable("Beams and a temperature were both given.", "A beam search draws nothing: leave one out.", "beams");
  const shaped = fields.top_p != null || fields.top_k !== undefined || fields.min_p !== undefined;
  const temperature = searched ? 0 : (fields.temperature ?? 1);
  if (temperature === 0 && shaped && fields.top_p !== 1)
    throw unusable("top_p, top_k and min_p have no effect where nothing is drawn.", "Leave them out.", "temperature");
  const drawn = temperature > 0;
  const rules = [
    ...(fields.logit_bias == null ? [] : [biased(fields.logit_bias)]),
    ...penalties(fields.presence_penalty ?? 0, fields.frequency_penalty ?? 0),
  ];
  const jsonSchema = schemaOfFormat(fields.response_format);
  const own = typeof fields.stop === "string" ? [fields.stop] : (fields.stop ?? []);
  const stop = jsonSchema === undefined ? [...own, ...ends] : [];
  if (jsonSchema !== undefined) {
    if (own.length > 0) throw unusable("stop and JSON were both asked for.", "JSON ends when it is whole.", "stop");
    if ((fields.no_repeat_ngram ?? 0) > 0)
      throw unusable("JSON repeats its marks and names.", "Leave no_repeat_ngram out.", "no_repeat_ngram");
    expectSchema(model, jsonSchema, formatField);
  }
  const settings: TextSettings = {
    maxNewTokens,
    temperature,
    ...(drawn
      ? {
          topP: fields.top_p ?? undefined,
          topK: fields.top_k,
          minP: fields.min_p,
          seed: fields.seed ?? randomInt(2 ** 31),
        }
      : {}),
    repetitionPenalty: fields.repetition_penalty,
    noRepeatNGram: fields.no_repeat_ngram,
    ...(rules.length === 0 ? {} : { rules }),
    ...(stop.length === 0 ? {} : { stop }),
    ...(jsonSchema === undefined ? {} : { jsonSchema }),
    ...(alternatives === 0 ? {} : { alternatives }),
    ...(searched
      ? { beams, returnCount: n, lengthPenalty: fields.length_penalty, earlyStopping: fields.early_stopping }
      : { lengthPenalty: fields.length_penalty }),
  };
  return { prompts, n, settings, searched, sequences: prompts.length * (searched ? beams : n) };
}

/**
 * Runs all sequences of a request at once.
 *
 * @returns the whole of each, by index
 * @throws whatever the engine throws; the request's reason where its signal fired
 */
export async function* continued(
  { model, served }: ReadyModel,
  { prompts, n, settings, searched }: Continuing,
  request: Pick<RouteRequest, "signal" | "note"> & { readonly began: number },
  { metrics, turnstile }: Pick<Services, "metrics" | "turnstile">,
): AsyncGenerator<Piece, readonly Generation[], void> {
  const stop = new AbortController(); // when one sequence fails, or nobody listens any more, the others need not go on
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const label = { model: served.name };
  const watch = (): (() => void) => {
    let before: number | undefined;
    return () => {
      const now = performance.now();
      if (before === undefined) metrics.firstToken.observe(label, (now - request.began) / 1000);
      else metrics.betweenTokens.observe(label, (now - before) / 1000);
      before = now;
    };
  };
  const one = async function* (prompt: ServedPrompt, index: number): AsyncGenerator<Piece, void, void> {
    const seeded = settings.seed === undefined ? {} : { seed: settings.seed + (index % n) };
    const tick = watch();
    let separator = "";
    for await (const chunk of model.stream(prompt, { ...settings, ...seeded, signal })) {
      if (chunk.ids.length > 0) tick();
      if (chunk.generation?.finishReason === "aborted") return;
      separator = chunk.separator ?? separator;
      const { text, ids, logProbabilities, alternatives = [], generation } = chunk;
      const piece = { index, separator: text === "" ? "" : separator, text, ids, logProbabilities, alternatives };
      if (text !== "") separator = "";
      await turnstile.pass();
      yield generation === undefined ? piece : { ...piece, generation };
    }
  };
  const search = async function* (prompt: ServedPrompt, first: number): AsyncGenerator<Piece, void, void> {
    const tick = watch();
    const [found = []] = await model.generate(prompt, { ...settings, signal });
    for (const [i, generation] of found.entries()) {
      if (generation.finishReason === "aborted") return;
      tick();
      const { text, ids, logProbabilities, separator } = generation;
      await turnstile.pass();
      yield { index: first + i, separator, text, ids, logProbabilities, alternatives: [], generation };
    }
  };
  const runs = searched
    ? prompts.map((prompt, p) => search(prompt, p * n))
    : prompts.flatMap((prompt, p) => Array.from({ length: n }, (_, i) => one(prompt, p * n + i)));
  const whole: Generation[] = [];
  try {
    for await (const piece of merged(runs)) {
      if (piece.generation !== undefined) whole[piece.index] = piece.generation;
      yield piece;
    }
  } finally {
    stop.abort();
  }
  if (request.signal.aborted) throw request.signal.reason;
  const generated = whole.reduce((sum, { ids }) => sum + ids.length, 0);
  const prompted = prompts.reduce((sum, { length }) => sum + length, 0);
  metrics.promptTokens.inc(label, prompted);
  metrics.generatedTokens.inc(label, generated);
  request.note({ promptTokens: prompted, generatedTokens: generated });
  return whole;
}

/** What several generators give, in the order in which it comes; the first that fails ends all. */
export async function* merged<Value>(
  generators: readonly AsyncGenerator<Value, void, void>[],
): AsyncGenerator<Value, void, void> {
  const next = async (index: number): Promise<{ index: number; result: IteratorResult<Value, void> }> => ({
    index,
    result: await generators[index]!.next(),
  });
  const waiting = new Map(generators.map((_, index) => [index, next(index)]));
  try {
    while (waiting.size > 0) {
      const { index, result } = await Promise.race(waiting.values());
      if (result.done === true) {
        waiting.delete(index);
        continue;
      }
      waiting.set(index, next(index));
      yield result.value;
    }
  } finally {
    for (const [index, pending] of waiting) {
      pending.catch(() => {}); // the first error is the one to tell
      void generators[index]!.return().catch(() => {});
    }
  }
}

/** Wire's reason; an aborted sequence never comes so far. */
export function finishReason({ finishReason: reason }: Generation): "stop" | "length" {
  return reason === "stop" ? "stop" : "length";
}

/** @throws RequestError `pretrained/json-schema`, before the request waits for its turn */
function expectSchema(model: BiogptModel, jsonSchema: WireSchema, field: string): void {
  try {
    model.expectSettings({ jsonSchema });
  } catch (error) {
    if (!(error instanceof BiogptError) || error.code !== "pretrained/json-schema") throw error;
    const { code, what, why, fix } = error;
    const rest = { ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) };
    throw new RequestError(code, { what, ...rest }, field);
  }
}

function biased(bias: Readonly<Record<string, number>>): LogitRule {
  const entries = Object.entries(bias).map(([id, value]) => [Number(id), value] as const);
  return (_, logits) => {
    for (const [id, value] of entries) if (id < logits.length) logits[id] = logits[id]! + value;
  };
}

/** OpenAI's two penalties, of the tokens of the answer alone. */
function penalties(presence: number, frequency: number): LogitRule[] {
  if (presence === 0 && frequency === 0) return [];
  return [
    ({ sequence, promptLength }, logits) => {
      const counts = new Map<number, number>();
      for (const id of sequence.slice(promptLength)) counts.set(id, (counts.get(id) ?? 0) + 1);
      for (const [id, times] of counts) logits[id] = logits[id]! - presence - frequency * times;
    },
  ];
}

export function unusable(what: string, fix: string, param: string | null): RequestError {
  return new RequestError("server/request", { what, fix }, param);
}

/** @throws BiogptError `generation/prompt-too-long` where a prompt leaves no room for an answer */
export function roomFor(prompts: readonly Pick<ServedPrompt, "length">[], context: number): number {
  const longest = Math.max(...prompts.map(({ length }) => length));
  if (longest < context) return context - longest;
  throw tooLong(`The prompt has ${longest} tokens; the model's context holds ${context}, answer included.`, "prompt");
}

export function tooLong(what: string, which: string): BiogptError {
  return new BiogptError("generation/prompt-too-long", { what, fix: `Shorten the ${which}.`, kind: "usage" });
}
