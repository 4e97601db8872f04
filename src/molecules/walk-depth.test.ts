/** Depths by hand; chains that RDKit's stack does not hold are refused before it reads them (one of 700 atoms never ended). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalSmiles, smilesOfMolBlock } from "./chemistry.ts";
import { scanSmiles } from "./smiles-scan.ts";
import { neighboursOfMolBlock, walkDepth } from "./walk-depth.ts";

test.each([
  ["C", 1],
  ["CCCC", 4],
  ["C(C)(C)C", 3],
  ["C(CCC)CCCC", 8],
  ["C1CCCCC1", 6],
  ["C1C(CCCC1)C1C(CCCC1)C", 13], // each ring may be walked the long way round
  ["c1ccccc1C(C)(C)CCCC", 11],
  ["CCC.CCCCC", 5],
])("%s: %d atoms", (smiles, depth) => {
  expect(walkDepth(scanSmiles(smiles).atoms.map(({ neighbours }) => neighbours))).toBe(depth);
});

/** The most atoms of any walk, tried one by one. */
function longestPath(neighbours: readonly (readonly number[])[]): number {
  const from = (atom: number, seen: ReadonlySet<number>): number =>
    1 + Math.max(0, ...neighbours[atom]!.filter((to) => !seen.has(to)).map((to) => from(to, new Set([...seen, to]))));
  return Math.max(0, ...neighbours.map((_, atom) => from(atom, new Set([atom]))));
}

const bonds = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 10 });
const parents = fc.array(fc.nat(1000), { maxLength: 12 });

function joined(atoms: number, pairs: readonly (readonly [number, number])[]): number[][] {
  const neighbours = Array.from({ length: atoms }, (): Set<number> => new Set());
  for (const [one, other] of pairs.filter(([left, right]) => left !== right)) {
    neighbours[one]!.add(other);
    neighbours[other]!.add(one);
  }
  return neighbours.map((set) => [...set]);
}

test("no walk of any graph has more atoms; in trees one has as many", () => {
  fc.assert(
    fc.property(bonds, (pairs) => {
      const graph = joined(8, pairs);
      expect(walkDepth(graph)).toBeGreaterThanOrEqual(longestPath(graph));
      expect(walkDepth(graph)).toBeLessThanOrEqual(8);
    }),
  );
  fc.assert(
    fc.property(parents, (numbers) => {
      const tree = joined(
        numbers.length + 1,
        numbers.map((number, at) => [at + 1, number % (at + 1)]),
      );
      expect(walkDepth(tree)).toBe(longestPath(tree));
    }),
  );
});

function chainBlock(atoms: number, version: "V2000" | "V3000"): string {
  const three = (value: number): string => String(value).padStart(3);
  const numbers = Array.from({ length: atoms }, (_, i) => i + 1);
  if (version === "V2000") {
    const head = ["", "  biogpt", "", `${three(atoms)}${three(atoms - 1)}  0  0  0  0  0  0  0  0999 V2000`];
    const rows = numbers.map((i) => `${(i * 1.5).toFixed(4).padStart(10)}    0.0000    0.0000 C   0  0`);
    const bonds = numbers.slice(1).map((i) => `${three(i - 1)}${three(i)}  1  0`);
    return [...head, ...rows, ...bonds, "M  END", ""].join("\n");
  }
  const counts = `M  V30 COUNTS ${atoms} ${atoms - 1} 0 0 0`;
  const rows = numbers.map((i) => `M  V30 ${i} C ${(i * 1.5).toFixed(4)} 0 0 0`);
  const bonds = numbers.slice(1).map((i) => `M  V30 ${i - 1} 1 ${i - 1} ${i}`);
  return [
    ...["", "  biogpt", "", "  0  0  0     0  0            999 V3000", "M  V30 BEGIN CTAB", counts],
    ...["M  V30 BEGIN ATOM", ...rows, "M  V30 END ATOM", "M  V30 BEGIN BOND", ...bonds, "M  V30 END BOND"],
    ...["M  V30 END CTAB", "M  END", ""],
  ].join("\n");
}

test.each(["V2000", "V3000"] as const)("a MOL block's bonds, %s; a long chain is refused", async (version) => {
  expect(walkDepth(neighboursOfMolBlock(chainBlock(9, version), 9))).toBe(9);
  expect(await smilesOfMolBlock(chainBlock(9, version))).toBe("CCCCCCCCC");
  await expect(smilesOfMolBlock(chainBlock(700, version))).rejects.toThrow(/chain of 700 atoms/);
});

test("what is as long as allowed is read, and the molecule after it; what is longer never reaches RDKit", async () => {
  expect((await canonicalSmiles("C".repeat(580))).length).toBe(580);
  await expect(canonicalSmiles("C".repeat(700))).rejects.toThrow(/chain of 700 atoms/);
  await expect(canonicalSmiles("NCC(=O)".repeat(250))).rejects.toThrow(/chain of 75\d atoms/);
  await expect(canonicalSmiles("C1C(CCCC1)".repeat(120))).rejects.toThrow(/chain of 720 atoms/);
  expect(await canonicalSmiles("OCC")).toBe("CCO");
});
