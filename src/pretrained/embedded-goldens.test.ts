/**
 * The embedded models, and the seed models of ../shared, give what transformers gives: logits, log-likelihoods, greedy and beam texts.
 *
 * Wanted values: test/golden/embedded-models.py, and goldens.json of the shared models; both made by transformers 5.18 in float32 on these
 * float16 weights.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type GenerationSettings, generate, score } from "../generation/generation.ts";
import {
  cacheFolder,
  decoderOf,
  disposeDecoders,
  farthest,
  hasWebGpu,
  openAnother,
  PROMPT,
  shared,
} from "./decoders.fixture.ts";
import type { OpenedDecoder } from "./load/open-decoder.ts";

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
test.skipIf(!(await hasWebGpu()))(
  "on a GPU (SwiftShader where there is none): logits as on the processor, and the same beams",
  async () => {
    const [cpu, gpu] = [await decoderOf("biogpt-mini"), await decoderOf("biogpt-mini", "fp32", "webgpu")];
    expect(await farthest(cpu, gpu)).toBeLessThan(1e-3);
    const settings = { endId: 2, maxNewTokens: 3, beams: 2 };
    expect(await idsOf(gpu, settings)).toEqual(await idsOf(cpu, settings));
  },
);

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
      const worst = await farthest(exact, quantised);
      expect(worst).toBeLessThan(most);
      expect(worst).toBeGreaterThan(0);
      const before = readdirSync(join(cacheFolder(), "quantized"));
      await openAnother("biogpt-mini", precision);
      expect(readdirSync(join(cacheFolder(), "quantized"))).toEqual(before);
    });
  }
});

afterAll(disposeDecoders);

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
