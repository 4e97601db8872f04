/**
 * GraphMVP's GIN: its sizes, which its tensors tell, and our names for them. There is no config file.
 *
 * Source    PharMolix/OpenBioMed, open_biomed/models/molecule/gnn_graphmvp.py; chao1224/GraphMVP's pretraining_model.pth is the same state dict
 */
import type { TensorSpec } from "../family.ts";

export interface GinConfig {
  readonly layers: number;
  /** Width C of a node. */
  readonly width: number;
  readonly mlpWidth: number;
  /** Rows of the two tables of atoms and the two of bonds. */
  readonly atomTypes: number;
  readonly chiralities: number;
  readonly bondTypes: number;
  readonly bondDirections: number;
}

/** 1,857,900 parameters. Atoms: 118 elements, anything else, a mask. Bonds: four types, the loop of a node, a mask. */
export const GRAPHMVP: GinConfig = {
  ...{ layers: 5, width: 300, mlpWidth: 600 },
  ...{ atomTypes: 120, chiralities: 3, bondTypes: 6, bondDirections: 3 },
};

/** Row of the first table of bonds that stands for a node's own loop; in the second it is row 0, no direction. */
export const LOOP = 4;

type Row = readonly [ours: string, theirs: string, shape: readonly number[], kind: TensorSpec["kind"]];

const layerRows = ({ width, mlpWidth, bondTypes, bondDirections }: GinConfig): readonly Row[] => [
  ["bondType", "gnns.{n}.edge_embedding1.weight", [bondTypes, width], "table"],
  ["bondDirection", "gnns.{n}.edge_embedding2.weight", [bondDirections, width], "table"],
  ["expand.weight", "gnns.{n}.mlp.0.weight", [mlpWidth, width], "dense"],
  ["expand.bias", "gnns.{n}.mlp.0.bias", [mlpWidth], "vector"],
  ["contract.weight", "gnns.{n}.mlp.2.weight", [width, mlpWidth], "dense"],
  ["contract.bias", "gnns.{n}.mlp.2.bias", [width], "vector"],
  ["norm.gain", "batch_norms.{n}.weight", [width], "vector"],
  ["norm.bias", "batch_norms.{n}.bias", [width], "vector"],
  ["norm.mean", "batch_norms.{n}.running_mean", [width], "vector"],
  ["norm.variance", "batch_norms.{n}.running_var", [width], "vector"],
];

/** Every tensor, in the order of the forward pass. */
export function ginTensors(config: GinConfig): TensorSpec[] {
  const spec = ([name, huggingFace, shape, kind]: Row): TensorSpec => ({ name, huggingFace, shape, kind });
  const specs = [
    spec(["atomType", "x_embedding1.weight", [config.atomTypes, config.width], "table"]),
    spec(["chirality", "x_embedding2.weight", [config.chiralities, config.width], "table"]),
  ];
  for (let n = 0; n < config.layers; n++) {
    for (const [ours, theirs, shape, kind] of layerRows(config))
      specs.push(spec([`blocks.${n}.${ours}`, theirs.replace("{n}", String(n)), shape, kind]));
  }
  return specs;
}

const INNER = new Map(layerRows(GRAPHMVP).map(([ours, theirs]) => [theirs, ours]));

/** Our name for a checkpoint's tensor, `"dropped"` for the count of batches that a batch norm keeps, undefined for an unknown one. */
export function ginName(theirs: string): string | "dropped" | undefined {
  if (theirs === "x_embedding1.weight") return "atomType";
  if (theirs === "x_embedding2.weight") return "chirality";
  if (/^batch_norms\.\d+\.num_batches_tracked$/.test(theirs)) return "dropped";
  const layer = /^\w+\.(\d+)\./.exec(theirs)?.[1];
  const inner = layer === undefined ? undefined : INNER.get(theirs.replace(`.${layer}.`, ".{n}."));
  return inner === undefined ? undefined : `blocks.${Number(layer)}.${inner}`;
}

/** The sizes that the tensors tell; what none tells stays as it is. */
export function fitGin(config: GinConfig, shapes: ReadonlyMap<string, readonly number[]>): GinConfig {
  const rows = (name: string, known: number): number => shapes.get(name)?.[0] ?? known;
  let layers = 0;
  while (shapes.has(`blocks.${layers}.expand.weight`)) layers++;
  return {
    layers: layers === 0 ? config.layers : layers,
    width: shapes.get("atomType")?.[1] ?? config.width,
    mlpWidth: rows("blocks.0.expand.weight", config.mlpWidth),
    atomTypes: rows("atomType", config.atomTypes),
    chiralities: rows("chirality", config.chiralities),
    bondTypes: rows("blocks.0.bondType", config.bondTypes),
    bondDirections: rows("blocks.0.bondDirection", config.bondDirections),
  };
}
