/**
 * What a Web Worker does for a page: opens models and runs them, so that the page stays responsive.
 *
 * One device and as many models as are opened; a second call for a model waits for the first. A page uses it through `WorkerModels`.
 */
import type { Document } from "../corpora/document.ts";
import type { Model, TextChunk, TextSettings } from "../pretrained/model.ts";
import { type OrtModuleFactory, openWasmDevice, type WebDevice } from "../runtime/web/wasm-device.ts";
import type { FoundMention } from "../tasks/entities/found-mentions.ts";
import { readRelations } from "../tasks/mention-relations/read-relations.ts";
import type { RelationReader } from "../tasks/mention-relations/relation-reader.ts";
import type { ExtractedRelation } from "../tasks/relation-extraction/extract.ts";
import { type FileToFetch, fetchModelFiles, type KeptResponses } from "./cached-files.ts";
import { loadWebModel, loadWebReader } from "./load-model.ts";
import { answerCalls, type CallContext, type MessageEnd } from "./remote-calls.ts";

/** Where a model's files are. */
export interface ModelPlace {
  readonly name: string;
  /** Address of the folder, with its last slash. */
  readonly folder: string;
  readonly files: readonly FileToFetch[];
}

export interface WorkerOptions {
  /** Loads ONNX Runtime's module, by `import("…/ort-wasm-simd-threaded.mjs")` as a rule. */
  readonly factory: () => Promise<OrtModuleFactory>;
  /** Address of `ort-wasm-simd-threaded.wasm`. Default: beside the module. */
  readonly wasm?: string | undefined;
  readonly threads?: number | undefined;
  /** Where models are kept. Absent: nowhere. */
  readonly cache?: (() => Promise<KeptResponses>) | undefined;
}

export interface OpenedInWorker {
  readonly name: string;
  readonly hash: string;
  readonly device: string;
  readonly threads: number;
  /** Why the files could not be kept for the next time. */
  readonly notKept?: string | undefined;
  /** Of a reader: names of what can be looked for. */
  readonly schemes?: readonly string[] | undefined;
}

/** A piece of a text that grows; the last one has the whole. */
export type GrownText = Pick<TextChunk, "text" | "ids" | "separator"> & {
  readonly whole?: { readonly text: string; readonly separator: string; readonly ids: readonly number[] } | undefined;
};

/** A document that was read. */
export interface ReadInWorker {
  readonly id: string;
  readonly mentions: readonly FoundMention[];
  /** The lines of `biogpt extract`, as objects. */
  readonly relations: readonly ExtractedRelation[];
}

export interface ReadRequest {
  readonly documents: readonly Document[];
  /** Default: the reader's first. `all`: all that it has. */
  readonly schemes?: readonly string[] | undefined;
  /** Least probability. Default: what the model's folder says. */
  readonly threshold?: number | undefined;
}

export interface StreamRequest {
  readonly model: string;
  readonly prompt: string;
  readonly settings?: TextSettings | undefined;
}

/** Answers a page's calls for as long as the worker lives. */
export function serveModels(end: MessageEnd, options: WorkerOptions): void {
  const host = new ModelHost(options);
  answerCalls(end, {
    open: (given: ModelPlace & { readonly kind: "writes" | "reads" }, context) => host.open(given, context),
    stream: (given: StreamRequest, context) => host.stream(given, context),
    read: (given: ReadRequest & { readonly model: string }, context) => host.read(given, context),
    close: (given: { readonly model: string }) => host.close(given),
  });
}

class ModelHost {
  readonly #options: WorkerOptions;
  readonly #models = new Map<string, Model | RelationReader>();
  #device: Promise<WebDevice> | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  async *open(
    { name, folder, files, kind }: ModelPlace & { readonly kind: "writes" | "reads" },
    { signal, progress }: CallContext,
  ): AsyncGenerator<OpenedInWorker> {
    let notKept: string | undefined;
    const onNotKept = (reason: string): void => {
      notKept = reason;
    };
    const cache = await this.#options.cache?.().catch((error: unknown) => {
      onNotKept(String(error));
      return undefined;
    });
    const device = await this.#opened();
    let model = this.#models.get(name);
    if (model === undefined) {
      const blobs = await fetchModelFiles(folder, files, { cache, signal, progress, onNotKept });
      progress({ activity: "opening the model", done: 0, unit: "bytes" });
      const load = kind === "writes" ? loadWebModel : loadWebReader;
      model = await load(name, blobs, device, { signal });
      this.#models.set(name, model);
    }
    const schemes = "schemes" in model ? { schemes: model.schemes.map((scheme) => scheme.name) } : {};
    const { description, threads } = device;
    yield { name, hash: model.hash, device: description, threads, notKept, ...schemes };
  }

  async *stream({ model, prompt, settings = {} }: StreamRequest, { signal }: CallContext): AsyncGenerator<GrownText> {
    for await (const chunk of this.#get<Model>(model, "stream").stream(prompt, { ...settings, signal })) {
      const { text, ids, separator, generation } = chunk;
      const whole =
        generation === undefined
          ? {}
          : { whole: { text: generation.text, separator: generation.separator, ids: [...generation.ids] } };
      yield { text, ids: [...ids], ...(separator === undefined ? {} : { separator }), ...whole };
    }
  }

  async *read(
    { model, documents, schemes, threshold }: ReadRequest & { readonly model: string },
    { signal }: CallContext,
  ): AsyncGenerator<ReadInWorker> {
    const reader = this.#get<RelationReader>(model, "read");
    const all = reader.schemes.map(({ name }) => name);
    const wanted = schemes === undefined ? all.slice(0, 1) : schemes.includes("all") ? all : schemes;
    const given = (async function* () {
      yield* documents;
    })();
    const read = readRelations(given, { reader, task: reader.task, schemes: wanted, threshold, signal });
    for await (const { document, mentions, found } of read)
      yield {
        id: document.id,
        mentions: mentions.filter(({ probability }) => probability >= reader.nameThreshold),
        relations: found.flatMap(({ relations }) => relations),
      };
  }

  async *close({ model }: { readonly model: string }): AsyncGenerator<boolean> {
    this.#models.get(model)?.[Symbol.dispose]();
    yield this.#models.delete(model);
  }

  #get<Kind>(name: string, ability: string): Kind {
    const model = this.#models.get(name);
    if (model === undefined || !(ability in model)) throw new Error(`${name} is not open, or cannot ${ability}`);
    return model as Kind;
  }

  #opened(): Promise<WebDevice> {
    const { factory, wasm, threads } = this.#options;
    this.#device ??= factory().then((made) => openWasmDevice({ factory: made, wasm, threads }));
    return this.#device;
  }
}
