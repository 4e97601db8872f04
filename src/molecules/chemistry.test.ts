/** Wanted features: RDKit's Python (test/golden/molecular-graphs.py), on a hand-picked list and on ChEBI-20's and ZINC's molecules. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BiogptError } from "../base/errors.ts";
import { molecularGraph, morganFingerprint, smilesOfMolBlock } from "./chemistry.ts";
import { nearest, residueFingerprint } from "./fingerprint.ts";
import { ELEMENT_SYMBOLS, type MolecularGraph } from "./molecular-graph.ts";
import { scanSmiles } from "./smiles-scan.ts";

const FIXTURES = new URL("../../test/fixtures/molecules/", import.meta.url);
const SHARED = new URL("../../../shared/data/", import.meta.url);

interface Golden {
  readonly smiles: string;
  readonly atoms: readonly (readonly number[])[];
  readonly bonds: readonly (readonly number[])[];
}

function rows(graph: MolecularGraph): Pick<Golden, "atoms" | "bonds"> {
  const { atomTypes, chiralities, bondBegins, bondEnds, bondTypes, bondDirections } = graph;
  return {
    atoms: Array.from(atomTypes, (type, i) => [type, chiralities[i]!]),
    bonds: Array.from(bondBegins, (begin, i) => [begin, bondEnds[i]!, bondTypes[i]!, bondDirections[i]!]),
  };
}

test.each(JSON.parse(readFileSync(new URL("graphs.json", FIXTURES), "utf8")) as Golden[])(
  "$smiles",
  async ({ smiles, ...wanted }) => {
    expect(rows(await molecularGraph(smiles))).toEqual(wanted);
  },
);

/** Places of molecules on which Python's RDKit says otherwise; docs/parity.md tells why. */
const KNOWN_DIFFERENCES: Readonly<Record<string, readonly number[]>> = {
  "chebi-20-validation": [1774],
  "zinc-1000": [],
};

describe.skipIf(!existsSync(SHARED))("molecules of ../shared/data", () => {
  test.each([
    ["chebi-20-validation", "tasks/ChEBI-20/validation.txt.gz"],
    ["zinc-1000", "samples/smiles/ZINC_first_1000.smi"],
  ])("%s: features are RDKit's", async (name, path) => {
    const bytes = readFileSync(new URL(path, SHARED));
    const lines = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").trimEnd().split("\n");
    const smiles = path.endsWith(".gz")
      ? lines.slice(1).map((line) => line.split("\t")[1]!.replaceAll("\\\\", "\\"))
      : lines.map((line) => line.trim());
    const wanted = readFileSync(new URL(`${name}.txt`, FIXTURES), "utf8")
      .trimEnd()
      .split("\n");
    expect(smiles.length).toBe(wanted.length);
    const hashes = await Promise.all(smiles.map(hashOf));
    const different = smiles.flatMap((_, i) => (hashes[i] === wanted[i] ? [] : [i]));
    expect(different, different.map((i) => smiles[i]).join("\n")).toEqual(KNOWN_DIFFERENCES[name]);
  });
});

