/** `--context-length` and its like, as a user asks for them where memory is short. */
import { expect, test } from "vitest";
import { tinyLlama } from "../../pretrained/tiny-llama.fixture.ts";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const model = await tinyLlama();

async function said(...args: string[]): Promise<{ code: number; notes: string }> {
  const terminal = testTerminal("");
  return { code: await run([...args, "--model", model, "--threads", "1"], terminal), notes: terminal.notes.join("\n") };
}

test("a sequence ends where the context does, and a prompt that fills it is refused", async () => {
  const generate = ["generate", "--prompt", "Aspirin inhibits cyclooxygenase and more than that."];
  expect((await said(...generate, "--max-new-tokens", "2")).code).toBe(0);
  const short = await said(...generate, "--context-length", "8");
  expect(short.code).not.toBe(0);
  expect(short.notes).toContain("[generation/prompt-too-long]");
  const long = await said(...generate, "--context-length", "65");
  expect(long.notes).toContain("[pretrained/context-length]");
});

test("what reads whole texts has no context to shorten", async () => {
  const { code, notes } = await said("embed", "-", "--context-length", "8");
  expect(code).not.toBe(0);
  expect(notes).toContain("[tasks/option]");
});

test.each([
  ["--context-length", "64"],
  ["--cache-memory", "1GB"],
  ["--cache-type", "int8"],
  ["--moses", "perl"],
  ["--no-normalize"],
])("the embedded reader, which writes nothing, is given no %s that it would pass over", async (...option) => {
  const terminal = testTerminal("");
  const code = await run(["extract", "samples/abstracts.xml", "--threads", "1", ...option], terminal);
  expect(code).not.toBe(0);
  expect(terminal.notes.join("\n")).toContain(`${option[0]} has no effect`);
});
