/** A user's own schema and data: what is taken, what is refused and how it is said. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { ownExample } from "./own-examples.ts";
import { parseRelationSchema, schemeOf } from "./own-scheme.ts";
import { readRelationSchema } from "./own-scheme-file.ts";

const SCHEMA = { name: "drug-effect", head: "Drug", tail: "Effect", relations: ["Causes", "weakly prevents"] };
const scheme = schemeOf(parseRelationSchema(SCHEMA, "s.json"));
const TEXT = "Aspirin\ntablets cause nausea and vomiting, not pain.";
const example = (record: object, skipUnanchored = false, own = scheme) =>
  ownExample(JSON.stringify(record), { path: "my.jsonl", line: 7 }, { scheme: own, skipUnanchored });

test("a schema becomes a scheme", () => {
  expect(scheme).toMatchObject({
    ...{ name: "drug-effect", headType: "Drug", tailType: "Effect", symmetric: false, lowercase: true },
    relations: ["causes", "weakly prevents"],
  });
  const cased = schemeOf(parseRelationSchema({ ...SCHEMA, lowercase: false }, "s.json"));
  expect(cased.relations).toEqual(["Causes", "weakly prevents"]);
  expect(cased.content({ id: "1", passages: [{ kind: "text", text: "Aspirin" }] }).text).toBe("Aspirin");
});

test("a schema that cannot work is refused by field", () => {
  const refusal = (change: object) => () => parseRelationSchema({ ...SCHEMA, ...change }, "s.json");
  expect(refusal({ relation: [] })).toThrow('unknown field "relation".');
  expect(refusal({ relation: [] })).toThrow('Did you mean "relations"?');
  expect(refusal({ relations: [] })).toThrow("relations:");
  expect(refusal({ relations: ["a", "A"] })).toThrow('the relation "a" is there twice');
  expect(refusal({ relations: ["x; y"] })).toThrow('"x; y" cannot be read back');
  expect(refusal({ relations: ["what is bound"] })).toThrow("cannot be read back");
  expect(refusal({ relations: ["a\nb"] })).toThrow("relations.0: it holds control characters");
  expect(refusal({ name: "drug-drug" })).toThrow("the name drug-drug is taken");
  expect(refusal({ name: "Drug effect" })).toThrow("name: it must be lower-case");
  const path = join(temporaryFolder(), "s.json");
  writeFileSync(path, "{");
  expect(() => readRelationSchema(path)).toThrow("it is no JSON");
  writeFileSync(path, " ".repeat(1024 * 1024 + 1));
  expect(() => readRelationSchema(path)).toThrow("1048577 bytes");
});

test("a line becomes an example in the text's own wording", () => {
  const relations = [
    { head: "pain", tail: "aspirin tablets", relation: "weakly prevents" },
    { head: "ASPIRIN  tablets", tail: "Nausea", relation: "CAUSES" },
  ];
  expect(example({ id: 3, text: TEXT, relations })).toMatchObject({
    example: {
      id: "3",
      source: TEXT.toLowerCase(),
      gold: {
        relations: [
          { head: "pain", tail: "aspirin tablets", relation: "weakly prevents" },
          { head: "aspirin tablets", tail: "nausea", relation: "causes" },
        ],
      },
    },
    ...{ unanchored: 0, unreadable: 0 },
  });
  const cased = schemeOf(parseRelationSchema({ ...SCHEMA, lowercase: false }, "s.json"));
  const one = { head: "aspirin", tail: "nausea", relation: "Causes" };
  expect(example({ title: "T", abstract: TEXT, relations: [one] }, false, cased).example).toMatchObject({
    source: `T. ${TEXT}`,
    target: "the interaction between Aspirin and nausea is Causes.",
  });
  expect(example({ text: TEXT, relations: [] }).example.target).toBe("");
});

test("what cannot be read back stays in the gold and out of the target", () => {
  const relations = [{ head: "aspirin", tail: "nausea and vomiting", relation: "causes" }];
  const { example: built, unreadable } = example({ text: TEXT, relations });
  expect([built.target, unreadable, built.gold.relations.length]).toEqual(["", 1, 1]);
});

test("refusals name the line and the nearest name", () => {
  const relation = { head: "asprin", tail: "pain", relation: "causes" };
  expect(() => example({ text: TEXT, relations: [relation] })).toThrow(
    /^line 7 of my.jsonl, relation 1: "asprin" does not stand in the text\..*Did you mean "Aspirin"\?$/,
  );
  expect(example({ text: TEXT, relations: [relation] }, true)).toMatchObject({
    unanchored: 1,
    example: { target: "" },
  });
  expect(() => example({ text: TEXT, relations: [{ ...relation, head: "aspirin", relation: "cuases" }] })).toThrow(
    'Did you mean "causes"?',
  );
  expect(() => example({ text: TEXT, relation: [] })).toThrow('Rename "relation" to "relations".');
  expect(() => example({ text: TEXT, relations: [{ head: 1 }] })).toThrow("line 7 of my.jsonl: relations[0][head]");
});
