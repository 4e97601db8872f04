/** A page's side of a worker that runs models (worker.ts). */
import type { ReportProgress } from "../base/progress.ts";
import type { TextSettings } from "../pretrained/model.ts";
import { Caller, type MessageEnd } from "./remote-calls.ts";
import type { GrownText, ModelPlace, OpenedInWorker, ReadInWorker, ReadRequest } from "./worker.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/**
 * @example
 *     const models = new WorkerModels(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
 *     const writer = await models.openWriter({ name: "biogpt-mini", folder: "/models/biogpt-mini/", files });
 *     for await (const { text } of writer.stream("COVID-19 is", { maxNewTokens: 40 })) output.append(text);
 */
export class WorkerModels {
  readonly #caller: Caller;

  constructor(worker: MessageEnd) {
    this.#caller = new Caller(worker);
  }

  /** A model that writes. @throws BiogptError as `loadWebModel` and `fetchModelFiles`, `runtime/open` */
  async openWriter(place: ModelPlace, options: CallOptions = {}): Promise<WorkerWriter> {
    return new WorkerWriter(this.#caller, await this.#open(place, "writes", options));
  }

  /** A model that reads names and relations. @throws BiogptError as `loadWebReader` and `fetchModelFiles`, `runtime/open` */
  async openReader(place: ModelPlace, options: CallOptions = {}): Promise<WorkerReader> {
    return new WorkerReader(this.#caller, await this.#open(place, "reads", options));
  }

  /** Says that the worker has died, as its `error` event tells: calls end with an error in place of waiting for ever. */
  fail(why: string): void {
    this.#caller.fail(why);
  }

  async #open(place: ModelPlace, kind: "writes" | "reads", options: CallOptions): Promise<OpenedInWorker> {
    let opened: OpenedInWorker | undefined;
    for await (const value of this.#caller.call<OpenedInWorker>("open", { ...place, kind }, options)) opened = value;
    return opened!;
  }
}

class WorkerModel {
  readonly facts: OpenedInWorker;
  protected readonly caller: Caller;

  constructor(caller: Caller, facts: OpenedInWorker) {
    this.caller = caller;
    this.facts = facts;
  }

  /** Frees its memory in the worker. */
  async close(): Promise<void> {
    for await (const _ of this.caller.call("close", { model: this.facts.name }));
  }
}

export class WorkerWriter extends WorkerModel {
  /** Continues a prompt, giving its text as it grows; the last piece has the whole. */
  stream(
    prompt: string,
    { signal, ...settings }: TextSettings & Pick<CallOptions, "signal"> = {},
  ): AsyncGenerator<GrownText, void, void> {
    return this.caller.call("stream", { model: this.facts.name, prompt, settings }, { signal });
  }
}

export class WorkerReader extends WorkerModel {
  /** Names and relations of documents, in their order. */
  read(request: ReadRequest, { signal }: Pick<CallOptions, "signal"> = {}): AsyncGenerator<ReadInWorker, void, void> {
    return this.caller.call("read", { ...request, model: this.facts.name }, { signal });
  }
}
