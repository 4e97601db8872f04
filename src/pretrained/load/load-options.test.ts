/** What is asked of a model when it is loaded is obeyed by every caller, and said where it cannot be. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { TINY, tinyFolder } from "../tiny-model.fixture.ts";
import { loadModelFolder } from "./load-folder.ts";
import { openModelTokenizer } from "./tokenizer-folder.ts";

const folder = await tinyFolder();

test("a shorter context is the model's, for whoever asks", async () => {
  using model = await loadModelFolder(folder, "tiny", { threads: 1, contextLength: 10 });
  expect([model.config.maxPositions, model.decoder.maxLength]).toEqual([10, 10]);
  const ids = Array.from({ length: 11 }, () => 5);
  await expect(model.generate(ids)).rejects.toMatchObject({ code: "generation/prompt-too-long" });
  const [[written]] = (await model.generate(ids.slice(0, 8), { maxNewTokens: 20, stopAtEnd: false })) as never as [
    [{ ids: number[] }],
  ];
  expect(written.ids.length).toBe(3); // the last one is predicted and not fed
  using whole = await loadModelFolder(folder, "tiny", { threads: 1 });
  expect([whole.config.maxPositions, whole.hash]).toEqual([TINY.maxPositions, model.hash]);
  await expect(loadModelFolder(folder, "tiny", { contextLength: 25 })).rejects.toMatchObject({
    code: "pretrained/context-length",
  });
});

test("the cache's memory is bounded: one context is always granted, and more of one request is told", async () => {
  using model = await loadModelFolder(folder, "tiny", { threads: 1, cacheMemory: 1 });
  const settings = { maxNewTokens: 22, beams: 1, stopAtEnd: false };
  const [[alone]] = (await model.generate([2, 5], settings)) as never as [[{ ids: number[] }]];
  expect(alone.ids.length).toBe(22);
  const together = await model.generate(
    [
      [2, 5],
      [2, 6],
      [2, 7],
    ],
    settings,
  );
  using roomy = await loadModelFolder(folder, "tiny", { threads: 1 });
  expect(together.map(([first]) => first!.ids)).toEqual(
    (
      await roomy.generate(
        [
          [2, 5],
          [2, 6],
          [2, 7],
        ],
        settings,
      )
    ).map(([first]) => first!.ids),
  );
  await expect(model.generate([2, 5], { maxNewTokens: 22, beams: 3 })).rejects.toMatchObject({
    code: "generation/cache-memory",
    what: expect.stringContaining("3 sequences at once of up to 23 tokens"),
  });
  await expect(loadModelFolder(folder, "tiny", { cacheMemory: -1 })).rejects.toMatchObject({
    code: "pretrained/cache-memory",
  });
});

test("a disposed model says which it was", async () => {
  const model = await loadModelFolder(folder, "tiny", { threads: 1 });
  model.dispose();
  model.dispose();
  const wanted = { code: "runtime/disposed", what: "The model tiny is used after it was disposed." };
  await expect(model.generate([2, 5])).rejects.toMatchObject(wanted);
  await expect(model.score(["a b"])).rejects.toMatchObject(wanted);
});

test("what is stopped is `aborted`, where Node's own reading is what stops too", async () => {
  const signal = AbortSignal.abort();
  const aborted = { name: "BiogptError", code: "aborted", kind: "aborted" };
  await expect(loadModelFolder(folder, "tiny", { signal })).rejects.toMatchObject(aborted);
  const tokenizer = join(import.meta.dirname, "../../../models/biogpt-mini");
  await expect(openModelTokenizer(tokenizer, { signal })).rejects.toMatchObject(aborted);
});
