/**
 * The models that are served: found before the server listens, loaded one after the other once it does, closed with it.
 *
 * Calls of one model share its decode engine, so what several clients ask for runs as one batch. Several adapters over one base are several
 * models whose weights lie in the same mapped file, which the system holds in memory once.
 */
import { basename, resolve } from "node:path";
import { abortedError } from "../base/cancellation.ts";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { engineOf } from "../generation/generation.ts";
import { type Embedder, openEmbedder } from "../pretrained/heads/embedder.ts";
import type { OpenEncoderOptions } from "../pretrained/heads/open-encoder.ts";
import { embeddedModels, isKnownAlone } from "../pretrained/hub/hub-names.ts";
import { DEFAULT_MODEL } from "../pretrained/load/load.ts";
import { freeMemory } from "../pretrained/load/memory.ts";
import { openTagger, type Tagger } from "../tasks/entities/tagger.ts";
import { openRelationReader } from "../tasks/mention-relations/open-relation-reader.ts";
import { RelationReader } from "../tasks/mention-relations/relation-reader.ts";
import type { ModelTask } from "../tasks/model-task.ts";
import { schemeNames, taskOfFolder } from "../tasks/task-file.ts";
import type { ChatRenderer } from "../tokenizers/chat/conversation.ts";
import { YES_NO } from "../workflows/answer.ts";
import { type BiogptModel, loadModel } from "../workflows/biogpt-model.ts";
import { chatRendererOf } from "../workflows/chat-renderer.ts";
import { HALLMARKS } from "../workflows/classify.ts";
import { type KnownDescriptions, knownOfFolder } from "../workflows/known-descriptions.ts";
import { folderOfModel } from "../workflows/open-model.ts";
import { Admission } from "./admission.ts";
import type { Ability, ModelCard } from "./contract.ts";
import { RequestError } from "./errors.ts";
import type { EngineFigures } from "./metrics.ts";
import type { ServedModelsOptions } from "./serve-options.ts";

const USUAL_SEQUENCES = 16;
const USUAL_WAITING = 64;
/** Between two steps the processor is for what tokens are chosen, written and sent by. */
const SPINNING = "in-runs";
/** Requests of documents that one model works on at once: each spreads over many sequences by itself. */
const DOCUMENT_REQUESTS = 4;

/** What a model's folder says, and what is loaded of it. */
export interface ServedModel {
  readonly name: string;
  /** As it was asked for when the server was started. */
  readonly asked: string;
  readonly folder: string;
  readonly task: ModelTask;
  /** What its task names: relation schemes, `hallmarks`, `yes-no-maybe`. */
  readonly schemes: readonly string[];
  readonly isTagger: boolean;
  /** Whether it answers from what is known of molecules and has no network. */
  readonly knowsAlone: boolean;
  /** Before requests that generate. */
  readonly generation: Admission;
  /** Before requests of documents. */
  readonly documents: Admission;
}

/** What finds relations, ready: a model that writes them, or one that reads. */
export interface ReadyRelations {
  readonly served: ServedModel;
  readonly model: BiogptModel | RelationReader;
}

/** A generative model that is ready. */
export interface ReadyModel {
  readonly served: ServedModel;
  readonly model: BiogptModel;
  /** Undefined where nobody knows how to talk to it. */
  readonly chat: ChatRenderer | undefined;
}

/** A model without a network that is ready. */
export interface KnowingModel {
  readonly served: ServedModel;
  readonly known: KnownDescriptions;
}

interface Loading<Opened> {
  readonly promise: Promise<Opened>;
  readonly resolve: (opened: Opened) => void;
  readonly reject: (error: unknown) => void;
}

export class ServedModels implements AsyncDisposable {
  readonly #served: readonly ServedModel[];
  readonly #options: ServedModelsOptions;
  readonly #ready = new Map<string, ReadyModel>();
  readonly #taggers = new Map<string, Tagger | RelationReader>();
  readonly #known = new Map<string, KnownDescriptions>();
  readonly #embedders = new Map<string, Promise<Embedder>>();
  readonly #loading: ReadonlyMap<string, Loading<void>>;
  readonly #created = new Map<string, number>();
  /** Of each model. */
  readonly #cacheMemory: number;
  readonly #closing = new AbortController();
  #failure: unknown;

