/**
 * BioMedGPT as a model family: a language model whose prompts take molecules and proteins.
 *
 *     SMILES ── graph ── GIN ── a vector an atom ────── projection ─┐
 *     residues ── ids ── ESM-2 ── a vector a token ──── projection ─┼─ language model
 *     text ── ids ── token table ───────────────────────────────────┘
 *
 * What generates and what tokenizes is the language model's own: this record adds the encoders' tensors and graphs. Every atom and every residue takes
 * one position; nothing is pooled.
 *
 * Source    PharMolix/OpenBioMed at ce3ccab (2023's BioMedGPT-10B); arXiv:2308.09442
 */
import type { Graph } from "../../graph/graph.ts";
import { asFloat32, denseLinear, type LinearLayer } from "../../layers/linear.ts";
import { buildEsm2Graph, runEsm2 } from "../esm2/encoder.ts";
import { type ModelFamily, parameterCount } from "../family.ts";
import { buildGinGraph, runGin } from "../gin/encoder.ts";
import { ginTensors } from "../gin/tensor-names.ts";
import type { PromptEncoders, PromptSubject } from "../prompt-encoder.ts";
import type { WeightStorage } from "../weight-storage.ts";
import {
  type BioMedGptConfig,
  fitBioMedGpt,
  MOLECULE,
  PROTEIN,
  PUBLISHED,
  parseBioMedGptConfig,
  textConfig,
  toBioMedGptConfigJson,
} from "./config.ts";
import { bioMedGptName, bioMedGptTensors, knownNames, PROJECTION } from "./tensor-names.ts";
import { initialBioMedGpt, trainableBioMedGpt } from "./trainable.ts";

export interface BioMedGptOptions {
  /** For conversations; default: the language model's own. */
  readonly chatFormat?: string;
  /** Whether this is the family of the published folder. Default false. */
  readonly isPublished?: boolean;
}

/** A family around a language model's. */
export function bioMedGpt(text: ModelFamily, options: BioMedGptOptions = {}): ModelFamily<BioMedGptConfig> {
  const modelType = `biomedgpt-${text.modelType}`;
  const chatFormat = options.chatFormat ?? text.chatFormat;
  return {
    modelType,
    title: `BioMedGPT on a ${text.title}`,
    presets: {},

    parseConfig: (json) => parseBioMedGptConfig(modelType, text, json),
    fit: fitBioMedGpt,
    ...(options.isPublished === true ? { layout: PUBLISHED } : {}),
    toConfigJson: (config) => toBioMedGptConfigJson(text, config),
    describe: (config) => describe(text, config),

    tensors: (config) => bioMedGptTensors(text, config),
    ourName: (theirs) => bioMedGptName(text, theirs),
    knownNames: knownNames(text),

    buildGenerator: (config, storage, cache) => text.buildGenerator(textConfig(config), storage, cache),
    cacheShape: (config) => text.cacheShape(textConfig(config)),
    positions: text.positions,
    promptEncoders,
    ...(text.trainable === undefined || text.initialValues === undefined
      ? {}
      : {
          trainable: (config) => trainableBioMedGpt(text, config),
          initialValues: (config, name, shape, how) => initialBioMedGpt(text, config, name, shape, how),
          ...(text.initializations === undefined ? {} : { initializations: text.initializations }),
        }),

    tokenizer: text.tokenizer,
    specialIds: (config, tokenizer) => text.specialIds(textConfig(config), tokenizer),
    ...(chatFormat === undefined ? {} : { chatFormat }),
    encodePrompt: (prompt, tokenizer, config) => text.encodePrompt(prompt, tokenizer, textConfig(config)),
  };
}

function promptEncoders({ molecule, protein, width }: BioMedGptConfig): PromptEncoders {
  return {
    ...(molecule === undefined
      ? {}
      : {
          molecule: {
            buildGraph: (storage) =>
              buildGinGraph(molecule, {
                ...{ storage, prefix: MOLECULE },
                project: (graph) => projection(graph, "molecule", [width, molecule.width], storage),
              }),
            run: (compiled, subject, signal) => runGin(molecule, compiled, subject, signal),
          },
        }),
    ...(protein === undefined
      ? {}
      : {
          protein: {
            vocabularySize: protein.vocabularySize,
            buildGraph: (storage) =>
              buildEsm2Graph(protein, {
                ...{ storage, prefix: PROTEIN },
                project: (graph) => projection(graph, "protein", [width, protein.width], storage),
              }),
            run: (compiled, subject, signal) => runEsm2(protein, compiled, subject, signal),
          },
        }),
  };
}

function projection(
  graph: Graph,
  subject: PromptSubject,
  shape: readonly [number, number],
  storage: WeightStorage,
): LinearLayer {
  const { ours } = PROJECTION[subject];
  const [weight, bias] = [`${ours}.weight`, `${ours}.bias`];
  return denseLinear(
    graph.weight(weight, storage.dense(weight), shape),
    asFloat32(graph.weight(bias, storage.dense(bias), [shape[0]])),
  );
}

function describe(text: ModelFamily, config: BioMedGptConfig): string {
  const { molecule, protein } = config;
  const parts = [text.describe(textConfig(config))];
  if (molecule !== undefined) {
    const parameters = parameterCount(ginTensors(molecule)).toLocaleString("en-US");
    parts.push(`molecules by a GIN of ${molecule.layers} layers, width ${molecule.width} (${parameters} parameters)`);
  }
  if (protein !== undefined) parts.push(`proteins by an ESM-2 of ${protein.layers} layers, width ${protein.width}`);
  return parts.join("; ");
}
