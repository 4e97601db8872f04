import { expect, test } from "vitest";
import { FakeModel, randomLogits } from "./engine/fake-model.fixture.ts";
import { type GenerationSettings, generate, score, stream } from "./generation.ts";

const model = new FakeModel(randomLogits(12), { slotCount: 4, maxLength: 10 });

const REFUSED: readonly (readonly [settings: Record<string, unknown>, code: string, text: string])[] = [
  [{ maxNewToken: 3 }, "unknown-setting", 'Did you mean "maxNewTokens"?'],
  [{ beams: 0 }, "setting", "beams is 0. Give a whole number from 1"],
  [{ beams: 2.5 }, "setting", "beams is 2.5"],
  [{ beams: "5" }, "setting", "beams is 5"],
  [{ beams: 5 }, "too-many-beams", "opened with 4 slots"],
  [{ temperature: -1 }, "setting", "temperature is -1. Give a number from 0"],
  [{ temperature: Number.NaN }, "setting", "temperature is NaN"],
  [{ topP: 0 }, "setting", "topP is 0. Give a number above 0 up to 1"],
  [{ topP: 1.2 }, "setting", "topP is 1.2"],
  [{ minP: -0.1 }, "setting", "minP is -0.1"],
  [{ topK: 0 }, "setting", "topK is 0"],
  [{ maxNewTokens: 0 }, "setting", "maxNewTokens is 0"],
  [{ repetitionPenalty: 0 }, "setting", "repetitionPenalty is 0"],
  [{ noRepeatNGram: -1 }, "setting", "noRepeatNGram is -1"],
  [{ draftTokens: 65 }, "setting", "draftTokens is 65"],
  [{ endId: 12 }, "setting", "from 0 to 11"],
  [{ bannedIds: [3, -1] }, "setting", "bannedIds holds -1"],
  [{ bannedSequences: [[]] }, "setting", "empty sequence"],
  [{ scoring: "fairsec" }, "setting", 'Did you mean "fairseq"?'],
  [{ earlyStopping: "always" }, "setting", "earlyStopping"],
  [{ beams: 2, temperature: 0.7 }, "contradiction", "2 beams and sampling"],
  [{ beams: 2, topP: 0.7 }, "contradiction", "2 beams and sampling"],
  [{ temperature: 0, topK: 5 }, "no-effect", "topK has no effect"],
  [{ seed: 5 }, "no-effect", "seed has no effect"],
  [{ scoring: "fairseq", topK: 5, topP: 0.5 }, "contradiction", "fairseq ignores top-k"],
  [{ minNewTokens: 5 }, "no-effect", "no end token"],
  [{ endId: 1, minNewTokens: 5, maxNewTokens: 4 }, "contradiction", "over maxNewTokens"],
  [{ earlyStopping: true }, "no-effect", "belongs to beam search"],
  [{ scoring: "fairseq" }, "contradiction", "needs an end token"],
  [{ renormalize: true }, "no-effect", "belongs to beam search"],
  [{ beams: 2, renormalize: true }, "no-effect", "nothing is forbidden"],
  [{ beams: 2, renormalize: "yes" }, "setting", 'renormalize is "yes". It is one of true, false.'],
  [{ endId: 1, beams: 2, scoring: "fairseq", bannedIds: [3], renormalize: true }, "no-effect", "fairseq sums"],
  [{ beams: 2, draftTokens: 4 }, "no-effect", "does not draft"],
  [{ returnCount: 2 }, "contradiction", "Greedy decoding has one result"],
  [{ beams: 2, returnCount: 3 }, "contradiction", "A search returns at most its beams"],
];

for (const [settings, code, text] of REFUSED) {
  test(`settings are refused: ${JSON.stringify(settings)}`, async () => {
    const run = generate(model, [[2]], settings as GenerationSettings);
    await expect(run).rejects.toMatchObject({ code: `generation/${code}`, kind: "usage" });
    await expect(run).rejects.toThrow(text);
  });
}

test("prompts are refused before anything runs: empty, longer than the context, not of the vocabulary", async () => {
  const fresh = new FakeModel(randomLogits(12), { maxLength: 10 });
  const refused = async (prompt: number[], code: string, text: string): Promise<void> => {
    await expect(generate(fresh, [[2], prompt])).rejects.toMatchObject({ code });
    await expect(generate(fresh, [[2], prompt])).rejects.toThrow(text);
    await expect(stream(fresh, prompt).next()).rejects.toMatchObject({ code });
  };
  await refused([], "generation/empty-prompt", "no tokens");
  await refused(new Array<number>(11).fill(2), "generation/prompt-too-long", "11 tokens; the model's context holds 10");
  await refused([2, 12], "generation/prompt-token", "12");
  await refused([2, 1.5], "generation/prompt-token", "1.5");
  expect(fresh.calls.length).toBe(0);
});

test("scoring: a sequence may be one longer than the context; wrong beginnings and ids are refused", async () => {
  const [full] = await score(model, [new Array<number>(11).fill(2)]);
  expect(full!.logProbabilities.length).toBe(10);
  expect(await score(model, [[2]])).toEqual([{ logProbabilities: [], logLikelihood: 0 }]);
  await expect(score(model, [new Array<number>(12).fill(2)])).rejects.toMatchObject({
    code: "generation/prompt-too-long",
  });
  await expect(score(model, [[2, 12]])).rejects.toMatchObject({ code: "generation/prompt-token" });
  await expect(score(model, [[]])).rejects.toMatchObject({ code: "generation/empty-prompt" });
  await expect(score(model, [[2, 3]], { from: 0 })).rejects.toMatchObject({ code: "generation/setting" });
  const signal = AbortSignal.abort();
  await expect(score(model, [[2, 3]], { signal })).rejects.toMatchObject({ code: "aborted" });
});
