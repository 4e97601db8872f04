/**
 * The embedded models, and the seed models of ../shared, give what transformers gives: logits, log-likelihoods, greedy and beam texts.
 *
 * Wanted values: test/golden/embedded-models.py, and goldens.json of the shared models; both made by transformers 5.18 in float32 on these
 * float16 weights.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../checkpoints/index.ts";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { type GenerationSettings, generate, score } from "../generation/generation.ts";
import { type DeviceName, openDevice } from "../runtime/device.ts";
import { readModelCheckpoint } from "./load/model-checkpoint.ts";
import { type OpenedDecoder, openDecoder } from "./load/open-decoder.ts";
import type { Precision } from "./load/precision.ts";

interface Continuation {
  readonly ids: readonly number[];
  readonly score?: number;
}
interface GenerationGolden {
  readonly model: string;
  readonly prompt: string;
  readonly promptIds: readonly number[];
  readonly logLikelihood: number;
  readonly logits: Readonly<Record<string, readonly number[]>>;
  readonly greedy: Continuation;
  readonly beam5: Continuation;
}

const shared = fileURLToPath(new URL("../../../shared/models/", import.meta.url));
const models = fileURLToPath(new URL("../../models/", import.meta.url));
const fixtures = fileURLToPath(new URL("../../test/fixtures/models/", import.meta.url));
const embedded: readonly GenerationGolden[] = JSON.parse(
  readFileSync(new URL("../../test/fixtures/models/embedded.json", import.meta.url), "utf8"),
);
interface RelationGolden {
  readonly model: string;
  readonly pmid: string;
  readonly promptIds: readonly number[];
  readonly greedy: Continuation;
}
const goldens: { readonly generation: readonly GenerationGolden[]; readonly relations: readonly RelationGolden[] } =
  existsSync(shared)
    ? JSON.parse(readFileSync(join(shared, "goldens.json"), "utf8"))
    : { generation: [], relations: [] };
const cacheFolder = temporaryFolder();
const opened = new Map<string, OpenedDecoder>();

async function decoderOf(
  name: string,
  precision: Precision = "fp32",
  device: DeviceName = "cpu",
): Promise<OpenedDecoder["decoder"]> {
  const key = `${name} ${precision} ${device}`;
  let known = opened.get(key);
  if (known === undefined) {
    const own = existsSync(join(models, name)) ? models : fixtures;
    const folder = join(name.startsWith("biogpt-seed") ? shared : own, name);
    const config: unknown = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    const checkpoint = await readModelCheckpoint(await openCheckpoint(folder), config);
    known = await openDecoder(checkpoint, precision, { slots: 8, cacheFolder, device });
    opened.set(key, known);
  }
  return known.decoder;
}

const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json"; // Debian's chromium: Vulkan on the processor
if (existsSync(SWIFTSHADER)) process.env["VK_ICD_FILENAMES"] ??= SWIFTSHADER;
const hasWebGpu = await openDevice("webgpu").then(
  (device) => {
    device[Symbol.dispose]();
    return true;
  },
  () => false,
);

/** Any few tokens will do to see a wrong kernel, layout or scale. */
const PROMPT = [2, 600, 9, 277, 20];

describe.skipIf(!hasWebGpu)("on a GPU (SwiftShader where there is none)", () => {
  for (const precision of ["fp32", "q8", "q4"] as const) {
    test(`${precision}: logits as on the processor, and the same beams`, async () => {
      const [cpu, gpu] = [await decoderOf("biogpt-mini"), await decoderOf("biogpt-mini", precision, "webgpu")];
      const row = { slot: 0, start: 0, tokens: PROMPT, wanted: 1 };
      const [wanted] = await cpu.forward([row]);
      const expected = Float32Array.from(wanted!);
      const [got] = await gpu.forward([row]);
      const worst = Math.max(...expected.map((value, i) => Math.abs(value - got![i]!)));
      expect(worst).toBeLessThan({ fp32: 1e-3, q8: 1, q4: 3.5 }[precision]);
      if (precision !== "fp32") return;
      const settings = { endId: 2, maxNewTokens: 3, beams: 2 };
      expect(await idsOf(gpu, settings)).toEqual(await idsOf(cpu, settings));
    });
  }
});

