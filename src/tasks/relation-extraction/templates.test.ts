import fc from "fast-check";
import { expect, test } from "vitest";
import { RELATION_SCHEMES, relationScheme, schemeTemplate } from "./schemes.ts";
import { verbOf } from "./templates.ts";

const dti = RELATION_SCHEMES["drug-target"];

test("rendered and read by hand", () => {
  const bc5cdr = RELATION_SCHEMES["chemical-disease"].template;
  const relations = [
    { head: "naloxone", tail: "hypertensive", relation: "chemical-induced disease" },
    { head: "a and b", tail: "pain", relation: "chemical-induced disease" },
  ];
  const text = "the relation between naloxone and hypertensive exists; the relation between a and b and pain exists.";
  expect(bc5cdr.render(relations)).toBe(text);
  expect(bc5cdr.parse(text)).toEqual(relations);
  expect(bc5cdr.parse(`source. learned1 learned2 learned9 ${text}`)).toEqual(relations);
  // greedy groups: the last " and " splits, and what a sentence says after "exists" is ignored
  expect(
    bc5cdr.parse("the relation between a and b and c exists indeed; nonsense;the relation between d and e exists"),
  ).toEqual([
    { head: "a and b", tail: "c", relation: "chemical-induced disease" },
    { head: "d", tail: "e", relation: "chemical-induced disease" },
  ]);
  expect(bc5cdr.parse("failed")).toEqual([]);
  expect(bc5cdr.render([])).toBe("");
  // "; " separates in the others, so a name may hold a bare semicolon
  expect(dti.template.parse("the interaction between a;b and c is is inhibitor.")).toEqual([
    { head: "a;b", tail: "c is", relation: "inhibitor" },
  ]);
  expect(dti.templates["htr"]!.parse("< h > a <t> b < r > agonist <h> c < t > d <r> inhibitor.")).toEqual([
    { head: "a", tail: "b", relation: "agonist" },
    { head: "c", tail: "d", relation: "inhibitor" },
  ]);
});

test.each([
  ["agonist", "agonists"],
  ["partial antagonist", "partial antagonists"],
  ["activator", "activates"],
  ["binder", "bindes"],
  ["stimulation", "stimulates"],
  ["binding", "binds"],
  ["ligand", "ligands"],
  ["weak inhibitor", "weakly inhibits"],
  ["blocker", "blocks"],
  ["product of", "is the product of"],
  ["cross-linking/alkylation", "cross lines / alkylates"],
])("svo: %s becomes %s", (label, verb) => {
  expect(verbOf(label)).toBe(verb);
});

test("every form reads back what it wrote", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9()-]{3,12}( [a-z]{6,9}xx)?$/);
  for (const scheme of Object.values(RELATION_SCHEMES)) {
    for (const template of Object.values(scheme.templates)) {
      const shared = (label: string): boolean =>
        scheme.relations.find((other) => verbOf(other) === verbOf(label)) !== label;
      const labels = scheme.relations.filter((label) => template!.name !== "svo" || !shared(label));
      const relation = fc.record({ head: name, tail: name, relation: fc.constantFrom(...labels) });
      fc.assert(
        fc.property(fc.array(relation, { minLength: 1, maxLength: 4 }), (relations) => {
          expect(template!.parse(template!.render(relations))).toEqual(relations);
        }),
        { numRuns: 200 },
      );
    }
  }
});

test("any text is read without failing", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const scheme of Object.values(RELATION_SCHEMES)) {
        for (const template of Object.values(scheme.templates)) template!.parse(text);
      }
    }),
  );
});

test("unknown names get a suggestion", () => {
  expect(() => relationScheme("chemical-diseas")).toThrow('Did you mean "chemical-disease"?');
  expect(() => schemeTemplate(dti, "rel-iss")).toThrow('Did you mean "rel-is"?');
});
