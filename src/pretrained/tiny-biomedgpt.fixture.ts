/** Folders of tiny BioMedGPTs in the layout of the published 10B, with the weights that test/golden/biomedgpt-tiny.py makes from their names. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TensorDataType, type TensorToWrite, writeSafetensors } from "../checkpoints/index.ts";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { elementCount } from "../graph/data-type.ts";
import { ESM2_VOCABULARY } from "../tokenizers/residues/residue-tokenizer.ts";
import { writeTokenizer } from "./tiny-llama.fixture.ts";

export type Attached = readonly ["molecule" | "protein", string];

export interface TinyBioMedGpt {
  readonly name: string;
  readonly llama: Readonly<Record<string, unknown>>;
  readonly esm: Readonly<Record<string, unknown>>;
  /** Empty for the case whose weights are in the repository, as torch wrote them. */
  readonly tensors: readonly (readonly [name: string, shape: readonly number[], dtype: TensorDataType])[];
  readonly encoded: readonly {
    readonly molecule?: string;
    readonly protein?: readonly number[];
    readonly first: readonly number[];
    readonly last: readonly number[];
    readonly sum: number;
  }[];
  readonly padded?: { readonly ids: readonly (readonly number[])[]; readonly first: readonly (readonly number[])[] };
  readonly splices: readonly {
    readonly segments: readonly (
      | readonly number[]
      | { readonly molecule?: string; readonly protein?: readonly number[] }
    )[];
    readonly positions: number;
    readonly logits: readonly number[];
    readonly greedy: readonly number[];
  }[];
  readonly questions: readonly {
    readonly question: string;
    readonly attachments: readonly Attached[];
    readonly answer: string;
    readonly promptIds: readonly number[];
    readonly positions: number;
    readonly greedy: readonly number[];
    readonly answerLogLikelihood: number;
  }[];
}

const FIXTURES = new URL("../../test/fixtures/", import.meta.url);

export const TINY_BIOMEDGPTS: readonly TinyBioMedGpt[] = (
  JSON.parse(readFileSync(new URL("models/biomedgpt-tiny.json", FIXTURES), "utf8")) as {
    cases: readonly TinyBioMedGpt[];
  }
).cases;

/** The case that has a tokenizer and weights made here; `[PAD]` is its last row. */
export const TINY_WITH_TEXT: TinyBioMedGpt = TINY_BIOMEDGPTS.find(
  ({ tensors, questions }) => tensors.length > 0 && questions.length > 0,
)!;

export interface TinyOptions {
  /** Changes what is written. Default: nothing. */
  readonly change?: (tensors: TensorToWrite[]) => TensorToWrite[];
  readonly weights?: string;
}

export async function tinyBioMedGpt(golden: TinyBioMedGpt, options: TinyOptions = {}): Promise<string> {
  const { change = (tensors) => tensors, weights = "biomedgpt_10b.pth" } = options;
  const folder = temporaryFolder();
  for (const part of ["llm", "protein"]) mkdirSync(join(folder, part));
  writeFileSync(join(folder, "llm", "config.json"), JSON.stringify(golden.llama));
  writeFileSync(join(folder, "protein", "config.json"), JSON.stringify(golden.esm));
  writeFileSync(join(folder, "protein", "vocab.txt"), `${ESM2_VOCABULARY.join("\n")}\n`);
  if (golden.llama["vocab_size"] === 480) writeTokenizer(join(folder, "llm"));
  if (golden.tensors.length === 0)
    copyFileSync(new URL("checkpoints/biomedgpt-tiny.pth", FIXTURES), join(folder, weights));
  else await writeSafetensors(join(folder, weights), change(tensorsOf(golden)));
  return folder;
}

function tensorsOf({ tensors, esm }: TinyBioMedGpt): TensorToWrite[] {
  return tensors.map(([name, shape, dtype]) => {
    const count = elementCount(shape);
    const data = name.endsWith("inv_freq") ? frequencies(esm, count) : fill(bareName(name), shape, count);
    return { name, dtype, shape, data };
  });
}

/** transformers' own; half precision then rounds them. */
function frequencies(esm: TinyBioMedGpt["esm"], count: number): Float32Array {
  const width = (esm["hidden_size"] as number) / (esm["num_attention_heads"] as number);
  return Float32Array.from({ length: count }, (_, i) => 10_000 ** ((-2 * i) / width));
}

function bareName(name: string): string {
  return name.replace(/^(?:llm|prot_structure_encoder|mol_structure_encoder)\./, "");
}

function fill(name: string, shape: readonly number[], count: number): Float32Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193) >>> 0;
  const scale = Math.sqrt(3 / shape.at(-1)!);
  const isNorm = shape.length === 1 && /norm/i.test(name) && name.endsWith("weight");
  const value = (u: number): number => {
    if (name.endsWith("running_var")) return 1 + 0.5 * u;
    if (shape.length === 1) return (isNorm ? 1 : 0) + 0.1 * u;
    return /embed/i.test(name) ? u : scale * u;
  };
  return Float32Array.from({ length: count }, () => {
    seed = (seed + 0x6d2b79f5) >>> 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1) >>> 0;
    t = (t ^ (t + Math.imul(t ^ (t >>> 7), t | 61))) >>> 0;
    return value(2 * (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) - 1);
  });
}
