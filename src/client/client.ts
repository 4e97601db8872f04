/** The calls of `biogpt serve`, one method each. */
import type {
  AnnotateRequest,
  AnswerRequest,
  AnswerResponse,
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  ClassifyRequest,
  ClassifyResponse,
  Completion,
  CompletionRequest,
  DetokenizeRequest,
  EmbeddingList,
  EmbeddingRequest,
  EntitiesRequest,
  EntitiesResponse,
  JobList,
  JobRequest,
  ModelCard,
  ModelList,
  RelationsRequest,
  RelationsResponse,
  TokenizeRequest,
  WireJob,
  WireRelation,
} from "../server/contract.ts";
import { type Call, type ClientOptions, Requests } from "./requests.ts";

export interface CallOptions {
  /** Ends the request, and the work that it asked for. */
  readonly signal?: AbortSignal | undefined;
}

export interface JobResultsOptions extends CallOptions {
  /** Whether to wait for what is not there yet, until the job ends. Default false. */
  readonly follow?: boolean | undefined;
}

type Whole<Request> = Omit<Request, "stream" | "stream_options">;

/**
 * @example
 *     const client = new BiogptClient({ baseUrl: "http://127.0.0.1:8080" });
 *     const { relations } = await client.relations({ documents: [{ id: "1", abstract: "Cisplatin caused renal failure." }] });
 */
export class BiogptClient {
  readonly #requests: Requests;

  /** @throws BiogptError `client/option` */
  constructor(options: ClientOptions = {}) {
    this.#requests = new Requests(options);
  }

  /** Models that are served, with what they can be asked for. */
  async models({ signal }: CallOptions = {}): Promise<readonly ModelCard[]> {
    return (await this.#requests.json<ModelList>({ method: "GET", path: "/v1/models", signal })).data;
  }

  /** Continues prompts, whole. */
  complete(request: Whole<CompletionRequest>, options: CallOptions = {}): Promise<Completion> {
    return this.#post("/v1/completions", request, options);
  }

  /** The same as it grows: each piece has what is new of one choice. */
  streamCompletion(
    request: Whole<CompletionRequest>,
    options: CallOptions = {},
  ): AsyncGenerator<Completion, void, void> {
    return this.#stream("/v1/completions", request, options);
  }

  /** Answers the last message of a conversation. */
  chat(request: Whole<ChatCompletionRequest>, options: CallOptions = {}): Promise<ChatCompletion> {
    return this.#post("/v1/chat/completions", request, options);
  }

  streamChat(
    request: Whole<ChatCompletionRequest>,
    options: CallOptions = {},
  ): AsyncGenerator<ChatCompletionChunk, void, void> {
    return this.#stream("/v1/chat/completions", request, options);
  }

  embed(request: EmbeddingRequest, options: CallOptions = {}): Promise<EmbeddingList> {
    return this.#post("/v1/embeddings", request, options);
  }

  /** Token ids of a text. */
  tokenize(request: TokenizeRequest, options: CallOptions = {}): Promise<{ readonly tokens: readonly number[] }> {
    return this.#post("/tokenize", request, options);
  }

  detokenize(request: DetokenizeRequest, options: CallOptions = {}): Promise<{ readonly text: string }> {
    return this.#post("/detokenize", request, options);
  }

  /** Relations of documents, as `biogpt extract` writes them. */
  relations(request: RelationsRequest, options: CallOptions = {}): Promise<RelationsResponse> {
    return this.#post("/v1/relations", request, options);
  }

  /** Names in documents. */
  entities(request: EntitiesRequest, options: CallOptions = {}): Promise<EntitiesResponse> {
    return this.#post("/v1/entities", request, options);
  }

  classify(request: ClassifyRequest, options: CallOptions = {}): Promise<ClassifyResponse> {
    return this.#post("/v1/classify", request, options);
  }

  answer(request: AnswerRequest, options: CallOptions = {}): Promise<AnswerResponse> {
    return this.#post("/v1/answer", request, options);
  }

  /** Documents in BioC or PubTator with the names that were found in them. */
  async annotate(request: AnnotateRequest, { signal }: CallOptions = {}): Promise<string> {
    const call: Call = { method: "POST", path: "/v1/documents:annotate", body: request, signal };
    return (await this.#requests.send(call)).text();
  }

  /**
   * Begins long work, which outlives the connection and the server.
   *
   * @param idempotencyKey one that is sent twice makes one job
   */
  startJob(
    request: JobRequest,
    { signal, idempotencyKey }: CallOptions & { readonly idempotencyKey?: string | undefined } = {},
  ): Promise<WireJob> {
    const headers = idempotencyKey === undefined ? undefined : { "idempotency-key": idempotencyKey };
    return this.#requests.json({ method: "POST", path: "/v1/jobs", body: request, headers, signal });
  }

  async jobs({ signal }: CallOptions = {}): Promise<readonly WireJob[]> {
    return (await this.#requests.json<JobList>({ method: "GET", path: "/v1/jobs", signal })).jobs;
  }

  job(id: string, { signal }: CallOptions = {}): Promise<WireJob> {
    return this.#requests.json({ method: "GET", path: jobPath(id), signal });
  }

  cancelJob(id: string, { signal }: CallOptions = {}): Promise<WireJob> {
    return this.#requests.json({ method: "POST", path: `${jobPath(id)}/cancel`, signal });
  }

  /** Forgets a job that has ended, with its results. */
  async removeJob(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#requests.send({ method: "DELETE", path: jobPath(id), signal });
  }

  /** The lines that a job has written: relations, or documents with their names. */
  async *jobResults<Line = WireRelation>(
    id: string,
    { follow = false, signal }: JobResultsOptions = {},
  ): AsyncGenerator<Line, void, void> {
    const path = `${jobPath(id)}/results${follow ? "?follow=true" : ""}`;
    for await (const line of this.#requests.lines({ method: "GET", path, signal })) yield JSON.parse(line) as Line;
  }

  #post<Answer>(path: string, body: unknown, { signal }: CallOptions): Promise<Answer> {
    return this.#requests.json({ method: "POST", path, body, signal });
  }

  #stream<Event>(path: string, body: object, { signal }: CallOptions): AsyncGenerator<Event, void, void> {
    return this.#requests.events({ method: "POST", path, body: { ...body, stream: true }, signal });
  }
}

function jobPath(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}
