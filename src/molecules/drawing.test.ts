/** Pictures of molecules: atoms that are no carbon are there, colours are those of the ground, what is no molecule is told. */
import { expect, test } from "vitest";
import { drawMolecule } from "./drawing.ts";

const coloursOf = (svg: string): string[] => [...new Set(svg.match(/#[0-9A-F]{6}\b/g))].sort();

test("a picture has the size asked for, a line a bond at least, and no ground of its own", async () => {
  const svg = await drawMolecule("CC(=O)Oc1ccccc1C(=O)O", { width: 200, height: 150 });
  expect(svg).toContain("width='200px' height='150px'");
  expect(new Set(svg.match(/bond-\d+/g)).size).toBe(13);
  expect(svg).not.toContain("<rect");
  expect(svg).not.toMatch(/<script|href=/);
});

test("colours of atoms differ on light and dark, and none is one that RDKit would take", async () => {
  const [light, dark] = await Promise.all([false, true].map((is) => drawMolecule("NCCOCS", { dark: is })));
  expect(coloursOf(light!)).toHaveLength(4); // carbon, nitrogen, oxygen, sulphur
  expect(coloursOf(dark!)).toHaveLength(4);
  expect(coloursOf(light!).filter((colour) => coloursOf(dark!).includes(colour))).toEqual([]);
  expect([...coloursOf(light!), ...coloursOf(dark!)]).not.toContain("#FF0000");
});

test("what is no molecule has no picture", async () => {
  await expect(drawMolecule("C1CC")).rejects.toMatchObject({ code: "molecules/smiles" });
});
