/** `/v1/completions`: prompts continued, whole or as a stream. */
import { randomUUID } from "node:crypto";
import type { TokenAlternative } from "../../generation/generation.ts";
import type { Generation } from "../../pretrained/model.ts";
import {
  continued,
  continuing,
  finishReason,
  type Piece,
  roomFor,
  type ServedPrompt,
  unusable,
} from "../continuations.ts";
import { completion, completionRequest } from "../contract/generation.ts";
import { schemaOfFormat } from "../contract/response-format.ts";
import type { Completion, CompletionChoice, CompletionLogprobs, CompletionRequest, WireUsage } from "../contract.ts";
import { json, type Route, type RouteRequest, route } from "../route.ts";
import type { ReadyModel } from "../served-models.ts";
import type { Services } from "../services.ts";
import { tokenText } from "../token-texts.ts";

/** OpenAI's. */
const USUAL_TOKENS = 16;

export function completionRoutes(services: Services): Route[] {
  return [
    route<CompletionRequest>({
      method: "post",
      path: "/v1/completions",
      tag: "generation",
      summary: "Continue prompts",
      body: completionRequest,
      answers: {
        200: { description: "The completions, or a stream of them.", schema: completion, media: "text/event-stream" },
      },
      handle: (request) => complete(services, request),
    }),
  ];
}

async function complete(services: Services, request: RouteRequest<CompletionRequest>): Promise<Response> {
  const { body } = request;
  const alternatives = body.logprobs ?? 0;
  if (body.echo === true && body.logprobs != null)
    throw unusable("Echoed prompts have no log-probabilities here.", "Leave out echo or logprobs.", "echo");
  if (body.echo === true && schemaOfFormat(body.response_format) !== undefined)
    throw unusable("An echoed prompt would stand before the JSON.", "Leave out echo.", "echo");
  const ready = await services.models.generative(body.model, request.signal);
  const prompts = promptsOf(body.prompt, ready);
  const room = roomFor(prompts, ready.model.config.maxPositions);
  const maxNewTokens = Math.min(body.max_tokens ?? USUAL_TOKENS, room);
  const work = continuing(ready, prompts, body, { maxNewTokens, alternatives });
  const { turn, began } = await services.enter(ready.served, "generation", request, work.sequences);
  const head = {
    id: `cmpl-${randomUUID()}`,
    object: "text_completion" as const,
    created: Math.floor(Date.now() / 1000),
    model: ready.served.name,
    system_fingerprint: ready.model.hash.slice(0, 16),
  };
  const told = new Told(ready, body, prompts, work.n);
  const pieces = continued(ready, work, { signal: request.signal, note: request.note, began }, services);
  if (body.stream === true) return services.stream(chunks(), turn, request);
  try {
    let next = await pieces.next();
    const choices = new Map<number, CompletionChoice>();
    for (; next.done !== true; next = await pieces.next()) {
      const part = told.choice(next.value);
      choices.set(part.index, joined(choices.get(part.index), part));
    }
    const usage = usageOf(prompts, next.value);
    return json({
      ...head,
      choices: [...choices.values()].sort((a, b) => a.index - b.index),
      usage,
    } satisfies Completion);
  } finally {
    turn[Symbol.dispose]();
  }

  async function* chunks(): AsyncGenerator<Completion, void, void> {
    try {
      let next = await pieces.next();
      for (; next.done !== true; next = await pieces.next()) {
        const choice = told.choice(next.value);
        if (choice.text !== "" || choice.finish_reason !== null || choice.logprobs !== null)
          yield { ...head, choices: [choice], ...(wantsUsage(body) ? { usage: null } : {}) };
      }
      if (wantsUsage(body)) yield { ...head, choices: [], usage: usageOf(prompts, next.value) };
    } finally {
      await pieces.return([]);
    }
  }
}

export function wantsUsage({ stream_options: options }: Pick<CompletionRequest, "stream_options">): boolean {
  return options?.include_usage === true;
}

