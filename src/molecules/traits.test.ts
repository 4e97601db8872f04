/** Wanted values: counted by hand. */
import { expect, test } from "vitest";
import { moleculeTraits, PRINT_NAMES } from "./traits.ts";

test("what a molecule is made of, hydrogens that are not written among it; charge; centres whose form is given", async () => {
  const { atoms, charge, centres } = await moleculeTraits("C[C@@H](C(=O)[O-])[NH3+]");
  expect({ atoms, charge, centres }).toEqual({ atoms: { 1: 7, 6: 3, 7: 1, 8: 2 }, charge: 0, centres: 1 });
  expect(await moleculeTraits("CC(=O)[O-].[Na+]")).toMatchObject({ atoms: { 1: 3, 6: 2, 8: 2, 11: 1 }, charge: 0 });
  expect(await moleculeTraits("CC(N)C([O-])=O")).toMatchObject({ charge: -1, centres: 0 });
});

test("stereochemistry is seen by the print that is named so, and by no other", async () => {
  const [left, right] = await Promise.all(
    ["C[C@@H](C(=O)O)N", "C[C@H](C(=O)O)N"].map((smiles) => moleculeTraits(smiles)),
  );
  const alike = PRINT_NAMES.map((name) => left!.prints[name].similarity(right!.prints[name]));
  expect(alike).toEqual([1, expect.any(Number), 1]);
  expect(alike[1]).toBeLessThan(1);
});

test("what is no molecule is refused, as everywhere", async () => {
  await expect(moleculeTraits(" ")).rejects.toMatchObject({ code: "molecules/empty" });
  await expect(moleculeTraits("C(C)(C)(C)(C)C")).rejects.toMatchObject({ code: "molecules/valence" });
});
