/** Weights of the right shapes and sizes with random values: speed and memory can be measured without a checkpoint. */
import { Random } from "../base/random.ts";
import type { Graph } from "../graph/graph.ts";
import type { Device, DeviceTensor, ExternalWeight } from "../runtime/device.ts";

/** Distinct random values; tensors repeat them from different starting points, since filling gigabytes one by one takes longer than the benchmark. */
const POOL = 1 << 20;

/** One tensor on the device for each weight that the graph declares; the caller disposes them. */
export function randomWeights(
  device: Device,
  graph: Graph,
  seed = 1,
): (ExternalWeight & { readonly source: DeviceTensor })[] {
  const random = new Random(seed);
  const normal = Float32Array.from({ length: POOL }, () => 0.02 * random.normal());
  const bytes = new Uint8Array(Float32Array.from({ length: POOL / 4 }, () => random.next()).buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.nextUint32() & 0xff;
  return graph.weights.map((weight) => {
    const shape = weight.shape as number[];
    const tensor = device.allocate(weight.dtype, shape);
    const { data } = tensor;
    if (data instanceof Float32Array) {
      if (weight.name.endsWith(".scales")) data.fill(0.001);
      else if (weight.name.endsWith(".gain")) data.fill(1);
      else fillFrom(data, normal, random.integer(POOL));
    } else {
      fillFrom(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), bytes, random.integer(POOL));
    }
    return { name: weight.name, dtype: weight.dtype, shape, source: tensor };
  });
}

function fillFrom<Values extends Float32Array | Uint8Array>(target: Values, pool: Values, offset: number): void {
  let from = offset % pool.length;
  for (let at = 0; at < target.length; ) {
    const part = pool.subarray(from, from + (target.length - at));
    target.set(part, at);
    at += part.length;
    from = 0;
  }
}
