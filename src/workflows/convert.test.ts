import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { tinyLlama } from "../pretrained/tiny-llama.fixture.ts";
import { convert } from "./convert.ts";

test("a conversion that was stopped says that it goes on, and then from where it went on", async () => {
  const [model, out] = [await tinyLlama(), join(temporaryFolder(), "q4")];
  const stop = new AbortController();
  const said: string[] = [];
  const stopped = convert(
    model,
    { dtype: "q4", out },
    {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "note") said.push(event.text);
        else if (event.activity === "converting to q4") stop.abort();
      },
    },
  );
  await expect(stopped).rejects.toMatchObject({ kind: "aborted" });
  expect(existsSync(out)).toBe(false);
  const { resumed } = await convert(
    model,
    { dtype: "q4", out },
    { onEvent: (event) => event.type === "note" && said.push(event.text) },
  );
  expect(resumed).toBeGreaterThan(0);
  expect(said).toEqual([
    "What is done is kept: the same command goes on from there.",
    `note: ${resumed} tensors were there from a run that was stopped.`,
  ]);
});