async function idsOf(decoder: OpenedDecoder["decoder"], settings: GenerationSettings): Promise<readonly number[]> {
  const [[best] = []] = await generate(decoder, [PROMPT], settings);
  return best!.ids;
}

describe("quantised weights (processor)", () => {
  for (const [precision, most] of [
    ["q8", 1],
    ["q4", 3.5],
  ] as const) {
    test(`${precision}: logits near those of fp32, from a copy that is made once`, async () => {
      const [exact, quantised] = [await decoderOf("biogpt-mini"), await decoderOf("biogpt-mini", precision)];
      const row = { slot: 0, start: 0, tokens: PROMPT, wanted: 1 };
      const [wanted] = await exact.forward([row]);
      const expected = Float32Array.from(wanted!);
      const [got] = await quantised.forward([row]);
      const worst = Math.max(...expected.map((value, i) => Math.abs(value - got![i]!)));
      expect(worst).toBeLessThan(most);
      expect(worst).toBeGreaterThan(0);
      const before = readdirSync(join(cacheFolder, "quantized"));
      await openAnother(precision);
      expect(readdirSync(join(cacheFolder, "quantized"))).toEqual(before);
    });
  }
});

async function openAnother(precision: Precision): Promise<void> {
  opened.delete(`biogpt-mini ${precision} cpu`);
  await decoderOf("biogpt-mini", precision);
}

afterAll(() => {
  for (const { dispose } of opened.values()) dispose();
});

function sameAsTransformers(golden: GenerationGolden): void {
  test(`${golden.model}: ${golden.prompt.slice(0, 40)}`, async () => {
    const decoder = await decoderOf(golden.model);
    const { promptIds } = golden;
    const [logits] = await decoder.forward([{ slot: 0, start: 0, tokens: promptIds, wanted: promptIds.length }]);
    for (const [position, wanted] of Object.entries(golden.logits)) {
      for (const [id, value] of wanted.entries()) {
        expect(Math.abs(logits![Number(position) * decoder.vocabularySize + id]! - value)).toBeLessThan(1.5e-4); // printed to 1e-4
      }
    }
    const [scored] = await score(decoder, [promptIds]);
    expect(Math.abs(scored!.logLikelihood - golden.logLikelihood)).toBeLessThan(2e-4);
    const [[greedy] = []] = (await generate(decoder, [promptIds], {
      endId: 2,
      maxNewTokens: 40,
    })) as readonly (readonly Continuation[])[];
    expect(greedy!.ids).toEqual(golden.greedy.ids);
    const beam = { endId: 2, maxNewTokens: 40, beams: 5, earlyStopping: true } as const;
    const [[best] = []] = (await generate(
      decoder,
      [promptIds],
      beam,
    )) as readonly (readonly Required<Continuation>[])[];
    expect(best!.ids).toEqual(golden.beam5.ids);
    expect(Math.abs(best!.score - golden.beam5.score!)).toBeLessThan(1e-4);
  });
}

describe("embedded models against transformers", () => {
  for (const golden of embedded) sameAsTransformers(golden);
});

describe.skipIf(goldens.generation.length === 0)("seed models against transformers (needs ../shared)", () => {
  for (const golden of goldens.generation) sameAsTransformers(golden);

  for (const { model, pmid, promptIds, greedy } of goldens.relations) {
    test(`${model}: relations of ${pmid}`, async () => {
      const settings = { endId: 2, maxNewTokens: greedy.ids.length, draftTokens: 8 };
      const [[best] = []] = (await generate(
        await decoderOf(model),
        [promptIds],
        settings,
      )) as readonly (readonly Continuation[])[];
      expect(best!.ids).toEqual(greedy.ids);
    });
  }
});
