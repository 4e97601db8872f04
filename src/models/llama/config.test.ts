/** What is read of config.json, what is refused by name, and that a config comes back from what we write. */
import { expect, test } from "vitest";
import { parameterCount } from "../family.ts";
import { BIOMEDGPT_LM, type LlamaConfig, type LlamaModelType, parseLlamaConfig, toLlamaConfigJson } from "./config.ts";
import { LLAMA } from "./family.ts";
import { scaledFrequencies } from "./rotary-settings.ts";

const JSON_OF_LM = toLlamaConfigJson(BIOMEDGPT_LM);
const read = (changes: object = {}, modelType: LlamaModelType = "llama"): LlamaConfig =>
  parseLlamaConfig(modelType, { ...JSON_OF_LM, ...changes });
const reason = (changes: object, modelType: LlamaModelType = "llama"): string => {
  try {
    read(changes, modelType);
  } catch (error) {
    return (error as { code: string; what: string }).code === "models/config" ? (error as { what: string }).what : "";
  }
  return "nothing was refused";
};

test("the published LM's sizes", () => {
  expect(read()).toEqual(BIOMEDGPT_LM);
  expect(parameterCount(LLAMA.tensors(BIOMEDGPT_LM))).toBe(6_738_415_616);
  expect(LLAMA.describe(BIOMEDGPT_LM)).toBe(
    "Llama: 32 layers, width 4,096, 32 heads, MLP 11,008, 32,000 tokens, 4,096 positions, own head",
  );
});

test("what we write is read again, every field of it", () => {
  const odd: LlamaConfig = {
    ...BIOMEDGPT_LM,
    ...{ modelType: "qwen3", keyValueHeads: 8, headWidth: 96, headNorms: true, attentionBias: true, outputBias: true },
    rotary: {
      base: 500_000,
      scaling: { kind: "llama3", factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192 },
    },
    ...{ tied: true, attentionDropout: 0.1, padId: 7 },
  };
  expect(parseLlamaConfig("qwen3", toLlamaConfigJson(odd))).toEqual(odd);
});

test("the older and the newer place of rotary settings", () => {
  const old = { rope_parameters: undefined, rope_theta: 7, rope_scaling: { type: "linear", factor: 2 } };
  const wanted = { base: 7, scaling: { kind: "linear", factor: 2 } };
  expect(read(old).rotary).toEqual(wanted);
  expect(read({ rope_parameters: { rope_type: "linear", rope_theta: 7, factor: 2 } }).rotary).toEqual(wanted);
  expect(scaledFrequencies(4, { base: 100, scaling: { kind: "linear", factor: 2 } })).toEqual([0.5, 0.05]);
});

test("ids: lists of ends, padding that is none", () => {
  const { endId, padId, beginId } = read({ eos_token_id: [5, 6], pad_token_id: 5, bos_token_id: null });
  expect([endId, padId, beginId]).toEqual([5, undefined, undefined]);
  expect(read({ pad_token_id: -1 }).padId).toBeUndefined();
});

test("a window limits the context, where it is switched on", () => {
  expect(read({ sliding_window: 100 }, "mistral").maxPositions).toBe(100);
  expect(read({ sliding_window: 100 }, "qwen2").maxPositions).toBe(4096);
  expect(read({ sliding_window: 100, use_sliding_window: true }, "qwen2").maxPositions).toBe(100);
  expect(read({ sliding_window: 100 }).maxPositions).toBe(4096); // transformers' Llama knows none
});

test("what cannot be run is refused by name", () => {
  expect(reason({ rope_scaling: { type: "dynamic", factor: 2 }, rope_parameters: null })).toContain('"dynamic"');
  expect(reason({ rope_parameters: { rope_type: "yarn", factor: 2 } })).toContain('"yarn"');
  expect(reason({ rope_parameters: { rope_type: "llama3", factor: 2 } })).toContain("low_freq_factor");
  expect(reason({ rope_parameters: { partial_rotary_factor: 0.5 } })).toContain("part of a head");
  expect(reason({ hidden_act: "gelu" })).toContain("only SiLU");
  expect(reason({ num_key_value_heads: 5 })).toContain("32 heads cannot share 5");
  expect(reason({ head_dim: null, hidden_size: 4090 })).toContain("cannot be cut");
  expect(reason({ head_dim: 5 })).toContain("no halves");
  expect(reason({ eos_token_id: undefined }, "qwen2")).toContain("eos_token_id");
  expect(reason({ hidden_size: undefined })).toContain("hidden_size");
});
