import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { readAdapter, writeAdapter } from "./adapter.ts";
import { readFloat32 } from "./read-tensor.ts";
import { writeSafetensors } from "./write-safetensors.ts";

const module = "biogpt.layers.0.self_attn.q_proj";
const layer = {
  a: { dtype: "float32", shape: [2, 4], data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) },
  b: { dtype: "float32", shape: [3, 2], data: new Float32Array(6) },
} as const;

async function written(): Promise<string> {
  const folder = temporaryFolder();
  const layers = new Map([[module, layer]]);
  await writeAdapter(folder, { rank: 2, alpha: 4, targetModules: ["q_proj"], baseModel: "microsoft/biogpt", layers });
  return folder;
}

test("an adapter is written as PEFT names it and read again", async () => {
  const folder = await written();
  const { config, layers, checkpoint } = await readAdapter(folder);
  expect(config).toEqual({
    rank: 2,
    alpha: 4,
    scale: 2,
    dropout: 0,
    targetModules: ["q_proj"],
    taskType: "CAUSAL_LM",
    baseModel: "microsoft/biogpt",
  });
  expect([...checkpoint.tensors.keys()].sort()).toEqual([
    `base_model.model.${module}.lora_A.weight`,
    `base_model.model.${module}.lora_B.weight`,
  ]);
  expect([...(await readFloat32(layers.get(module)!.a))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(layers.get(module)!.b.shape).toEqual([3, 2]);
});

test("fields of newer PEFT that change nothing are passed over", async () => {
  const folder = await written();
  change(folder, {
    layer_replication: null,
    init_lora_weights: "gaussian",
    use_qalora: false,
    target_parameters: [],
    eva: 1,
  });
  expect((await readAdapter(join(folder, "adapter_model.safetensors"))).layers.size).toBe(1);
});

test("rank-stabilised scale", async () => {
  const folder = await written();
  change(folder, { use_rslora: true, r: 2, lora_alpha: 4 });
  expect((await readAdapter(folder)).config.scale).toBeCloseTo(4 / Math.SQRT2, 12);
});

for (const [what, fields, text] of [
  ["another method", { peft_type: "PREFIX_TUNING" }, "peft_type"],
  ["no rank", { r: 0 }, "r: "],
  ["biases", { bias: "all" }, "only adapters without biases"],
  ["transposed weights", { fan_in_fan_out: true }, "Conv1D"],
  ["DoRA", { use_dora: true }, "DoRA"],
  ["whole modules", { modules_to_save: ["score"] }, "modules_to_save"],
  ["ranks of their own", { rank_pattern: { q_proj: 4 } }, "rank_pattern"],
  ["layers twice", { layer_replication: [[0, 2]] }, "layer_replication"],
  ["only after some tokens", { alora_invocation_tokens: [5] }, "alora_invocation_tokens"],
  ["another base than is named", { init_lora_weights: "pissa_niter_16" }, "adapters that change their base"],
  ["a name without end", { base_model_name_or_path: "x".repeat(5000) }, "base_model_name_or_path"],
] as const) {
  test(`${what}: refused by name`, async () => {
    const folder = await written();
    change(folder, fields);
    await expect(readAdapter(folder)).rejects.toMatchObject({
      code: "checkpoints/bad-adapter-config",
      what: expect.stringContaining(text),
    });
  });
}

test("tensors that do not fit the configuration are refused", async () => {
  const folder = await written();
  change(folder, { r: 3 });
  await expect(readAdapter(folder)).rejects.toMatchObject({
    code: "checkpoints/bad-adapter",
    what: expect.stringContaining("the rank is 3"),
  });
  for (const [names, text] of [
    [[`base_model.model.${module}.lora_A.weight`], "only one of"],
    [["base_model.model.x.lora_embedding_A"], "not part of a LoRA"],
  ] as const) {
    await writeSafetensors(
      join(folder, "adapter_model.safetensors"),
      names.map((name) => ({ ...layer.a, name })),
    );
    await expect(readAdapter(folder)).rejects.toMatchObject({ what: expect.stringContaining(text) });
  }
  const wrong = new Map([[module, { a: layer.b, b: layer.a }]]);
  await expect(writeAdapter(folder, { rank: 2, alpha: 4, targetModules: [], layers: wrong })).rejects.toMatchObject({
    code: "checkpoints/bad-adapter",
  });
});

function change(folder: string, fields: Record<string, unknown>): void {
  const path = join(folder, "adapter_config.json");
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...fields }));
}
