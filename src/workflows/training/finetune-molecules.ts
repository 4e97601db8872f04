/**
 * Teaching a language model to read molecules, as a program calls it: questions with SMILES and answers, a new encoder or that of the model, and the
 * loop; resumable. The run's folder is a BioMedGPT.
 *
 *     lines ─▶ prompts with atoms ─▶ GIN + projection + language model ─▶ loop ─▶ config.json, one weight file, tokenizer
 */
import { resolve } from "node:path";
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
import type { Device, DeviceName } from "../../runtime/device.ts";
import { readJsonFile } from "../../tasks/json-file.ts";
import { chatFormat } from "../../tokenizers/chat/formats.ts";
import { bucketedBatches, bucketedEvaluation } from "../../training/data/bucketed-batches.ts";
import { checkSchedule } from "../../training/optimizers/schedule.ts";
import { decayRule } from "../../training/optimizers/weight-decay.ts";
import { type Evaluation, evaluateSequences } from "../../training/run/evaluate.ts";
import { ALONE } from "../../training/run/parallel.ts";
import { expectSameRun, newestCheckpoint, restoreOptimizer } from "../../training/run/resume.ts";
import { createRun, RUN_FORMAT, type RunDescription, readRun } from "../../training/run/run-folder.ts";
import { aloneInRun } from "../../training/run/run-lock.ts";
import { scheduleOf } from "../../training/settings/parse-settings.ts";
import type { LoopSettings } from "../../training/settings/tables.ts";
import { createTrainingStep } from "../../training/step/training-step.ts";
import { VERSION } from "../version.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import { baseFolder } from "./fine-tuning-data.ts";
import { type MoleculeData, type MoleculeSequence, moleculeBatches, readMoleculeData } from "./molecule-data.ts";
import { type MoleculeSettings, parseMoleculeSettings } from "./molecule-settings.ts";
import { finished, runTraining, trainingDevice } from "./run-training.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface FineTuneMoleculesOptions {
  /** A language model, which gets a new encoder, or a BioMedGPT that was trained here. */
  readonly model: string;
  /** JSON Lines of `{"smiles", "answer", "question"?}`. */
  readonly data: string;
  /** What is evaluated on, alike. Default: nothing, and the last checkpoint is the best. */
  readonly valid?: string | undefined;
  /** Run folder; a model when it is done. */
  readonly out: string;
  /** Goes on with the run in `out`, with the same options. Default false. */
  readonly resume?: boolean | undefined;
  /** A JSON file of settings. */
  readonly config?: string | undefined;
  /** Settings by name, which win over those of the file. */
  readonly settings?: Partial<MoleculeSettings> | undefined;
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
}

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
  const out = resolve(options.out);
  const before = options.resume === true ? readRun(out) : undefined;
  const settings = parseMoleculeSettings({ ...settingsOfFile(options.config), ...options.settings });
  return aloneInRun(
    out,
    before !== undefined,
    () => prepareAndTrain(options, settings, before, context),
    context.signal,
  );
}

function settingsOfFile(path: string | undefined): object {
  if (path === undefined) return {};
  const refused = (why: string, cause?: unknown): BiogptError =>
    new BiogptError("training/settings", {
      what: `${path} cannot be used: ${why}.`,
      fix: "Give a JSON object of settings.",
      kind: "usage",
      cause,
    });
  const json = readJsonFile(path, refused);
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw refused("it holds no object");
  return json;
}

async function prepareAndTrain(
  options: FineTuneMoleculesOptions,
  settings: MoleculeSettings,
  before: RunDescription | undefined,
  context: Context,
): Promise<TrainingResult> {
  const out = resolve(options.out);
  const { signal, onEvent } = context;
  const note = (text: string): void => onEvent?.({ type: "note", text });
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
  const steps = settings.epochs * source.updatesPerEpoch;
  const loop = loopSettings(settings, steps, source.updatesPerEpoch);
  checkSchedule(scheduleOf(loop));
  note(`${sequences.length} molecules; ${steps} updates`);

  using device = await trainingDevice(options.device, { threads: options.threads, signal });
  const description: RunDescription = {
    format: RUN_FORMAT,
    kind: "fine-tuning",
    settings: { ...settings },
    data: { model: base.folder, data: options.data, valid: options.valid ?? "", tokenizer: tokenizer.hash },
    device: device.name,
    threads: device.threads,
    processes: 1,
    version: VERSION,
  };
  if (before !== undefined) expectSameRun(out, before, description);
  const trains = trained(settings.train);
  using step = await createTrainingStep({
    device,
    model,
    initial: await firstValues(
      base,
      { family, config, gin },
      { device, sequences, seed: settings.seed, scale: model.tokenTable.scale },
    ),
    shape: source.microBatches(0, 0, 1)[0]!,
    dropout: { embedding: settings.dropout, residual: settings.dropout, attention: 0 },
    trainable: trains,
    optimizer: loop.optimizer,
    seed: settings.seed,
  });
  const checkpoint = before === undefined ? undefined : newestCheckpoint(out);
  if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, step);
  if (before === undefined) await createRun(out, description);
  const saved = { config, tokenizer: base.tokenizerFolder, weights: "float32" } as const;
  const validation = held.length === 0 ? undefined : bucketedEvaluation(held, batches);
  const evaluate = (within?: AbortSignal): Promise<Evaluation> =>
    evaluateSequences(step, validation!, ALONE, { signal: within, progress: progressEvents(onEvent) });
  const run = await runTraining(
    {
      run: out,
      settings: loop,
      ...{ model, step, source, parallel: ALONE, decays: decayRule(model, "matrices") },
      ...(validation === undefined ? {} : { evaluate }),
      saveModel: (folder) => saveModelFiles(folder, (name) => step.parameter(name), saved),
      exactWeights: true,
      from: checkpoint?.state,
    },
    context,
  );
  return finished(run, { run: options.out, averaged: 0 }, context);
}

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

const USUAL_WARMUP = 20;
const MOST_EVALUATIONS = 20;

function loopSettings(settings: MoleculeSettings, steps: number, updatesPerEpoch: number): LoopSettings {
  const { learningRate, matrixLearningRate, weightDecay, clip } = settings;
  const warmup = settings.warmup ?? Math.min(USUAL_WARMUP, Math.floor(steps / 10));
  // Once a pass, but of very little data not after every update.
  const every = Math.max(updatesPerEpoch, Math.ceil(steps / MOST_EVALUATIONS));
  return {
    ...{ steps, evaluateEvery: every, checkpointEvery: every },
    ...{ learningRate, matrixLearningRate, warmup, weightDecay, clip },
    ...{ schedule: "linear", finalShare: 0, optimizer: settings.train === "all" ? "muon" : "adamw", decay: "matrices" },
    ...{ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, keep: 1, patience: 0 },
  };
}
