/** A checkpoint of a model that gives classes: a backbone, and a head for tokens or for whole texts. Knows no file and no Node. */
import { BiogptError } from "../../base/errors.ts";
import type { Checkpoint, TensorEntry } from "../../checkpoints/checkpoint.ts";
import { CLASS_HEAD, HEAD, type HeadLayout, type ModelConfig, type ModelFamily } from "../../models/family.ts";
import { DEFAULT_FAMILY, familyOfConfig } from "../../models/registry.ts";
import { readModelCheckpoint } from "../load/model-checkpoint.ts";

export interface ClassifierCheckpoint {
  readonly family: ModelFamily;
  readonly config: ModelConfig;
  readonly kind: HeadLayout["kind"];
  /** Names of the classes; `LABEL_0`, … where config.json has none. */
  readonly classes: readonly string[];
  readonly hasBias: boolean;
  /** Fills batches: config.json's `pad_token_id`, else the family's; undefined where there is none. */
  readonly padId: number | undefined;
  /** By our names, the head's under those of `CLASS_HEAD`. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** Where config, weights and tokenizer lie. */
  readonly folder: string;
  readonly warnings: readonly string[];
}

/**
 * @param json   the parsed config.json, or undefined where there is none
 * @param places the model as it was named, for messages, and its folder
 * @throws BiogptError `pretrained/no-classes` where the model has no such head, `models/…`, `checkpoints/…`
 */
export async function readClassifier(
  checkpoint: Checkpoint,
  json: unknown,
  { path, folder }: { readonly path: string; readonly folder: string },
): Promise<ClassifierCheckpoint> {
  const family = json === undefined ? DEFAULT_FAMILY : familyOfConfig(json); // whose checkpoints without config.json have no such head
  const tensors = new Map(checkpoint.tensors);
  const layout = family.heads?.find(({ weight }) => tensors.has(weight));
  if (layout === undefined || family.buildEncoder === undefined) {
    const known = (family.heads ?? []).map(({ architecture, weight }) => `${architecture} (${weight})`);
    throw new BiogptError("pretrained/no-classes", {
      what: `${path} holds no head that gives classes.`,
      why: `Its tensors are those of a language model; looked for ${known.join(" and ")}.`,
      fix: "Name a model that was fine-tuned to classify or to find names.",
    });
  }
  const weight = tensors.get(layout.weight)!;
  const bias = layout.bias === undefined ? undefined : tensors.get(layout.bias);
  tensors.delete(layout.weight);
  if (layout.bias !== undefined) tensors.delete(layout.bias);
  const backbone = await readModelCheckpoint({ ...checkpoint, tensors }, json);
  const entries = new Map(backbone.entries);
  entries.delete(HEAD);
  entries.set(CLASS_HEAD.weight, weight);
  if (bias !== undefined) entries.set(CLASS_HEAD.bias, bias);
  const classes = classNames(json, weight.shape[0]!);
  const { width } = backbone.config;
  if (
    weight.shape.length !== 2 ||
    weight.shape[1] !== width ||
    (bias !== undefined && bias.shape[0] !== classes.length)
  ) {
    throw new BiogptError("models/wrong-shape", {
      what: `${layout.weight} has the shape (${weight.shape.join(", ")}), for a model of width ${width}.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
  return {
    family,
    config: backbone.config,
    kind: layout.kind,
    classes,
    hasBias: bias !== undefined,
    padId: padIdOf(json) ?? family.specialIds(backbone.config).pad,
    entries,
    folder,
    warnings: backbone.warnings,
  };
}

/** The head as the graph of an encoder is asked for it. */
export function headOf({ classes, entries }: Pick<ClassifierCheckpoint, "classes" | "entries">): {
  readonly classes: number;
  readonly bias: boolean;
} {
  return { classes: classes.length, bias: entries.has(CLASS_HEAD.bias) };
}

function padIdOf(json: unknown): number | undefined {
  const id = (json as { pad_token_id?: unknown }).pad_token_id;
  return Number.isInteger(id) && (id as number) >= 0 ? (id as number) : undefined;
}

/** `id2label` where there is one for each row of the head. */
function classNames(json: unknown, rows: number): string[] {
  const names = (json as { id2label?: unknown }).id2label;
  const record = typeof names === "object" && names !== null ? (names as Record<string, unknown>) : {};
  const count = Object.keys(record).length;
  if (count > 0 && count !== rows) {
    throw new BiogptError("models/wrong-shape", {
      what: `config.json names ${count} classes; the head gives ${rows}.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
  return Array.from({ length: rows }, (_, i) => {
    const name = record[String(i)];
    return typeof name === "string" ? name : `LABEL_${i}`;
  });
}
