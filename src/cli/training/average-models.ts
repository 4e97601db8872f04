/**
 * The mean of several models' weights, as one model.
 *
 * Models fine-tuned from the same base, by other seeds or on other draws of the data, lie so near each other that their mean is a model
 * too, often a better one than each: a "model soup" (Wortsman et al., 2022, arXiv:2203.05482, section 2), which costs no more to run than one of them.
 *
 * Left out   models of different bases: their means know nothing, and no file says which base a model had. The thresholds of a task: they
 *            were learnt with one model's probabilities.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { BioGptConfig } from "../../models/biogpt/config.ts";
import { resolveModel } from "../../pretrained/hub/hub.ts";
import { type ModelFolder, openModelFolder } from "../../pretrained/load/open-model-folder.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { READING_FILE } from "../../tasks/reading.ts";
import { SCHEMA_FILE } from "../../tasks/relation-extraction/own-scheme.ts";
import { meanTensor } from "../../training/run/average.ts";
import type { Terminal } from "../terminal.ts";
import { saveModelFiles } from "./model-files.ts";

/** Say how a model is to be asked; those of a mean must agree. */
const ASKED_BY = [READING_FILE, SCHEMA_FILE];

/**
 * @param models at least two, folders or names
 * @param out    a new or empty folder
 * @throws BiogptError `training/different-models`, `training/folder-in-use`, those of `openModelFolder`
 */
export async function averageModels(
  models: readonly string[],
  { out, weights }: { readonly out: string; readonly weights: "float32" | "float16" },
  { signal, progress }: Pick<Terminal, "signal" | "progress">,
): Promise<void> {
  expectEmpty(out);
  const opened: ModelFolder[] = [];
  for (const name of models) {
    const folder = await resolveModel(name, { signal, progress });
    opened.push(await openModelFolder(folder, { signal, progress }));
  }
  const [first, ...others] = opened;
  if (first === undefined || others.length === 0) {
    throw new BiogptError("training/different-models", {
      what: "One model has no mean but itself.",
      fix: "Name two models or more.",
      kind: "usage",
    });
  }
  for (const other of others) await expectSameKind(first, other, signal);
  await mkdir(out, { recursive: true });
  for (const name of ASKED_BY)
    if (textOf(first, name) !== undefined) await copyFile(join(first.folder, name), join(out, name));
  const mean = async (name: string): Promise<Float32Array> => {
    throwIfAborted(signal);
    return meanTensor(opened.map(({ entries }) => entries.get(name)!));
  };
  await saveModelFiles(out, mean, { config: first.config as BioGptConfig, tokenizer: first.tokenizerFolder, weights });
}

function expectEmpty(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new BiogptError("training/folder-in-use", {
    what: `${folder} is not empty.`,
    fix: "Name another folder with --out: nothing is overwritten.",
    kind: "usage",
  });
}

async function expectSameKind(first: ModelFolder, other: ModelFolder, signal: AbortSignal): Promise<void> {
  const differ = (what: string): never => {
    throw new BiogptError("training/different-models", {
      what: `${first.folder} and ${other.folder} differ in ${what}.`,
      why: "Only models fine-tuned from the same base, in the same way, have a mean that is a model.",
      fix: "Name such models.",
      kind: "usage",
    });
  };
  const shape = ({ config: { dropout, attentionDropout, ...rest } }: ModelFolder): object => rest;
  if (!isDeepStrictEqual(shape(first), shape(other))) differ("their shape");
  const [ours, theirs] = await Promise.all(
    [first, other].map(({ tokenizerFolder }) => openTokenizerFolder(tokenizerFolder, { signal })),
  );
  if (ours!.hash !== theirs!.hash) differ("their tokenizer");
  for (const name of ASKED_BY) if (textOf(first, name) !== textOf(other, name)) differ(name);
}

function textOf({ folder }: ModelFolder, name: string): string | undefined {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
