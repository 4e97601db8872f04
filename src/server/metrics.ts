/** What `/metrics` tells Prometheus, in base units: seconds, bytes, tokens. docs/guides/deploy.md lists it. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Seconds: from a token of a small model to a long document on a slow machine. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export interface EngineFigures {
  readonly model: string;
  readonly active: number;
  readonly waiting: number;
  readonly steps: number;
  readonly tokens: number;
  readonly reusedTokens: number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly requests: Counter<"route" | "method" | "status">;
  readonly duration: Histogram<"route">;
  readonly queued: Histogram<"model">;
  readonly firstToken: Histogram<"model">;
  readonly betweenTokens: Histogram<"model">;
  readonly promptTokens: Counter<"model">;
  readonly generatedTokens: Counter<"model">;
  readonly open: Gauge;

  /** @param figures of every model, asked when the metrics are */
  constructor(figures: () => readonly EngineFigures[]) {
    const registers = [this.#registry];
    const histogram = <Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> =>
      new Histogram({ name: `biogpt_${name}`, help, labelNames, buckets: BUCKETS, registers });
    const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> =>
      new Counter({ name: `biogpt_${name}`, help, labelNames, registers });
    this.requests = counter("requests_total", "Requests that were answered.", ["route", "method", "status"]);
    this.duration = histogram("request_seconds", "From a request's head to the end of its answer.", ["route"]);
    this.queued = histogram("queue_seconds", "Time before a request was let in.", ["model"]);
    this.firstToken = histogram("time_to_first_token_seconds", "From a request's head to its first token.", ["model"]);
    this.betweenTokens = histogram("time_between_tokens_seconds", "Between two steps of one sequence.", ["model"]);
    this.promptTokens = counter("prompt_tokens_total", "Tokens of prompts.", ["model"]);
    this.generatedTokens = counter("generated_tokens_total", "Tokens that were generated for requests.", ["model"]);
    this.open = new Gauge({ name: "biogpt_requests_open", help: "Requests being answered.", registers });

    const now = (name: string, help: string, value: (of: EngineFigures) => number): void => {
      new Gauge({
        name: `biogpt_${name}`,
        help,
        labelNames: ["model"],
        registers,
        collect() {
          for (const of of figures()) this.set({ model: of.model }, value(of));
        },
      });
    };
    now("active_requests", "Places taken at a model.", ({ active }) => active);
    now("queue_depth", "Requests that wait for a model.", ({ waiting }) => waiting);
    now("engine_steps", "Calls of the model since it was loaded.", ({ steps }) => steps);
    now(
      "engine_tokens",
      "Tokens fed to the model since it was loaded; divided by the steps, rows a step.",
      (of) => of.tokens,
    );
    now("engine_reused_tokens", "Prompt tokens that were in the cache already.", ({ reusedTokens }) => reusedTokens);
    collectDefaultMetrics({ register: this.#registry, prefix: "biogpt_" });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
