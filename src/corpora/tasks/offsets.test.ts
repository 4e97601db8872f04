/** Offsets of the task corpora are code points in the files and UTF-16 units here; paths have either separator. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix, win32 } from "node:path";
import { expect, test } from "vitest";
import { readBioC, readPubTator } from "./bc5cdr-annotations.ts";
import { readBrat, readDdiXml, splitOf } from "./ddi-original.ts";
import { readDrugProt } from "./drugprot.ts";
import { withSlashes } from "./task-files.ts";

// 🧪 and 𝛽 are one code point and two units each; offsets below are Python's.
const TITLE = "🧪 lithium and 𝛽 nausea";
const ABSTRACT = "𝛼 Lithium causes tremor.";

test("PubTator: mentions behind astral characters cut out their wording, in title and abstract", () => {
  const text = `1|t|${TITLE}\n1|a|${ABSTRACT}\n1\t2\t9\tlithium\tChemical\tD008094\n1\t16\t22\tnausea\tDisease\tD009325\n1\t40\t46\ttremor\tDisease\tD014202\n`;
  const [document] = readPubTator(text, "x");
  expect(document?.mentions.map(({ passage, start, end }) => [TITLE, ABSTRACT][passage]?.slice(start, end))).toEqual([
    "lithium",
    "nausea",
    "tremor",
  ]);
});

test("BioC: a passage's own offset counts, whatever stands between title and abstract", () => {
  for (const gap of [1, 2, 7]) {
    const offset = [...TITLE].length + gap;
    const annotation = (start: number, length: number, text: string): string =>
      `<annotation id="1"><infon key="type">Disease</infon><infon key="MESH">D1</infon><location offset="${start}" length="${length}"/><text>${text}</text></annotation>`;
    const xml = `<collection><document><id>1</id><passage><infon key="type">title</infon><offset>0</offset><text>${TITLE}</text>${annotation(16, 6, "nausea")}</passage><passage><infon key="type">abstract</infon><offset>${offset}</offset><text>${ABSTRACT}</text>${annotation(offset + 17, 6, "tremor")}</passage></document></collection>`;
    const [document] = readBioC(xml, "x");
    expect(document?.mentions.map(({ passage, start, end }) => [TITLE, ABSTRACT][passage]?.slice(start, end))).toEqual([
      "nausea",
      "tremor",
    ]);
  }
});

test("DDI's XML and BRAT likewise, and the sentence of a pair ends where it does", () => {
  const entity = (id: string, offset: string, text: string): string =>
    `<entity id="${id}" charOffset="${offset}" type="drug" text="${text}"/>`;
  const xml = `<document id="d"><sentence id="s0" text="🧪 one."/><sentence id="s1" text="🧪 aspirin and 𝛽 warfarin">${entity("a", "2-8", "aspirin")}${entity("b", "16-23", "warfarin")}<pair id="p" e1="a" e2="b" ddi="true" type="effect"/></sentence></document>`;
  const fromXml = readDdiXml(xml, "x");
  expect(fromXml.mentions.map(({ start, end }) => fromXml.text.slice(start, end))).toEqual(["aspirin", "warfarin"]);
  const [sentence] = fromXml.triples[0]!.sentences!;
  expect(fromXml.text.slice(sentence!.start, sentence!.end)).toBe("🧪 aspirin and 𝛽 warfarin");

  const text = "🧪 aspirin and 𝛽 warfarin";
  const brat = readBrat(
    text,
    "T1\tDRUG 2 9\taspirin\nT2\tDRUG 16 24\twarfarin\nR1\tEFFECT Arg1:T1 Arg2:T2\n",
    "d",
    "x",
  );
  expect(brat.mentions.map(({ start, end }) => text.slice(start, end))).toEqual(["aspirin", "warfarin"]);
});

test("DrugProt: the stretch of a relation is in units of its passage", async () => {
  const folder = await mkdtemp(join(tmpdir(), "biogpt-drugprot-"));
  try {
    await writeFile(join(folder, "x_abstracts.tsv"), `1\t${TITLE}\t🧪 aspirin blocks COX.\n`);
    const shift = [...TITLE].length + 1;
    await writeFile(
      join(folder, "x_entities.tsv"),
      `1\tT1\tCHEMICAL\t${shift + 2}\t${shift + 9}\taspirin\n1\tT2\tGENE-Y\t${shift + 17}\t${shift + 20}\tCOX\n`,
    );
    await writeFile(join(folder, "x_relations.tsv"), "1\tINHIBITOR\tArg1:T1\tArg2:T2\n");
    const [document] = readDrugProt(folder).documents;
    const [stretch] = document!.triples[0]!.sentences!;
    expect(document!.abstract.slice(stretch!.start, stretch!.end)).toBe("aspirin blocks COX");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a path of Windows is told as one of POSIX", () => {
  for (const { join: joined } of [posix, win32]) {
    expect(splitOf(joined("DDICorpus", "Train", "DrugBank", "Aspirin_ddi.xml"))).toBe("train");
    expect(splitOf(joined("Test", "Test for DDI Extraction task", "MedLine", "1.xml"))).toBe("test");
    expect(splitOf(joined("Trains", "x.xml"))).toBeUndefined();
    expect(withSlashes(joined("US", "4_options", "test.jsonl"))).toBe("US/4_options/test.jsonl");
  }
});
