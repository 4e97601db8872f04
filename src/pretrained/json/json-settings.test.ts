/** A model and a schema: whole and streamed alike, and what may not stand beside one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../load/load.ts";
import type { Model, TextSettings } from "../model.ts";

const SCHEMA = {
  type: "object",
  properties: { drug: { type: "string", maxLength: 20 }, helps: { type: "boolean" } },
  required: ["drug", "helps"],
};

let model: Model;
beforeAll(async () => {
  model = await loadModel("biogpt-mini");
});
afterAll(() => model.dispose());

test("a text of the embedded model is JSON of the schema, whole and streamed alike", async () => {
  const settings = { jsonSchema: SCHEMA, maxNewTokens: 80 };
  const [[whole]] = (await model.generate("Aspirin is", settings)) as unknown as [
    [{ text: string; finishReason: string }],
  ];
  expect(whole.finishReason).toBe("stop");
  expect(Object.keys(JSON.parse(whole.text) as object)).toEqual(["drug", "helps"]);
  let text = "";
  for await (const chunk of model.stream("Aspirin is", settings)) text += chunk.text;
  expect(text).toBe(whole.text);
});

test("a text that is cut is the beginning of such JSON, and says so", async () => {
  const [[cut]] = (await model.generate("Aspirin is", { jsonSchema: SCHEMA, maxNewTokens: 3 })) as unknown as [
    [{ text: string; finishReason: string }],
  ];
  expect(cut.finishReason).toBe("length");
  expect('{"drug": "').toContain(cut.text.slice(0, 8));
});

test.each<[string, TextSettings]>([
  ["stop", { stop: ["a"] }],
  ["minNewTokens", { minNewTokens: 2 }],
  ["noRepeatNGram", { noRepeatNGram: 3 }],
  ["bannedIds", { bannedIds: [7] }],
  ["bannedSequences", { bannedSequences: [[7]] }],
  ["stopAtEnd", { stopAtEnd: false }],
])("%s beside a schema is refused", (name, settings) => {
  expect(() => model.expectSettings({ ...settings, jsonSchema: SCHEMA })).toThrow(`${name} and a JSON schema`);
  expect(() => model.expectSettings({ jsonSchema: SCHEMA })).not.toThrow();
});

test("what a first schema needs can be made before, in turns with other work, and changes no text", async () => {
  const fresh = await loadModel("biogpt-mini");
  try {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await fresh.prepareJson();
    isOver = true;
    expect(turns).toBeGreaterThan(2);
    const [[prepared]] = (await fresh.generate("Aspirin is", { jsonSchema: SCHEMA })) as unknown as [
      [{ text: string }],
    ];
    const [[want]] = (await model.generate("Aspirin is", { jsonSchema: SCHEMA })) as unknown as [[{ text: string }]];
    expect(prepared.text).toBe(want.text);
  } finally {
    fresh.dispose();
  }
});
