/** The curl examples of docs/guides/serve.md, run against a server. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { graphFolder } from "./graph-folder.fixture.ts";
import { serve } from "./serve.ts";

const GUIDE = readFileSync(new URL("../../docs/guides/serve.md", import.meta.url), "utf8");

const MODELS = ["biogpt-mini", "biogpt-mini-bc5cdr", "biogpt-mini-hoc", "biogpt-mini-pubmedqa"];

test("every curl of the guide is answered", { timeout: 240_000 }, async () => {
  const commands = [...GUIDE.matchAll(/```sh\n([^`]*curl[^`]*)```/g)].flatMap(([, block]) =>
    block!.replaceAll("\\\n", " ").trim().split("\n"),
  );
  expect(commands.length).toBeGreaterThan(8);
  const folders = { dataFolder: temporaryFolder(), graphFolder: await graphFolder() };
  const server = await serve({ port: 0, models: MODELS, ...folders });
  try {
    await server.ready;
    for (const command of commands) {
      const script = command.replaceAll("http://127.0.0.1:8080", server.url);
      const { stdout } = await promisify(execFile)("bash", ["-c", script]);
      expect(stdout, command).toMatch(/^(\{|data: \{)/);
      expect(stdout, command).not.toContain('"error"');
    }
  } finally {
    await server.close();
  }
});