async function hashOf(smiles: string): Promise<string> {
  let text = "null";
  try {
    const { atoms, bonds } = rows(await molecularGraph(smiles));
    text = JSON.stringify([atoms, bonds]);
  } catch (error) {
    if (!(error instanceof BiogptError)) throw error;
  }
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

test.each([
  ["", "molecules/empty", /no SMILES/],
  ["  \n", "molecules/empty", /no SMILES/],
  ["C(C)(C)(C)(C)C", "molecules/valence", /Explicit valence for atom # 0 C, 5/],
  ["c1cccc1", "molecules/smiles", /kekulize.*\[nH\]/],
  ["CC(", "molecules/smiles", /syntax error while parsing: CC\(/],
  ["C1CC", "molecules/smiles", /unclosed ring/],
  ["hello", "molecules/smiles", /is no molecule/],
  ["N->[Pt]", "molecules/unsupported", /atoms 0 and 1 is dative/],
  ["CC~CC", "molecules/unsupported", /without an order/],
  ["[Re]$[Re]", "molecules/unsupported", /quadruple/],
  ["C[Pt@SP1](F)(Cl)Br", "molecules/unsupported", /@SP1 is no tetrahedral/],
  ["C".repeat(10_000), "molecules/too-many-atoms", /10000 atoms; at most 4096/],
  ["-".repeat(70_000), "molecules/too-many-atoms", /70000 characters/],
  ["C(".repeat(3000), "molecules/smiles", /3000 branches/],
])("%.20s is refused: %s", async (smiles, code, message) => {
  expect.assertions(3);
  try {
    await molecularGraph(smiles);
  } catch (error) {
    expect(error).toBeInstanceOf(BiogptError);
    expect((error as BiogptError).code).toBe(code);
    expect((error as BiogptError).message).toMatch(message);
  }
});

test("a limit of one's own holds; what RDKit's stack cannot hold is told before, and the next molecule is read", async () => {
  await expect(molecularGraph("CCO", { maxAtoms: 2 })).rejects.toThrow(/3 atoms; at most 2/);
  expect((await molecularGraph("NC(Cc1ccccc1)C(=O)".repeat(180))).atomTypes.length).toBe(1980);
  await expect(molecularGraph("C".repeat(4000))).rejects.toThrow(/chain of 4000 atoms/);
  expect((await molecularGraph("CCO")).atomTypes.length).toBe(3);
});

test("a name after the SMILES and a doubled backslash change nothing; notes tell of size and parts", async () => {
  expect((await molecularGraph(" CCO ethanol\n")).smiles).toBe("CCO");
  expect(rows(await molecularGraph("F/C=C\\\\F"))).toEqual(rows(await molecularGraph("F/C=C\\F")));
  expect((await molecularGraph("CCO")).notes).toEqual([]);
  expect((await molecularGraph("[Na+].[Cl-]")).notes[0]).toMatch(/parts are not joined/);
  expect((await molecularGraph("C".repeat(300))).notes[0]).toMatch(/300 atoms/);
});

const ETHANOL = `
  biogpt

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.2990    0.7500    0.0000 C   0  0
    2.5981   -0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
`;

test("a MOL block becomes a SMILES; a broken one is told", async () => {
  expect(await smilesOfMolBlock(ETHANOL)).toBe("CCO");
  await expect(smilesOfMolBlock("CCO")).rejects.toThrow(/no whole MOL block/);
  await expect(smilesOfMolBlock(ETHANOL.replace("M  END", ""))).rejects.toThrow(/no whole MOL block/);
  await expect(smilesOfMolBlock(ETHANOL.replace("  3  2", "999  2"))).rejects.toThrow(/is no molecule/);
});

test("fingerprints: the most similar molecule and protein", async () => {
  const query = await morganFingerprint("CC(=O)Oc1ccccc1C(=O)O");
  const candidates = ["CCO", "OC(=O)c1ccccc1O", "CC(=O)Oc1ccccc1C(=O)O"];
  const others = await Promise.all(candidates.map((smiles) => morganFingerprint(smiles)));
  expect(nearest(query, others)).toEqual({ at: 2, similarity: 1 });
  // RDKit's Python: TanimotoSimilarity of GetMorganFingerprintAsBitVect(m, 2, 2048), aspirin and salicylic acid.
  expect(query.similarity(others[1]!)).toBeCloseTo(0.4482758620689655, 12);
  expect(nearest(query, [])).toBeUndefined();
  const proteins = ["MAKEDTLEFPGVVKELLPNATF", "MSTNPKPQRKTKRNTNRRPQDV"].map((sequence) => residueFingerprint(sequence));
  expect(nearest(residueFingerprint("MAKEDTLEFPGVVKELLANATF"), proteins)?.at).toBe(0);
  expect(() => query.similarity(residueFingerprint("MAKED"))).toThrow(/2048 and 16384 bits/);
});

test("elements are numbered as the periodic table is", () => {
  expect(ELEMENT_SYMBOLS.length).toBe(119);
  expect([0, 5, 7, 77, 117, 118].map((type) => ELEMENT_SYMBOLS[type])).toEqual(["H", "C", "O", "Pt", "Og", "*"]);
});

test("the scan: atoms, ring bonds, branches", () => {
  const { atoms, directed, depth } = scanSmiles("C/1=C/C(C(Cl)Br)CC[nH:2]CC%(1)");
  const neighbours = [[1, 10], [0, 2], [1, 3, 6], [2, 4, 5], [3], [3], [2, 7], [6, 8], [7, 9], [8, 10], [9, 0]];
  expect(atoms.map((atom) => atom.neighbours)).toEqual(neighbours);
  expect(directed).toEqual([
    { from: 1, to: 2, direction: 1 },
    { from: 0, to: 10, direction: 1 },
  ]);
  expect(depth).toBe(2);
});
