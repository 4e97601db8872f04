/** The command as a user runs it; that its numbers are RDKit's is tested in molecules/. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-featurize-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function featurize(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const terminal = testTerminal();
  const code = await run(["featurize", ...args], terminal);
  return { code, out: terminal.out.join(""), notes: terminal.notes.join("\n") };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("molecules, for programs and for people", async () => {
  const { code, out } = await featurize("--json", "F/C=C/F", "C");
  expect(code).toBe(0);
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      smiles: "F/C=C/F",
      atoms: [
        [8, 0],
        [5, 0],
        [5, 0],
        [8, 0],
      ],
      bonds: [
        [0, 1, 0, 1],
        [1, 2, 1, 0],
        [2, 3, 0, 1],
      ],
      notes: [],
    },
    { smiles: "C", atoms: [[5, 0]], bonds: [], notes: [] },
  ]);
  const shown = await featurize("N[C@@H](C)O.[Na+]");
  expect(shown.out).toBe(
    "N[C@@H](C)O.[Na+]: 5 atoms, 3 bonds\n  atom 0  N\n  atom 1  C  clockwise\n  atom 2  C\n  atom 3  O\n  atom 4  Na\n  bond 0-1  single\n  bond 1-2  single\n  bond 1-3  single\n",
  );
  expect(shown.notes).toMatch(/parts are not joined/);
});

test("proteins: ids with both ends, the first 1,022 residues", async () => {
  const path = file("two.fasta", `>IF1 first\nlagvs\n>long\n${"MAKE".repeat(300)}\n`);
  const { code, out } = await featurize("--fasta", path, "--json");
  expect(code).toBe(0);
  const [first, second] = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ name: "IF1", residues: 5, used: 5, ids: [0, 4, 5, 6, 7, 8, 2] });
  expect(first.notes).toEqual([expect.stringMatching(/lower case/)]);
  expect(second).toMatchObject({ name: "long", residues: 1200, used: 1022 });
  expect(second.ids.length).toBe(1024);
  expect(second.notes).toEqual(["Residues 1 to 1022 of 1200 are encoded; the rest is not read."]);
});

test("a MOL file", async () => {
  const atom = (symbol: string): string => `    0.0000    0.0000    0.0000 ${symbol}   0  0`;
  const block = [
    "",
    "",
    "",
    "  2  1  0  0  0  0  0  0  0  0999 V2000",
    atom("C"),
    atom("O"),
    "  1  2  1  0",
    "M  END",
    "",
  ];
  const { out } = await featurize("--mol", file("methanol.mol", block.join("\n")), "--json");
  expect(JSON.parse(out)).toMatchObject({ smiles: "CO", bonds: [[0, 1, 0, 0]] });
});

test.each([
  [[], 2, /nothing to featurize/],
  [["C", "--fasta", "x"], 2, /More than one of SMILES and files/],
  [["--fasta", join(folder, "absent")], 1, /no such file/],
  [["C(C)(C)(C)(C)C"], 1, /too many bonds/],
])("%j fails", async (args, code, message) => {
  const result = await featurize(...args);
  expect(result.code).toBe(code);
  expect(result.notes).toMatch(message);
});
