import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { filesWeRead } from "./hub-pull.ts";
import { licencesOf, unseenLicences } from "./licences.ts";

test("BioMedGPT-LM-7B: its card, its use policy, and Llama 2's licence, which the card leaves out", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "README.md"), '---\nlanguage: en\nlicense: "apache-2.0"\n---\n# Card\nlicense: other\n');
  writeFileSync(join(folder, "USE_POLICY.md"), "No service to the public.");
  const licences = await licencesOf("PharMolix/BioMedGPT-LM-7B", folder);
  expect(licences.map(({ name }) => name)).toEqual([
    "apache-2.0",
    "USE_POLICY.md",
    expect.stringContaining("Llama 2 Community License"),
  ]);
  const cache = join(temporaryFolder(), "cache");
  expect(await unseenLicences("PharMolix/BioMedGPT-LM-7B", licences, cache)).toHaveLength(4);
  expect(await unseenLicences("PharMolix/BioMedGPT-LM-7B", licences, cache)).toEqual([]);
  expect(await unseenLicences("PharMolix/BioMedGPT-LM-7B", licences.slice(1), cache)).toHaveLength(3);
  expect(filesWeRead(["USE_POLICY.md", "model.safetensors", "x.png"])).toEqual(["USE_POLICY.md", "model.safetensors"]);
});

test.each([
  ["base_model: meta-llama/Llama-2-7b-chat-hf", 1],
  ["base_model:\n  - meta-llama/Llama-2-7b", 1],
  ["base_model: mistralai/Mistral-7B-v0.1", 0],
])("%j brings Llama 2's terms: %i", async (line, count) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "README.md"), `---\n${line}\n---\nllama-2\n`);
  expect(await licencesOf("a/b", folder)).toHaveLength(count);
});

test("a folder that says nothing has no terms, and nothing is shown", async () => {
  const folder = temporaryFolder();
  expect(await licencesOf("a/b", folder)).toEqual([]);
  expect(await unseenLicences("a/b", [], folder)).toEqual([]);
});
