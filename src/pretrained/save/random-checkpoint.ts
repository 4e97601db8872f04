/** A checkpoint of any shape with random weights, so that speed and memory can be measured without the real ones. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ReportProgress } from "../../base/progress.ts";
import { Random } from "../../base/random.ts";
import { writeFileAtomically, writeSafetensors } from "../../checkpoints/index.ts";
import type { TensorToWrite } from "../../checkpoints/write-safetensors.ts";
import { elementCount } from "../../graph/data-type.ts";
import type { ModelConfig } from "../../models/family.ts";
import { familyOf } from "../../models/registry.ts";

/** Distinct random values; tensors repeat them from different places, since drawing a billion one by one takes a minute. */
const POOL = 1 << 22;

/**
 * Writes config.json and model.safetensors (float32, Hugging Face's names) into a folder, unless they are there already.
 *
 * Values are N(0, 0.02²), gains 1, which keeps activations in the range of a trained model's.
 */
export async function writeRandomCheckpoint(
  folder: string,
  config: ModelConfig,
  {
    seed = 1,
    signal,
    progress,
  }: { seed?: number; signal?: AbortSignal | undefined; progress?: ReportProgress | undefined } = {},
): Promise<void> {
  const weights = join(folder, "model.safetensors");
  const exists = await stat(weights).then(
    () => true,
    () => false,
  );
  if (exists) return;
  await mkdir(folder, { recursive: true });
  const tensors = randomTensors(config, seed);
  await writeSafetensors(weights, tensors, { ...(signal ? { signal } : {}), ...(progress ? { progress } : {}) });
  const json = familyOf(config).toConfigJson(config);
  await writeFileAtomically(join(folder, "config.json"), `${JSON.stringify(json, null, 2)}\n`);
}

/** A model's tensors by Hugging Face's names; the values of each are drawn when it is its turn to be written. */
export function randomTensors(config: ModelConfig, seed: number): TensorToWrite[] {
  const random = new Random(seed);
  let pool: Float32Array | undefined;
  const draw = (): Float32Array => (pool ??= Float32Array.from({ length: POOL }, () => 0.02 * random.normal()));
  return familyOf(config)
    .tensors(config)
    .map(({ name, huggingFace, shape }) => ({
      name: huggingFace,
      dtype: "float32" as const,
      shape,
      data: (): Float32Array => {
        const values = new Float32Array(elementCount(shape));
        if (name.endsWith(".gain")) return values.fill(1);
        let from = random.integer(POOL);
        for (let at = 0; at < values.length; from = 0) {
          const part = draw().subarray(from, from + (values.length - at));
          values.set(part, at);
          at += part.length;
        }
        return values;
      },
    }));
}
