/** Fetching models from the Hugging Face hub into the cache that Python shares (hub-cache.ts). */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import type { FolderLayout } from "../../models/folder-layout.ts";
import { modelFamilies } from "../../models/registry.ts";
import { layoutOf, neededFiles } from "../load/folder-parts.ts";
import { missingParts } from "../load/model-folder.ts";
import { partNames } from "../load/open-weights.ts";
import {
  cachedCommit,
  type Environment,
  exists,
  hubSettings,
  type MakeLink,
  type ModelCache,
  modelCache,
  placeInSnapshot,
  safeParts,
  writeReference,
} from "./hub-cache.ts";
import {
  DEFAULT_RETRY,
  fetchFileFacts,
  fetchRevision,
  type HubContext,
  type HubFile,
  type RetryOptions,
} from "./hub-client.ts";
import { downloadBlob } from "./hub-download.ts";
import { isModelName, requireModelName } from "./hub-names.ts";

export interface PullOptions {
  /** Branch, tag or commit. Default `main`. */
  readonly revision?: string;
  /** Also the files that we do not read. Default false. */
  readonly all?: boolean;
  /** Use what is in the cache and no network. Default: what `HF_HUB_OFFLINE` says. */
  readonly offline?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
  /** Lines for people, for example that another process holds the file. */
  readonly note?: (line: string) => void;
  /** Where settings such as `HF_HOME` are looked up. Default `process.env`. */
  readonly environment?: Environment;
  readonly retry?: Partial<RetryOptions>;
  readonly makeLink?: MakeLink;
}

export interface PulledModel {
  readonly name: string;
  readonly commit: string;
  /** The snapshot: a model folder. */
  readonly folder: string;
  readonly files: readonly PulledFile[];
  /** What the model needs besides, which its place on the hub does not have, each with where it can be had. */
  readonly missing: readonly string[];
}

export interface PulledFile {
  readonly name: string;
  readonly bytes: number;
  /** Whether it was in the cache already. */
  readonly cached: boolean;
}

/**
 * Fetches a model, or what of it is not in the cache yet.
 *
 * @param name `org/name`
 * @throws BiogptError `pretrained/…`: `not-found`, `unauthorized`, `gated`, `no-network`, `bad-answer`, `checksum`, `too-large`,
 *   `disk-full`, `unsafe-name`, `offline`; `aborted`. What came so far stays for the next try.
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<PulledModel> {
  requireModelName(name);
  const { revision = "main", all = false, signal, progress, note, environment, retry, makeLink } = options;
  safeParts(revision);
  const settings = await hubSettings(environment);
  const cache = modelCache(settings.cache, name);
  if (options.offline ?? settings.offline) throw offline(name, revision, settings.cache);
  const context: HubContext = { settings, signal, retry: { ...DEFAULT_RETRY, ...retry } };
  const { commit, files } = await fetchRevision(context, name, revision);
  const wanted = all ? files : filesWeRead(files);
  for (const file of wanted) safeParts(file); // before the first byte is fetched
  const facts: HubFile[] = [];
  for (const file of wanted) {
    throwIfAborted(signal);
    facts.push(await fetchFileFacts(context, name, commit, file));
  }
  const pulled = await fetchFiles({ context, name, commit, facts, cache, progress, note, makeLink });
  await writeReference(cache, revision, commit);
  const folder = cache.snapshot(commit);
  return { name, commit, folder, files: pulled, missing: await missingOf(folder) };
}

async function missingOf(folder: string): Promise<string[]> {
  const layout = await layoutOf(folder);
  const needed = layout === undefined ? [] : await neededFiles(folder, layout);
  const lacking = needed.filter(({ there }) => !there).map(({ file, from }) => `${file} (from ${from})`);
  return [...new Set([...(await missingParts(folder)), ...lacking])];
}

interface FetchPlan {
  readonly context: HubContext;
  readonly name: string;
  readonly commit: string;
  readonly facts: readonly HubFile[];
  readonly cache: ModelCache;
  readonly progress: ReportProgress | undefined;
  readonly note: ((line: string) => void) | undefined;
  readonly makeLink: MakeLink | undefined;
}

async function fetchFiles({
  context,
  name,
  commit,
  facts,
  cache,
  progress,
  note,
  makeLink,
}: FetchPlan): Promise<PulledFile[]> {
  const total = facts.reduce((sum, { size }) => sum + size, 0);
  const pulled: PulledFile[] = [];
  let done = 0;
  for (const file of facts) {
    const cached = await exists(cache.blob(file.etag));
    const activity = `downloading ${name}/${file.name}`;
    const blob = await downloadBlob(context, name, commit, file, cache, {
      onBytes: (bytes) => progress?.({ activity, done: done + bytes, total, unit: "bytes" }),
      onWait: () => note?.(`Another process is downloading ${file.name}; waiting for it.`),
    });
    await placeInSnapshot(blob, join(cache.snapshot(commit), ...safeParts(file.name)), makeLink);
    done += file.size;
    progress?.({ activity, done, total, unit: "bytes" });
    pulled.push({ name: file.name, bytes: file.size, cached });
  }
  return pulled;
}

/**
 * Configuration, tokenizer and one form of the weights: safetensors where there are any, which cannot run code. Of a model that was published in parts of
 * its own layout, these.
 */
