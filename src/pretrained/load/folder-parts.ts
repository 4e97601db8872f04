/** Where the parts of a model's folder lie: beside the weights as a rule, else where the family's layout has them. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { readOptionalJson } from "../../files/optional-json.ts";
import type { FolderLayout, NeededFile } from "../../models/folder-layout.ts";
import { modelFamilies } from "../../models/registry.ts";

const CONFIG = "config.json";

/** The layout of a folder without a config.json in which some of the layout's files, or its weights, are there; undefined for all others. */
export async function layoutOf(folder: string): Promise<FolderLayout | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes(CONFIG)) return undefined;
  for (const { layout } of modelFamilies()) {
    if (layout === undefined) continue;
    const stem = layout.weights.file.replace(/\.\w+$/, "");
    if (names.some((name) => name.startsWith(stem))) return layout;
    const configs = await Promise.all(Object.values(layout.configs).map((file) => isThere(join(folder, file))));
    if (configs.every((one) => one)) return layout;
  }
  return undefined;
}

/** The folder of a model folder's tokenizer. */
export async function tokenizerPlace(folder: string): Promise<string> {
  const layout = await layoutOf(folder);
  return layout === undefined ? folder : join(folder, layout.tokenizer);
}

/**
 * config.json, or what the parts of a layout make of one; undefined where there is none.
 *
 * @throws BiogptError `models/config` for a file that is no JSON, `pretrained/incomplete` for one of a layout that is missing
 */
export async function readFolderConfig(folder: string): Promise<unknown> {
  const layout = await layoutOf(folder);
  if (layout === undefined) return readJson(join(folder, CONFIG));
  const missing = await missingOfLayout(folder, layout);
  if (missing.length > 0) {
    throw new BiogptError("pretrained/incomplete", {
      what: `${folder} lacks ${missing.join(", ")}.`,
      why: `A model of this kind consists of ${[layout.weights, ...layout.files].map(({ file }) => file).join(", ")}.`,
      fix: "Fetch what is missing from where it is published, and put it there.",
    });
  }
  const configs = Object.entries(layout.configs).map(
    async ([field, file]) => [field, await readJson(join(folder, file))] as const,
  );
  return { ...layout.constants, ...Object.fromEntries(await Promise.all(configs)) };
}

/**
 * Configs of a layout that are not there, each with where it can be had. Neither the weights are asked for nor the tokenizer, without which ids can
 * still be scored and continued.
 */
export async function missingOfLayout(folder: string, layout: FolderLayout): Promise<string[]> {
  const files = await neededFiles(folder, layout);
  const configs = Object.values(layout.configs);
  return files
    .filter(({ file, there }) => !there && configs.includes(file))
    .map(({ file, from }) => `${file} (from ${from})`);
}

export interface FoundFile extends NeededFile {
  readonly there: boolean;
}

export function neededFiles(folder: string, { files }: FolderLayout): Promise<FoundFile[]> {
  return Promise.all(
    files.map(async (needed) => {
      const each = await Promise.all([needed.file, ...(needed.or ?? [])].map((file) => isThere(join(folder, file))));
      return { ...needed, there: each.some((one) => one) };
    }),
  );
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile() && status.size > 0,
    () => false,
  );
}

function readJson(path: string): Promise<unknown> {
  return readOptionalJson(path, (what, cause) => {
    const fix = "Take the config.json that came with the checkpoint.";
    return new BiogptError("models/config", { what, fix, cause });
  });
}
