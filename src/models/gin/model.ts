/**
 * GraphMVP's graph isomorphism network: vectors of a molecule's atoms.
 *
 *     atom type + chirality ─ layer ─ relu ─ layer ─ relu ─ … ─ layer ─ vectors,       layer = sums of neighbours ─ MLP ─ batch norm
 *
 * Source    PharMolix/OpenBioMed, open_biomed/models/molecule/gnn_graphmvp.py (ce3ccab): jumping knowledge "last", no ReLU after the last layer,
 *           no residual, no epsilon. Batch norm has the statistics of training, as when the model answers.
 * Left out  dropout, which its config sets to 0; the mean over atoms, which BioMedGPT computes and does not use
 * Shapes    N atoms, of one molecule or of several that are not joined · C width · F width of the MLP
 */
import type { Tensor } from "../../graph/graph.ts";
import { add, batchNorm, gatherRows, relu } from "../../graph/operators.ts";
import { sumNeighbours } from "../../layers/graph-convolution.ts";
import type { LinearLayer } from "../../layers/linear.ts";
import type { GinConfig } from "./tensor-names.ts";

/** torch.nn.BatchNorm1d's default. */
export const EPSILON = 1e-5;

/** A molecule, or a batch of them, as tensors. */
export interface GraphTensors {
  /** (N) int64, rows of the tables. */
  readonly atomTypes: Tensor;
  readonly chiralities: Tensor;
  /** (N, N) */
  readonly neighbours: Tensor;
  /** (N, rows of the table) */
  readonly bondTypes: Tensor;
  readonly bondDirections: Tensor;
}

/** Where weights come from. */
export interface GinRun {
  dense(name: string): Tensor;
  map(name: string): LinearLayer;
  /** Batch norm of layer `layer`, where it is not that of the statistics of training. */
  normalize?(layer: number, x: Tensor): Tensor;
}

function normalized(x: Tensor, at: string, run: GinRun): Tensor {
  const part = (name: string): Tensor => run.dense(`${at}.norm.${name}`);
  const statistics = { gain: part("gain"), bias: part("bias"), mean: part("mean"), variance: part("variance") };
  return batchNorm(x, statistics, EPSILON);
}

/** (N, C) */
export function atomVectors(config: GinConfig, graph: GraphTensors, run: GinRun): Tensor {
  let h = add(
    gatherRows(run.dense("atomType"), graph.atomTypes),
    gatherRows(run.dense("chirality"), graph.chiralities),
  );
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `blocks.${layer}`;
    const summed = sumNeighbours(h, graph.neighbours, [
      { counts: graph.bondTypes, table: run.dense(`${at}.bondType`) },
      { counts: graph.bondDirections, table: run.dense(`${at}.bondDirection`) },
    ]);
    const mapped = run.map(`${at}.contract`)(relu(run.map(`${at}.expand`)(summed))); // (N, C)
    h = run.normalize?.(layer, mapped) ?? normalized(mapped, at, run);
    if (layer + 1 < config.layers) h = relu(h);
  }
  return h;
}
