/**
 * The embedded seed models give what transformers gives: logits, log-likelihoods, greedy and beam texts.
 *
 * Wanted values: goldens.json, made by transformers 5.18 in float32 on these float16 weights (shared models' README).
 */
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../checkpoints/index.ts";
import { generate, score } from "../generation/generation.ts";
import { type OpenedDecoder, openDecoder } from "./open-decoder.ts";
import type { Precision } from "./precision.ts";
import { readBioGptCheckpoint } from "./weight-entries.ts";

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

const shared = new URL("../../../shared/models/goldens.json", import.meta.url).pathname;
const models = new URL("../../models/", import.meta.url).pathname;
interface RelationGolden {
  readonly model: string;
  readonly pmid: string;
  readonly promptIds: readonly number[];
  readonly greedy: Continuation;
}
const goldens: { readonly generation: readonly GenerationGolden[]; readonly relations: readonly RelationGolden[] } =
  existsSync(shared) ? JSON.parse(readFileSync(shared, "utf8")) : { generation: [], relations: [] };
const cacheFolder = mkdtempSync(join(tmpdir(), "biogpt-seed-"));
const opened = new Map<string, OpenedDecoder>();

async function decoderOf(name: string, precision: Precision = "fp32"): Promise<OpenedDecoder["decoder"]> {
  const key = `${name} ${precision}`;
  let known = opened.get(key);
  if (known === undefined) {
    const folder = join(models, name);
    const config: unknown = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    const { config: parsed, entries } = await readBioGptCheckpoint(await openCheckpoint(folder), config);
    known = await openDecoder(parsed, entries, precision, { slots: 8, cacheFolder });
    opened.set(key, known);
  }
  return known.decoder;
}

afterAll(() => {
  for (const { dispose } of opened.values()) dispose();
});

describe.skipIf(goldens.generation.length === 0)("seed models against transformers (needs ../shared)", () => {
  for (const golden of goldens.generation) {
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