/** Texts as ids, each with its begin token. @throws RequestError for a prompt without a token of its own, or ids that are none */
function promptsOf(prompt: CompletionRequest["prompt"], { model }: ReadyModel): number[][] {
  const list = typeof prompt === "string" || typeof prompt[0] === "number" ? [prompt] : prompt;
  return (list as readonly (string | readonly number[])[]).map((one) => {
    const ids = typeof one === "string" ? model.encodePrompt(one) : [...one];
    if (typeof one === "string" && ids.length <= model.encodePrompt("").length)
      throw unusable("A prompt is empty.", "Give a text to continue, or token ids.", "prompt");
    return ids;
  });
}

export function usageOf(
  prompts: readonly Pick<ServedPrompt, "length">[],
  generations: readonly Generation[],
): WireUsage {
  const prompted = prompts.reduce((sum, { length }) => sum + length, 0);
  const generated = generations.reduce((sum, { ids }) => sum + ids.length, 0);
  return { prompt_tokens: prompted, completion_tokens: generated, total_tokens: prompted + generated };
}

/** Pieces as choices: what was said of each sequence before decides the separator, the echo and the offsets of tokens. */
class Told {
  readonly #ready: ReadyModel;
  readonly #body: CompletionRequest;
  readonly #prompts: readonly (readonly number[])[];
  readonly #n: number;
  readonly #sequences = new Map<number, { offset: number; ids: number[]; echoed: boolean }>();

  constructor(ready: ReadyModel, body: CompletionRequest, prompts: readonly (readonly number[])[], n: number) {
    this.#ready = ready;
    this.#body = body;
    this.#prompts = prompts;
    this.#n = n;
  }

  choice(piece: Piece): CompletionChoice {
    const { index, generation } = piece;
    const sequence = this.#sequences.get(index) ?? { offset: 0, ids: [], echoed: false };
    this.#sequences.set(index, sequence);
    let text = piece.separator + piece.text;
    if (this.#body.echo === true && !sequence.echoed && (text !== "" || generation !== undefined)) {
      sequence.echoed = true;
      text = this.#promptText(index) + text;
    }
    return {
      index,
      text,
      logprobs: this.#body.logprobs == null || piece.ids.length === 0 ? null : this.#logprobs(piece, sequence),
      finish_reason: generation === undefined ? null : finishReason(generation),
    };
  }

  #promptText(index: number): string {
    const prompt = Math.floor(index / this.#n);
    const { prompt: given } = this.#body;
    if (typeof given === "string") return given;
    const one = given[prompt];
    return typeof one === "string" ? one : this.#ready.model.tokenizer.decode(this.#prompts[prompt]!);
  }

  #logprobs(
    { ids, logProbabilities, alternatives }: Piece,
    sequence: { offset: number; readonly ids: number[] },
  ): CompletionLogprobs {
    const { tokenizer } = this.#ready.model;
    const tokens: string[] = [];
    const offsets: number[] = [];
    const tops: Record<string, number>[] = [];
    for (const [i, id] of ids.entries()) {
      const token = tokenText(tokenizer, sequence.ids, id);
      tokens.push(token);
      offsets.push(sequence.offset);
      tops.push(topLogprobs(alternatives[i] ?? [], (other) => tokenText(tokenizer, sequence.ids, other)));
      sequence.ids.push(id);
      sequence.offset += token.length;
    }
    return {
      tokens,
      token_logprobs: logProbabilities,
      top_logprobs: alternatives.length === 0 ? null : tops,
      text_offset: offsets,
    };
  }
}

function topLogprobs(
  alternatives: readonly TokenAlternative[],
  textOf: (id: number) => string,
): Record<string, number> {
  const entries: Record<string, number> = {};
  for (const { id, logProbability } of alternatives) entries[textOf(id)] ??= logProbability;
  return entries;
}

function joined(before: CompletionChoice | undefined, part: CompletionChoice): CompletionChoice {
  if (before === undefined) return part;
  const [a, b] = [before.logprobs, part.logprobs];
  const logprobs =
    a === null || b === null
      ? (a ?? b)
      : {
          tokens: [...a.tokens, ...b.tokens],
          token_logprobs: [...a.token_logprobs, ...b.token_logprobs],
          top_logprobs:
            a.top_logprobs === null || b.top_logprobs === null ? null : [...a.top_logprobs, ...b.top_logprobs],
          text_offset: [...a.text_offset, ...b.text_offset],
        };
  return { ...part, text: before.text + part.text, logprobs };
}
