/**
 * Teaching a language model to read molecules, as a program calls it: questions with SMILES and answers, a new encoder or that of the model, and the
 * loop; resumable. The run's folder is a BioMedGPT.
 *
 *     lines ─▶ prompts with atoms ─▶ GIN + projection + language model ─▶ loop ─▶ config.json, one weight file, tokenizer
 */
import { BiogptError } from "../../base/errors.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { type BioMedGptConfig, MOLECULE } from "../../models/biomedgpt/config.ts";
import { PROJECTION } from "../../models/biomedgpt/tensor-names.ts";
import { type ModelConfig, type ModelFamily, TOKEN_TABLE } from "../../models/family.ts";
import { graphMatrices } from "../../models/gin/graph-matrices.ts";
import { ginStatistics } from "../../models/gin/statistics.ts";
import { type GinConfig, GRAPHMVP } from "../../models/gin/tensor-names.ts";
import { modelFamilies } from "../../models/registry.ts";
import { type ModelFolder, openModelFolder } from "../../pretrained/load/open-model-folder.ts";
import { openModelTokenizer } from "../../pretrained/load/tokenizer-folder.ts";
import { saveModelFiles, trainableModel } from "../../pretrained/save/trainable-folder.ts";
import type { Device } from "../../runtime/device.ts";
import { chatFormat } from "../../tokenizers/chat/formats.ts";
import { bucketedBatches, bucketedEvaluation } from "../../training/data/bucketed-batches.ts";
import { noteEvents, type WorkflowContext } from "../workflow.ts";
import { baseFolder } from "./fine-tuning-data.ts";
import { type MoleculeData, type MoleculeSequence, moleculeBatches, readMoleculeData } from "./molecule-data.ts";
import { type MoleculeSettings, parseMoleculeSettings } from "./molecule-settings.ts";
import {
  inRunFolder,
  loopOfPasses,
  namedFiles,
  type PassOptions,
  type PassWork,
  trainInPasses,
} from "./train-in-passes.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface FineTuneMoleculesOptions extends PassOptions<MoleculeSettings> {
  /** A language model, which gets a new encoder, or a BioMedGPT that was trained here. */
  readonly model: string;
  /** JSON Lines of `{"smiles", "answer", "question"?}`. */
  readonly data: string;
  /** What is evaluated on, alike. Default: nothing, and the last checkpoint is the best. */
  readonly valid?: string | undefined;
}

/** Once a pass, but of very little data not after every update. */
const MOST_EVALUATIONS = 20;

/** Lengths of batches are multiples of this. */
const BUCKET = 64;

type Context = WorkflowContext<TrainingEvent>;

/**
 * Trains a model to answer questions about molecules; on abort a checkpoint is written, from which `resume` goes on.
 *
 * @throws BiogptError `training/stopped` (kind aborted), `training/in-use`, `training/run-exists`, `training/settings`, `training/bad-example`
 *
 * @example
 * ```ts
 * await finetuneMolecules({ model: "biogpt-mini", data: "pairs.jsonl", out: "run" });
 * ```
 */
export async function finetuneMolecules(
  options: FineTuneMoleculesOptions,
  context: Context = {},
): Promise<TrainingResult> {
  return inRunFolder(options, parseMoleculeSettings, prepareAndTrain, context);
}

const prepareAndTrain: PassWork<FineTuneMoleculesOptions, MoleculeSettings> = async (
  options,
  settings,
  before,
  context,
) => {
  const { signal, onEvent } = context;
  const note = noteEvents(onEvent);
  const base = await openModelFolder(await baseFolder(options.model, { signal }), { signal });
  const { family, config, gin } = withEncoder(base, settings);
  const model = trainableModel(config);
  const tokenizer = await openModelTokenizer(base.tokenizerFolder, { normalizePunctuation: true, signal });
  const renderer = chatFormat(family.chatFormat!);
  const special = family.specialIds(config, tokenizer);
  const padId = special.pad ?? 0; // which stands where rows will, and behind the end
  const longest = config.maxPositions - (config.maxPositions % BUCKET);
  const reading = { tokenizer, renderer, padId, endId: special.end, maxLength: longest, signal };
  const read = async (path: string): Promise<MoleculeData["sequences"]> => {
    const { sequences, unreadable, tooLong } = await readMoleculeData(path, reading);
    if (unreadable > 0) note(`note: ${unreadable} lines of ${path} are left out: their SMILES cannot be encoded`);
    if (tooLong > 0)
      note(
        `note: ${tooLong} lines of ${path} are left out: they take more than ${longest} positions, or their molecule more than half of them`,
      );
    return sequences;
  };
  const sequences = await read(options.data);
  const held = options.valid === undefined ? [] : await read(options.valid);
  const batches = {
    ...moleculeBatches(gin),
    step: BUCKET,
    accumulate: settings.accumulate,
    seed: settings.seed,
    padId,
  };
  const source = bucketedBatches(sequences, batches);
  const loop = loopOfPasses(settings, {
    updatesPerEpoch: source.updatesPerEpoch,
    optimizer: settings.train === "all" ? "muon" : "adamw",
    mostEvaluations: MOST_EVALUATIONS,
  });
  note(`${sequences.length} molecules; ${loop.steps} updates`);
  const { seed } = settings;
  const saved = { config, tokenizer: base.tokenizerFolder, weights: "float32" } as const;
  return trainInPasses(
    {
      ...{ work: "molecules", options, settings, before, model, source, loop, trainable: trained(settings.train) },
      described: {
        settings,
        data: {
          ...{ model: base.folder, tokenizer: tokenizer.hash },
          data: namedFiles([options.data]),
          valid: namedFiles(options.valid === undefined ? [] : [options.valid]),
        },
      },
      initial: (device) =>
        firstValues(base, { family, config, gin }, { device, sequences, seed, scale: model.tokenTable.scale }),
      held: held.length === 0 ? undefined : bucketedEvaluation(held, batches),
      save: (folder, step) => saveModelFiles(folder, (name) => step.parameter(name), saved),
    },
    context,
  );
};