  private constructor(served: readonly ServedModel[], options: ServedModelsOptions) {
    this.#served = served;
    this.#options = options;
    const generative = served.filter(continuesText).length;
    this.#cacheMemory = (options.cacheMemory ?? freeMemory() / 2) / Math.max(1, generative);
    this.#loading = new Map(served.map(({ name }) => [name, loading<void>()]));
  }

  /**
   * Finds the models' folders; loads nothing yet.
   *
   * @throws BiogptError those of `resolveModel`; `server/model-twice` for two of one name
   */
  static async find(options: ServedModelsOptions, signal: AbortSignal | undefined): Promise<ServedModels> {
    const served: ServedModel[] = [];
    for (const asked of options.models ?? embeddedNames()) {
      const folder = await folderOfModel(asked, { offline: options.load?.offline, signal, progress: undefined });
      const name = resolve(asked) === resolve(folder) ? basename(resolve(folder)) : asked;
      if (served.some((other) => other.name === name)) {
        throw new BiogptError("server/model-twice", {
          what: `Two models are called ${name}.`,
          fix: "Name each once; folders are served under their last name.",
        });
      }
      const task = taskOfFolder(folder);
      const mostWaiting = options.mostWaiting ?? USUAL_WAITING;
      served.push({
        ...{
          name,
          asked,
          folder,
          task,
          schemes: schemeNames(task.schemes ?? []),
          isTagger: task.entities !== undefined,
          knowsAlone: isKnownAlone(folder),
        },
        generation: new Admission({ places: options.sequences ?? USUAL_SEQUENCES, mostWaiting }),
        documents: new Admission({ places: task.entities === undefined ? DOCUMENT_REQUESTS : 1, mostWaiting }),
      });
    }
    return new ServedModels(served, options);
  }

  get names(): readonly string[] {
    return this.#served.map(({ name }) => name);
  }

  /** Whether every model is loaded. */
  get isReady(): boolean {
    return this.#served.every(({ name }) => this.#isLoaded(name));
  }

