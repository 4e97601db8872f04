/** What is written is read again by the corpora's own readers. */
import { expect, test } from "vitest";
import { readBioCMentions } from "../corpora/entities/bioc.ts";
import { readPubTatorMentions } from "../corpora/entities/pubtator.ts";
import type { FoundNames } from "./find-names.ts";
import { mentionRows } from "./mention-rows.ts";

const names: Omit<FoundNames, "pipeline"> = {
  document: {
    id: "7",
    source: "x",
    passages: [
      { kind: "title", text: "𝛽-Blockers and asthma" },
      { kind: "abstract", text: "Of 𝛼-tocopherol\nand asthma." },
    ],
  },
  mentions: [
    {
      passage: 0,
      start: 0,
      end: 11,
      text: "𝛽-Blockers",
      type: "Chemical",
      ids: [],
      probability: 0.91239,
      tagProbability: 1,
      typeProbability: 1,
    },
    {
      passage: 1,
      start: 3,
      end: 16,
      text: "𝛼-tocopherol",
      type: "Chemical",
      ids: [],
      probability: 0.5,
      tagProbability: 1,
      typeProbability: 1,
    },
    {
      passage: 1,
      start: 21,
      end: 27,
      text: "asthma",
      type: "Disease",
      ids: [],
      probability: 1,
      tagProbability: 1,
      typeProbability: 1,
    },
  ],
};
const places = names.mentions.map(({ passage, start, end, text, type }) => ({ passage, start, end, text, type }));

test("PubTator and BioC: the same mentions come back", () => {
  const pubTator = readPubTatorMentions(mentionRows("pubtator", "m").of(names), "x");
  expect(pubTator.misplaced).toEqual([]);
  expect(pubTator.documents[0]!.mentions).toMatchObject(places);
  const bioc = readBioCMentions(mentionRows("bioc", "m").of(names), "x");
  expect(bioc.misplaced).toEqual([]);
  expect(bioc.documents[0]!.mentions).toMatchObject(places);
});

test("JSON Lines and the table", () => {
  const line = JSON.parse(mentionRows("jsonl", "m").of(names));
  expect(Object.keys(line)).toEqual(["documentId", "mentions", "model"]);
  expect(line.mentions[0]).toEqual({ ...places[0], probability: 0.9124 });
  const { head, of } = mentionRows("tsv", "m");
  expect(head.split("\t").length).toBe(7);
  expect(of(names).split("\n")[2]).toBe("7\t1\t21\t27\tDisease\t1\tasthma");
});
