/** Counts are those of the spec, section 4.3. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { readDrugBank } from "./drugbank.ts";
import { readKdDti, readKdDtiJson } from "./kd-dti.ts";

const DATA = "../shared/data/tasks/KD-DTI";
const withData = test.skipIf(!existsSync(DATA));

withData("documents, triples and named documents; the missing training file and the placeholders are said", () => {
  const { splits, surprises } = readKdDti(DATA);
  expect(splits.train).toBeUndefined();
  const counts = [splits.valid!, splits.test!].map((documents) => [
    documents.length,
    documents.flatMap((document) => document.triples).length,
    documents.filter((document) => document.named).length,
  ]);
  expect(counts).toEqual([
    [1000, 2269, 474],
    [1159, 1567, 587],
  ]);
  // Neighbours out of numeric order; plain JSON.parse would leave none.
  expect(splits.test!.filter(({ id }, at, all) => at > 0 && Number(id) < Number(all[at - 1]!.id)).length).toBe(560);
  expect(surprises.map(({ text }) => text)).toEqual([
    "There is no train.json: import with --train-from-valid 0.9, or put the file there.",
    "864 of 2269 triples of valid hold DrugBank ids instead of names; 474 of 1000 documents are fully named.",
    "752 of 1567 triples of test hold DrugBank ids instead of names; 587 of 1159 documents are fully named.",
  ]);
});

const folder = temporaryFolder();
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const XML = `<?xml version="1.0"?><drugbank xmlns="http://www.drugbank.ca">
<drug type="biotech"><drugbank-id>DB99999</drugbank-id><drugbank-id primary="true">DB00040</drugbank-id><name>Glucagon</name>
<drug-interactions><drug-interaction><drugbank-id>DB00001</drugbank-id><name>Lepirudin</name></drug-interaction></drug-interactions>
<targets><target position="1"><id>BE0000527</id><name>Glucagon receptor</name>
<polypeptide id="P47871"><name>Other name</name></polypeptide></target></targets></drug></drugbank>`;

test("DrugBank XML: primary drug ids, proteins, nothing from nested records", async () => {
  const wanted = [
    ["BE0000527", "Glucagon receptor"],
    ["DB00040", "Glucagon"],
  ];
  expect([...(await readDrugBank(file("full.xml", XML)))]).toEqual(wanted);
  expect([...(await readDrugBank(file("full.xml.gz", gzipSync(XML))))]).toEqual(wanted);
});

test("DrugBank CSV: quotes, commas and line ends inside names", async () => {
  const csv = 'DrugBank ID,Accession,Common name\r\nDB00001,BIOD,"A ""quoted"", name"\r\nDB00002,,"two\nlines"\nx,,y';
  expect([...(await readDrugBank(file("vocabulary.csv", csv)))]).toEqual([
    ["DB00001", 'A "quoted", name'],
    ["DB00002", "two\nlines"],
  ]);
});

test("DrugBank: files without names are refused", async () => {
  await expect(readDrugBank(file("a.csv", "x,y\n1,2\n"))).rejects.toThrow("its columns are x, y");
  await expect(readDrugBank(file("b.xml", "<drugbank></drugbank>"))).rejects.toThrow("no id such as DB00001");
  await expect(readDrugBank(file("c.xml", "<drugbank><drug>"))).rejects.toThrow("cannot be read as a DrugBank file");
  await expect(readDrugBank(file("d.xml.gz", "not gzip"))).rejects.toThrow("cannot be read as a DrugBank file");
});

test("placeholders become names; unknown ones stay and are counted", () => {
  const json = JSON.stringify({
    "9": {
      title: "T",
      abstract: "A",
      triples: [
        { drug: "DrugBank####DB00040", target: "DrugBank####BE0000527", interaction: "agonist" },
        { drug: "aspirin", target: "DrugBank####BE0000001", interaction: "inhibitor" },
      ],
    },
  });
  const [document] = readKdDtiJson(
    json,
    "f",
    new Map([
      ["DB00040", "Glucagon"],
      ["BE0000527", "Glucagon receptor"],
    ]),
  );
  expect(document!.triples[0]).toEqual({ drug: "Glucagon", target: "Glucagon receptor", interaction: "agonist" });
  expect(document!.triples[1]!.target).toBe("DrugBank####BE0000001");
  expect(document!.named).toBe(false);
});