  /** Why a model could not be loaded; undefined where none failed. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Loads all, one after the other. @throws what the first failed with; requests for it then fail so too */
  async load(onLoaded: (name: string, milliseconds: number) => void): Promise<void> {
    for (const served of this.#served) {
      const began = performance.now();
      const { resolve: loaded, reject } = this.#loading.get(served.name)!;
      try {
        if (served.knowsAlone) this.#known.set(served.name, (await knownOfFolder(served.folder))!);
        else if (served.isTagger) this.#taggers.set(served.name, await this.#openTagger(served));
        else this.#ready.set(served.name, await this.#openGenerative(served));
      } catch (error) {
        this.#failure = error;
        for (const { reject: refuse } of this.#loading.values()) refuse(error);
        reject(error);
        throw error;
      }
      this.#created.set(served.name, Math.floor(Date.now() / 1000));
      loaded();
      onLoaded(served.name, performance.now() - began);
    }
  }

  /** The model of a name, else the first that continues text. @throws RequestError `server/unknown-model`; what loading failed with */
  async generative(name: string | undefined, signal: AbortSignal): Promise<ReadyModel> {
    const served = name === undefined ? this.#served.find(continuesText) : this.find(name);
    if (served === undefined || !continuesText(served))
      throw cannot(name ?? this.#served[0]!.name, "continue text", "model");
    await this.#loaded(served, signal);
    return this.#ready.get(served.name)!;
  }

  /** Where the model of a name, or the only one, answers from what is known. @throws RequestError `server/unknown-model`; what loading failed with */
  async knowing(name: string | undefined, signal: AbortSignal): Promise<KnowingModel | undefined> {
    const usual = this.#served.find(continuesText) ?? this.#served.find(({ knowsAlone }) => knowsAlone);
    const served = name === undefined ? usual : this.find(name);
    if (served?.knowsAlone !== true) return undefined;
    await this.#loaded(served, signal);
    return { served, known: this.#known.get(served.name)! };
  }

  /**
   * The model for relations of a scheme, for `hallmarks` or `yes-no-maybe`: the one that is named, else the first that was made for it.
   *
   * @throws RequestError `server/unknown-model`, `server/no-model-for`
   */
  async forScheme(scheme: string, name: string | undefined, signal: AbortSignal): Promise<ReadyModel> {
    if (name !== undefined) return this.generative(name, signal);
    const served = this.#served.find(({ schemes, isTagger }) => !isTagger && schemes.includes(scheme));
    if (served === undefined) throw noModelFor(scheme, this.#served);
    await this.#loaded(served, signal);
    return this.#ready.get(served.name)!;
  }

  /** The same for relations, which a reader finds as well. @throws RequestError as `forScheme` */
  async forRelations(scheme: string, name: string | undefined, signal: AbortSignal): Promise<ReadyRelations> {
    const served = name === undefined ? this.#served.find(({ schemes }) => schemes.includes(scheme)) : this.find(name);
    if (served === undefined) throw noModelFor(scheme, this.#served);
    if (!served.isTagger) return this.forScheme(scheme, served.name, signal);
    await this.#loaded(served, signal);
    const reader = this.#taggers.get(served.name)!;
    if (reader instanceof RelationReader) return { served, model: reader };
    throw cannot(served.name, "read relations", "model");
  }

  /** The first model whose own scheme is one of relations, for a request that names neither model nor scheme. */
  get usualScheme(): string | undefined {
    const relations = this.#served.flatMap(({ schemes }) =>
      schemes.filter((one) => one !== HALLMARKS && one !== YES_NO),
    );
    return relations.find((one) => one === "chemical-disease") ?? relations[0];
  }

  /** Names of schemes that are a model's own and none of the package's. */
  get ownSchemes(): ReadonlySet<string> {
    const own = this.#served.flatMap(({ task }) => (task.schemes ?? []).filter((scheme) => typeof scheme !== "string"));
    return new Set(schemeNames(own));
  }

  /** The tagger of a name, else the first. @throws RequestError `server/unknown-model`, `server/no-model-for` */
  async tagger(
    name: string | undefined,
    signal: AbortSignal,
  ): Promise<{ served: ServedModel; tagger: Tagger | RelationReader }> {
    const served = name === undefined ? this.#served.find(({ isTagger }) => isTagger) : this.find(name);
    if (served === undefined) throw noModelFor("names", this.#served, "model");
    if (!served.isTagger) throw cannot(served.name, "find names", "model");
    await this.#loaded(served, signal);
    return { served, tagger: this.#taggers.get(served.name)! };
  }

  /** Opened at the first call: a second graph over the same weights. */
  async embedder(name: string | undefined, signal: AbortSignal): Promise<ReadyModel & { readonly embedder: Embedder }> {
    const ready = await this.generative(name, signal);
    const { served } = ready;
    let opening = this.#embedders.get(served.name);
    if (opening === undefined) {
      opening = openEmbedder(served.folder, this.#encoderOptions());
      this.#embedders.set(served.name, opening);
      opening.catch(() => this.#embedders.delete(served.name)); // the next call tries again
    }
    return { ...ready, embedder: await opening };
  }

  /** @throws RequestError `server/unknown-model` */
  find(name: string): ServedModel {
    const served = this.#served.find((one) => one.name === name);
    if (served !== undefined) return served;
    throw new RequestError(
      "server/unknown-model",
      {
        what: `The model ${JSON.stringify(name.slice(0, 100))} is not served.`,
        fix: `Served are ${this.names.join(", ")}.${didYouMean(name.slice(0, 100), this.names)}`,
      },
      "model",
    );
  }

  cards(): ModelCard[] {
    return this.#served.map((served) => {
      const ready = this.#ready.get(served.name);
      return {
        id: served.name,
        object: "model",
        created: this.#created.get(served.name) ?? 0,
        owned_by: "biogpt",
        abilities: abilitiesOf(served, ready),
        schemes: served.schemes,
        ...(ready === undefined ? {} : { max_positions: ready.model.config.maxPositions }),
        ready: this.#isLoaded(served.name),
      };
    });
  }

  figures(): EngineFigures[] {
    return this.#served.map(({ name, generation, documents }) => {
      const model = this.#ready.get(name)?.model;
      const statistics = model === undefined ? undefined : engineOf(model.decoder).statistics;
      return {
        model: name,
        active: generation.load.active + documents.load.active,
        waiting: generation.load.waiting + documents.load.waiting,
        steps: statistics?.forwards ?? 0,
        tokens: statistics?.tokens ?? 0,
        reusedTokens: statistics?.reusedPromptTokens ?? 0,
      };
    });
  }

  /** Closes all; nothing may be running any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const { model } of this.#ready.values()) model.dispose();
    for (const tagger of this.#taggers.values()) tagger[Symbol.dispose]();
    for (const opening of this.#embedders.values()) {
      await opening.then(
        (embedder) => embedder[Symbol.dispose](),
        () => {},
      );
    }
  }

  #isLoaded(name: string): boolean {
    return this.#ready.has(name) || this.#taggers.has(name) || this.#known.has(name);
  }

  async #loaded({ name }: ServedModel, signal: AbortSignal): Promise<void> {
    const { promise } = this.#loading.get(name)!;
    if (this.#created.has(name)) return;
    let stop = (): void => {};
    const gone = new Promise<never>((_, reject) => {
      stop = () => reject(abortedError(signal));
      signal.addEventListener("abort", stop, { once: true });
    });
    try {
      await Promise.race([promise, gone]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #openTagger({ folder, task }: ServedModel): Promise<Tagger | RelationReader> {
    const options = this.#encoderOptions();
    return task.reader === undefined ? openTagger(folder, options) : openRelationReader(folder, options);
  }

  #encoderOptions(): OpenEncoderOptions {
    const { device, threads, precision, spin = SPINNING } = this.#options.load ?? {};
    return { device, threads, precision, spin, signal: this.#closing.signal };
  }

  async #openGenerative(served: ServedModel): Promise<ReadyModel> {
    const { load = {}, sequences = USUAL_SEQUENCES } = this.#options;
    // One more slot keeps a beginning that later prompts share; a task's own batch decides where it wants more.
    const slots = served.schemes.length > 0 ? undefined : sequences + 1;
    const model = await loadModel(served.asked, {
      spin: SPINNING,
      ...load,
      cacheMemory: this.#cacheMemory,
      ...(slots === undefined ? {} : { slots }),
      signal: this.#closing.signal,
    });
    await model.prepareJson();
    const chat = await chatRendererOf(model, undefined).catch((error: unknown) => {
      if (error instanceof BiogptError && error.code === "tokenizers/chat") return undefined;
      throw error;
    });
    return { served, model, chat };
  }
}

function continuesText({ isTagger, knowsAlone }: ServedModel): boolean {
  return !isTagger && !knowsAlone;
}

function abilitiesOf({ isTagger, knowsAlone, schemes, task }: ServedModel, ready: ReadyModel | undefined): Ability[] {
  if (knowsAlone) return ["chat", "molecules"];
  if (isTagger) return task.reader === undefined ? ["entities"] : ["entities", "relations"];
  const abilities: Ability[] = ["completions"];
  if (ready?.chat !== undefined) abilities.push("chat");
  if (ready?.chat !== undefined)
    abilities.push(...(ready.model.reader?.subjects ?? []).map((subject) => `${subject}s` as const));
  if (ready?.model.family.buildEncoder !== undefined) abilities.push("embeddings");
  if (schemes.some((one) => one !== HALLMARKS && one !== YES_NO)) abilities.push("relations");
  if (schemes.includes(HALLMARKS)) abilities.push("classify");
  if (schemes.includes(YES_NO)) abilities.push("answer");
  return abilities;
}

/** The embedded models, the one that continues text first. */
function embeddedNames(): string[] {
  const names = embeddedModels().map(({ name }) => name);
  return names.includes(DEFAULT_MODEL) ? [DEFAULT_MODEL, ...names.filter((name) => name !== DEFAULT_MODEL)] : names;
}

function cannot(name: string, what: string, param: string): RequestError {
  return new RequestError(
    "server/no-model-for",
    { what: `${name} does not ${what}.`, fix: "GET /v1/models says what each served model can do." },
    param,
  );
}

function noModelFor(scheme: string, served: readonly ServedModel[], param = "scheme"): RequestError {
  const known = [...new Set(served.flatMap(({ schemes }) => schemes))].sort().join(", ");
  return new RequestError(
    "server/no-model-for",
    {
      what: `No model that is served was made for ${scheme.slice(0, 100)}.`,
      fix: `Start the server with one (--model); those that run were made for ${known === "" ? "no task" : known}.`,
    },
    param,
  );
}

function loading<Opened>(): Loading<Opened> {
  let settle: Pick<Loading<Opened>, "resolve" | "reject"> | undefined;
  const promise = new Promise<Opened>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {}); // told to whoever asks
  return { promise, ...settle! };
}
