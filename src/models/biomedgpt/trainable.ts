/**
 * A BioMedGPT as training wants it: the language model's pieces, with rows of atoms in place of the ids where molecules stand. Gradients flow through
 * the language model into projection and GIN.
 *
 * Batch norm keeps the statistics that it starts with, as when the model answers: its gain and bias are learnt, its mean and variance are not.
 *
 * Left out  proteins: an ESM-2 is not trained here
 * Shapes    N = B * T rows, time-major · A atoms of a batch, half as many as rows · C width
 */
import { BiogptError } from "../../base/errors.ts";
import { hashText, Random } from "../../base/random.ts";
import { elementCount } from "../../graph/data-type.ts";
import { add, gatherRows, mul, sub } from "../../graph/operators.ts";
import type { InitialOptions, ModelFamily } from "../family.ts";
import { atomVectors } from "../gin/model.ts";
import { type GinConfig, ginTensors } from "../gin/tensor-names.ts";
import type { BatchInput, DecoderTrainingRun, TrainableDecoder } from "../trainable-decoder.ts";
import { type BioMedGptConfig, MOLECULE, textConfig } from "./config.ts";
import { bioMedGptTensors, PROJECTION } from "./tensor-names.ts";

/** Atoms of a batch: a molecule takes at most half of its sequence's rows. */
export function atomRows({ batch, length }: DecoderTrainingRun["shape"]): number {
  return Math.ceil((batch * length) / 2);
}

/** What comes with a batch: the graph of its molecules, and for each row whether it is an atom's and which. */
export function moleculeInputs(
  { bondTypes, bondDirections }: GinConfig,
  shape: DecoderTrainingRun["shape"],
): BatchInput[] {
  const [N, A] = [shape.batch * shape.length, atomRows(shape)];
  return [
    { name: "atomTypes", dtype: "int32", shape: [A] },
    { name: "chiralities", dtype: "int32", shape: [A] },
    { name: "neighbours", dtype: "float32", shape: [A, A] },
    { name: "bondTypes", dtype: "float32", shape: [A, bondTypes] },
    { name: "bondDirections", dtype: "float32", shape: [A, bondDirections] },
    { name: "isAtom", dtype: "float32", shape: [N, 1] },
    { name: "atomOfRow", dtype: "int32", shape: [N] },
  ];
}

/** @throws BiogptError `training/settings` for a model with proteins or without molecules */
export function trainableBioMedGpt(text: ModelFamily, config: BioMedGptConfig): TrainableDecoder {
  const { molecule, protein } = config;
  if (molecule === undefined || protein !== undefined || text.trainable === undefined) {
    throw new BiogptError("training/settings", {
      what: "A BioMedGPT with an encoder of proteins is not trained here.",
      why: "Only molecules are learnt.",
      fix: "Start from a language model, or from one that was trained here.",
    });
  }
  const decoder = text.trainable(textConfig(config));
  return {
    ...decoder,
    parameters: bioMedGptTensors(text, config).map(({ name, shape }) => ({ name, shape })),
    inputs: (shape) => moleculeInputs(molecule, shape),
    embed: (ids, positionRows, run) =>
      decoder.embed(ids, positionRows, {
        ...run,
        given(tokens) {
          const graph = {
            atomTypes: run.input("atomTypes"),
            chiralities: run.input("chiralities"),
            neighbours: run.input("neighbours"),
            bondTypes: run.input("bondTypes"),
            bondDirections: run.input("bondDirections"),
          };
          const vectors = atomVectors(molecule, graph, {
            dense: (name) => run.weight(MOLECULE + name),
            map: (name) => run.map(MOLECULE + name),
          });
          const rows = gatherRows(run.map(PROJECTION.molecule.ours)(vectors), run.input("atomOfRow")); // (N, C)
          return add(tokens, mul(sub(rows, tokens), run.input("isAtom")));
        },
      }),
  };
}

/**
 * First values of a GIN and its projection; the language model's are its family's. Maps before a ReLU are uniform with variance 2 / inputs, tables
 * normal with deviation 0.5, the projection as a linear layer of torch; batch norm begins as the identity.
 *
 * Source   arXiv:1502.01852 for maps before a ReLU
 */
export function initialBioMedGpt(
  text: ModelFamily,
  config: BioMedGptConfig,
  name: string,
  shape: readonly number[],
  options: InitialOptions,
): Float32Array {
  const isProjection = name.startsWith(`${PROJECTION.molecule.ours}.`);
  if (!name.startsWith(MOLECULE) && !isProjection) return text.initialValues!(textConfig(config), name, shape, options);
  const values = new Float32Array(elementCount(shape));
  if (/\.norm\.(?:gain|variance)$/.test(name)) return values.fill(1);
  if (shape.length === 1) return values;
  const random = new Random(options.seed ^ hashText(name));
  const isTable = ginTensors(config.molecule!).some((spec) => MOLECULE + spec.name === name && spec.kind === "table");
  const limit = Math.sqrt((isProjection ? 1 : 6) / shape[1]!);
  return values.map(() => (isTable ? 0.5 * random.normal() : limit * (2 * random.next() - 1)));
}
