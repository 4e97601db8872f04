/**
 * First weights of a BioGPT that is trained from nothing: `fairseq` as its decoder draws them, or `gpt2`.
 *
 * fairseq
 *     token and position embeddings   normal, deviation 1 / sqrt(C); the padding row of both is zero
 *     query, key, value               uniform, Xavier with gain 1 / sqrt(2); biases uniform +-1 / sqrt(C)
 *     attention's output              uniform, Xavier; bias 0
 *     both maps of the MLP            weight and bias uniform +-1 / sqrt(inputs), torch's default for a linear map
 *     norms                           gain 1, bias 0
 *
 * gpt2
 *     every matrix                    normal, deviation 0.02; those that write into the residual stream (attention's output, the MLP's
 *                                     second map) divided by sqrt(2 L), so that the stream does not grow with depth
 *     biases 0, norms as above
 *
 * fairseq's tied head begins by predicting the token just read (its row's length is 1, times sqrt(C)), so its first loss is some 3 nats above
 * ln V, and is back there within a few dozen updates.
 *
 * Source: fairseq 0.12, modules/multihead_attention.py (reset_parameters), models/transformer (Embedding), torch.nn.Linear;
 *         Radford et al., 2019, section 2.3.
 */
import { internalError } from "../../base/errors.ts";
import { hashText, Random } from "../../base/random.ts";
import { PAD_ID } from "./config.ts";

export type Initialization = "fairseq" | "gpt2";

export const INITIALIZATIONS: readonly Initialization[] = ["fairseq", "gpt2"];

export interface BioGptInitialOptions {
  readonly seed: number;
  /** Default `fairseq`. */
  readonly initialization?: Initialization;
  /** L; only `gpt2` uses it. */
  readonly layers: number;
}

/**
 * Values of one tensor. They depend on the seed, the name and the shape alone, not on the order of the calls.
 *
 * @param name one of tensor-names.ts
 */
export function initialValues(
  name: string,
  shape: readonly number[],
  { seed, initialization = "fairseq", layers }: BioGptInitialOptions,
): Float32Array {
  const random = new Random(seed ^ hashText(name));
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const uniform = (bound: number): Float32Array => values.map(() => (2 * random.next() - 1) * bound);
  const [rows, columns] = [shape[0]!, shape.at(-1)!];
  const [part, field] = name.split(".").slice(-2) as [string, string];
  const isTable = name === "tokenEmbedding" || name === "positionEmbedding" || name === "head.weight";
  if (initialization === "gpt2" && field === "bias") return values;
  if (initialization === "gpt2" && field !== "gain") {
    const deviation = 0.02 / (part === "output" || part === "contract" ? Math.sqrt(2 * layers) : 1);
    for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
    if (isTable && name !== "head.weight") values.fill(0, PAD_ID * columns, (PAD_ID + 1) * columns);
    return values;
  }
  if (isTable) {
    const deviation = 1 / Math.sqrt(columns);
    for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
    if (name !== "head.weight") values.fill(0, PAD_ID * columns, (PAD_ID + 1) * columns);
    return values;
  }
  if (field === "gain") return values.fill(1);
  if (field === "bias" && (part.endsWith("Norm") || part === "output")) return values;
  switch (part) {
    case "query":
    case "key":
    case "value":
      return uniform(field === "bias" ? 1 / Math.sqrt(rows) : Math.sqrt(6 / (rows + columns) / 2));
    case "output":
      return uniform(Math.sqrt(6 / (rows + columns)));
    case "expand":
    case "contract":
      // A bias has its map's inputs as bound; those of `contract` are four times its outputs in every BioGPT.
      return uniform(1 / Math.sqrt(field === "weight" ? columns : part === "expand" ? rows / 4 : 4 * rows));
    default:
      throw internalError(`there is no first value for ${name}`);
  }
}