export function filesWeRead(files: readonly string[]): string[] {
  const isWeights = /^(?:(?:model|adapter_model)(?:-\d+-of-\d+)?\.safetensors(?:\.index\.json)?)$/;
  const isPickle = /^(?:(?:pytorch_model|adapter_model)(?:-\d+-of-\d+)?\.bin(?:\.index\.json)?)$/;
  const isSmall =
    /^(?:(?:config|generation_config|vocab|tokenizer|tokenizer_config|special_tokens_map|added_tokens|adapter_config|biogpt-tokenizer|task|thresholds|reading|relations)\.json|merges\.txt|dict\.txt|bpecodes|tokenizer\.model|chat_template\.jinja|vocab\.txt|README\.md|(?:LICEN[CS]E|USE_POLICY|NOTICE)(?:\.\w+)?)$/;
  const hasSafetensors = files.some((name) => isWeights.test(name) && !name.endsWith(".json"));
  const layout = layoutAmong(files);
  const parts =
    layout === undefined
      ? []
      : [...partNames(files, layout), ...layout.files.flatMap(({ file, or = [] }) => [file, ...or])];
  return files.filter(
    (name) => isSmall.test(name) || (hasSafetensors ? isWeights : isPickle).test(name) || parts.includes(name),
  );
}

function layoutAmong(files: readonly string[]): FolderLayout | undefined {
  if (files.includes("config.json")) return undefined;
  return modelFamilies()
    .map(({ layout }) => layout)
    .find((layout) => layout !== undefined && partNames(files, layout).length > 0);
}

/**
 * The folder of a model that is in the cache and whole, without asking the network; undefined otherwise.
 *
 * @param name `org/name`
 */
export async function cachedModel(
  name: string,
  { revision = "main", environment }: PullOptions = {},
): Promise<string | undefined> {
  if (!isModelName(name)) return undefined;
  const cache = modelCache((await hubSettings(environment)).cache, name);
  const commit = await cachedCommit(cache, revision);
  if (commit === undefined) return undefined;
  const folder = cache.snapshot(commit);
  const isFolder = await stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
  return isFolder && (await missingParts(folder)).length === 0 ? folder : undefined;
}

export function offline(name: string, revision: string, cache: string): BiogptError {
  return new BiogptError("pretrained/offline", {
    what: `${name} (${revision}) is not whole in the cache ${cache}, and the network may not be used.`,
    why: "HF_HUB_OFFLINE is set, or working offline was asked for.",
    fix: `Run \`biogpt pull ${name}\` once with network, or copy its folder models--${name.replace("/", "--")} into that cache.`,
  });
}
