/** Tensors of a BioMedGPT: those of its parts, each under a prefix, and two projections. Ours are those of the language model where it has them. */
import { esm2Name, esm2Tensors } from "../esm2/tensor-names.ts";
import { HEAD, type ModelFamily, type TensorSpec } from "../family.ts";
import { ginName, ginTensors } from "../gin/tensor-names.ts";
import type { PromptSubject } from "../prompt-encoder.ts";
import { type BioMedGptConfig, MOLECULE, PROTEIN, textConfig } from "./config.ts";

/** Prefixes of the file, as OpenBioMed's `BioMedGPT` class names its parts. */
const THEIR = { text: "llm.", molecule: "mol_structure_encoder.", protein: "prot_structure_encoder." } as const;

/** From a vector of an encoder to a row of a prompt: a linear map with bias. */
export const PROJECTION: Readonly<Record<PromptSubject, { readonly ours: string; readonly theirs: string }>> = {
  molecule: { ours: "moleculeProjection", theirs: "proj_mol" },
  protein: { ours: "proteinProjection", theirs: "proj_prot" },
};

/** The language model's, those of the encoders before its head. */
export function bioMedGptTensors(text: ModelFamily, config: BioMedGptConfig): TensorSpec[] {
  const own = text.tensors(textConfig(config)).map(({ fairseq: _, ...spec }) => ({
    ...spec,
    huggingFace: THEIR.text + spec.huggingFace,
  }));
  const specs = own.filter(({ name }) => name !== HEAD);
  const { molecule, protein, width } = config;
  if (molecule !== undefined) specs.push(...encoderTensors("molecule", ginTensors(molecule), molecule.width, width));
  if (protein !== undefined) specs.push(...encoderTensors("protein", esm2Tensors(protein), protein.width, width));
  return [...specs, ...own.filter(({ name }) => name === HEAD)];
}

function encoderTensors(encoder: PromptSubject, specs: readonly TensorSpec[], from: number, to: number): TensorSpec[] {
  const prefix = encoder === "molecule" ? MOLECULE : PROTEIN;
  return [
    ...specs.map((spec) => ({
      ...spec,
      name: prefix + spec.name,
      huggingFace: THEIR[encoder] + spec.huggingFace,
      encoder,
    })),
    ...projectionTensors(encoder, from, to),
  ];
}

export function projectionTensors(encoder: PromptSubject, from: number, to: number): TensorSpec[] {
  const { ours, theirs } = PROJECTION[encoder];
  return [
    { name: `${ours}.weight`, huggingFace: `${theirs}.weight`, shape: [to, from], kind: "dense", encoder },
    { name: `${ours}.bias`, huggingFace: `${theirs}.bias`, shape: [to], kind: "vector", encoder },
  ];
}

/** Our name for a checkpoint's tensor, `"dropped"` for one that is left out on purpose, undefined for an unknown one. */
export function bioMedGptName(text: ModelFamily, theirs: string): { readonly name: string } | "dropped" | undefined {
  if (theirs.startsWith(THEIR.text)) return text.ourName(theirs.slice(THEIR.text.length));
  for (const [prefix, ours, nameOf] of [
    [THEIR.molecule, MOLECULE, ginName],
    [THEIR.protein, PROTEIN, esm2Name],
  ] as const) {
    if (!theirs.startsWith(prefix)) continue;
    const name = nameOf(theirs.slice(prefix.length));
    return name === undefined || name === "dropped" ? name : { name: ours + name };
  }
  for (const projection of Object.values(PROJECTION)) {
    const [, part] = new RegExp(`^${projection.theirs}\\.(weight|bias)$`).exec(theirs) ?? [];
    if (part !== undefined) return { name: `${projection.ours}.${part}` };
  }
  return undefined;
}

/** Names outside the layers, for "did you mean". */
export function knownNames(text: ModelFamily): string[] {
  return [
    ...text.knownNames.map((name) => THEIR.text + name),
    `${THEIR.molecule}x_embedding1.weight`,
    `${THEIR.molecule}x_embedding2.weight`,
    `${THEIR.protein}embeddings.word_embeddings.weight`,
    ...Object.values(PROJECTION).flatMap(({ theirs }) => [`${theirs}.weight`, `${theirs}.bias`]),
  ];
}