interface Encoded {
  readonly family: ModelFamily;
  readonly config: ModelConfig;
  readonly gin: GinConfig;
}

/** The model as a BioMedGPT: as it is, or with the encoder that the settings describe. */
function withEncoder(base: ModelFolder, { encoderLayers: layers, encoderWidth: width }: MoleculeSettings): Encoded {
  const own = (base.config as BioMedGptConfig).molecule;
  if (own !== undefined) return { family: base.family, config: base.config, gin: own };
  const modelType = `biomedgpt-${base.family.modelType}`;
  const family = modelFamilies().find((one) => one.modelType === modelType);
  if (family === undefined || family.trainable === undefined) {
    throw new BiogptError("training/settings", {
      what: `A ${base.family.title} cannot be taught to read molecules here.`,
      fix: "Start from a BioGPT or a Llama.",
    });
  }
  const gin: GinConfig = { ...GRAPHMVP, layers, width, mlpWidth: 2 * width };
  const config: BioMedGptConfig = { ...base.config, modelType, text: base.config, molecule: gin };
  return { family, config, gin };
}

/** Statistics of batch norm are never learnt. */
function trained(part: MoleculeSettings["train"]): (name: string) => boolean {
  const { ours } = PROJECTION.molecule;
  return (name) => {
    if (/\.norm\.(?:mean|variance)$/.test(name)) return false;
    if (part === "all" || name.startsWith(`${ours}.`)) return true;
    return part === "encoder" && name.startsWith(MOLECULE);
  };
}

/** Atoms from which the first statistics of batch norm are taken. */
const SAMPLE_ATOMS = 2000;

/**
 * The model's own values; for a new encoder drawn ones, with statistics of the data's first molecules, and a projection whose rows are as large as
 * those of tokens.
 */
async function firstValues(
  base: ModelFolder,
  { family, config, gin }: Encoded,
  options: {
    readonly device: Device;
    readonly sequences: readonly MoleculeSequence[];
    readonly seed: number;
    readonly scale: number;
  },
): Promise<(name: string) => Float32Array | Promise<Float32Array>> {
  const { seed } = options;
  const own = (name: string): Promise<Float32Array> => readFloat32(base.entries.get(name)!);
  if ((base.config as BioMedGptConfig).molecule !== undefined) return own;
  const shapes = new Map(family.tensors(config).map(({ name, shape }) => [name, shape]));
  const drawn = (name: string): Float32Array => family.initialValues!(config, name, shapes.get(name)!, { seed });
  const sample: MoleculeSequence["graph"][] = [];
  let atoms = 0;
  for (const { graph } of options.sequences) {
    if (atoms + graph.atomTypes.length > SAMPLE_ATOMS) break;
    sample.push(graph);
    atoms += graph.atomTypes.length;
  }
  const statistics = await ginStatistics(options.device, gin, graphMatrices(sample, gin), (name) =>
    drawn(MOLECULE + name),
  );
  const tokens = await own(TOKEN_TABLE);
  const size = options.scale * Math.sqrt(tokens.reduce((sum, value) => sum + value * value, 0) / tokens.length);
  const { ours } = PROJECTION.molecule;
  return (name) => {
    const known = name.startsWith(MOLECULE) ? statistics.get(name.slice(MOLECULE.length)) : undefined;
    if (known !== undefined) return known;
    if (!name.startsWith(MOLECULE) && !name.startsWith(`${ours}.`)) return own(name);
    // Vectors of unit variance through a torch-like layer come out with a third of it.
    return name === `${ours}.weight` ? drawn(name).map((value) => value * size * Math.sqrt(3)) : drawn(name);
  };
}
