/** Mining from files to tables: what is found, what a second run does, what changes and deletions do, and what is left when it is stopped. */
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asBiogptError } from "../../base/system-errors.ts";
import { readInputs } from "../../knowledge-graph/store/inputs.ts";
import { openGraph } from "../../knowledge-graph/store/open-graph.ts";
import { unitPath } from "../../knowledge-graph/store/unit-files.ts";
import { ANNOTATIONS_READER } from "../../mining/annotations-reader.ts";
import { dictionaryReader } from "../../mining/dictionary-reader.fixture.ts";
import { exportFolder, graphEvidence, graphFind, graphNeighbours, graphPath, graphStrongest } from "./ask-graph.ts";
import { filesOf } from "./folders.ts";
import { type MineEvent, type MineSettings, mine, mineInto } from "./mine.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biogpt-mine-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = async (name: string, content: string): Promise<string> => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const line = (id: string, text: string): string =>
  `${JSON.stringify({ pmid: id, title: `About ${id}.`, abstract: text })}\n`;
const kg = (name = "kg"): string => join(folder, name);
const settings = (more: Partial<MineSettings> = {}): MineSettings => ({
  ...{ out: kg(), reader: dictionaryReader(), unitSize: 2 },
  ...more,
});

const TABLES = ["documents", "mentions", "concepts", "names", "evidence", "relations"];
/** Every row of the graph, without where it was read. */
async function contentOf(graph: string): Promise<Record<string, unknown[]>> {
  using database = await openGraph(graph);
  const content: Record<string, unknown[]> = {};
  for (const table of TABLES)
    content[table] = await database.rows(`SELECT * ${table === "documents" ? "EXCLUDE (source)" : ""} FROM ${table}`);
  return content;
}

const FIVE = [
  line("1", "Aspirin causes bleeding. Cisplatin was given."),
  line("2", "Aspirin did not cause bleeding in rats."),
  line("3", "Cisplatin may cause renal failure."),
  line("4", "Nothing of interest 🧪 here. Lidocaine caused seizures in patients."),
  line("5", "Cisplatin caused renal failure."),
];

test("documents become evidence, evidence relations, with what their sentences say", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  const summary = await mineInto([path], settings());
  expect(summary).toEqual({ documents: 5, before: 0, relations: 5, problems: 0, assembled: true });
  using database = await openGraph(kg());
  const evidence = await database.rows(
    "SELECT document, head, tail, negated, speculative, system, sentence FROM evidence ORDER BY document",
  );
  const [aspirin, bleeding] = ["name:chemical/aspirin", "name:disease/bleeding"];
  expect(evidence.slice(0, 4)).toEqual([
    {
      document: "1",
      head: aspirin,
      tail: bleeding,
      negated: false,
      speculative: false,
      system: null,
      sentence: "Aspirin causes bleeding.",
    },
    {
      document: "2",
      head: aspirin,
      tail: bleeding,
      negated: true,
      speculative: false,
      system: "animal",
      sentence: "Aspirin did not cause bleeding in rats.",
    },
    expect.objectContaining({ document: "3", tail: "name:disease/renal_failure", speculative: true, system: null }),
    expect.objectContaining({
      document: "4",
      head: "name:chemical/lidocaine",
      system: "human",
      sentence: "Lidocaine caused seizures in patients.",
    }),
  ]);
  const relations = await database.rows(
    "SELECT head, evidence, documents, probability, negated, speculative FROM relations",
  );
  expect(relations).toEqual([
    { head: aspirin, evidence: 2, documents: 2, probability: 0.8, negated: 1, speculative: 0 },
    { head: "name:chemical/cisplatin", evidence: 2, documents: 2, probability: 0.96, negated: 0, speculative: 1 },
    { head: "name:chemical/lidocaine", evidence: 1, documents: 1, probability: 0.8, negated: 0, speculative: 0 },
  ]);
});

test("a second run reads nothing again, a changed document costs its unit, and its old relations go", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  await mineInto([path], settings());
  const read: string[] = [];
  const reader = dictionaryReader((id) => void read.push(id));
  expect(await mineInto([path], settings({ reader }))).toMatchObject({ documents: 5, before: 5, relations: 0 });
  expect(read).toEqual([]);
  await writeFile(path, [...FIVE.slice(0, 4), line("5", "Saline caused nothing.")].join(""));
  await mineInto([path], settings({ reader }));
  expect(read).toEqual(["5"]);
  await mineInto([path], settings({ out: kg("fresh") }));
  expect(await contentOf(kg())).toEqual(await contentOf(kg("fresh")));
});

test("update files replace and withdraw citations: the graph is that of the final state", async () => {
  const record = (pmid: number, text: string): string =>
    `<PubmedArticle><MedlineCitation><PMID Version="1">${pmid}</PMID><Article><ArticleTitle>About it.</ArticleTitle>` +
    `<Abstract><AbstractText>${text}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>`;
  const set = (...parts: string[]): string => `<PubmedArticleSet>${parts.join("")}</PubmedArticleSet>`;
  const one = record(1, "Aspirin caused bleeding.");
  const base = await file(
    "a.xml",
    set(one, record(2, "Cisplatin caused renal failure."), record(3, "Lidocaine caused seizures.")),
  );
  const update = await file(
    "b.xml",
    set(record(2, "Cisplatin did not cause renal failure."), "<DeleteCitation><PMID>3</PMID></DeleteCitation>"),
  );
  await mineInto([base], settings());
  await mineInto([update], settings());
  const final = await file("c.xml", set(one, record(2, "Cisplatin did not cause renal failure.")));
  await mineInto([final], settings({ out: kg("final") }));
  const content = await contentOf(kg());
  expect(content["documents"]).toHaveLength(2);
  expect(content).toEqual(await contentOf(kg("final")));
  await mineInto([base, update], settings({ out: kg("both") }));
  expect(await contentOf(kg("both"))).toEqual(content);
});

test("a stopped run keeps its units; the next goes on and comes to the same graph", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  const stop = new AbortController();
  const reader = dictionaryReader((id) => (id === "4" ? stop.abort() : undefined));
  const events: MineEvent[] = [];
  const run = async (): Promise<void> => {
    for await (const event of mine([path], settings({ reader }), stop.signal)) events.push(event);
  };
  await expect(run()).rejects.toMatchObject({ code: "aborted" });
  expect(events.filter(({ type }) => type === "unit")).toHaveLength(1);
  await expect(openGraph(kg())).rejects.toMatchObject({ code: "knowledge-graph/unfinished" });
  expect(await mineInto([path], settings())).toMatchObject({ before: 2 });
  await mineInto([path], settings({ out: kg("whole") }));
  expect(await contentOf(kg())).toEqual(await contentOf(kg("whole")));
});

test("a unit's file that is cut is done anew, a database that is broken is put aside and built again", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  await mineInto([path], settings());
  const content = await contentOf(kg());
  const [input] = await readInputs(kg());
  await truncate(unitPath(kg(), input!.units[1]!), 300);
  expect(await mineInto([path], settings())).toMatchObject({ before: 3 });
  expect(await contentOf(kg())).toEqual(content);
  const database = join(kg(), "graph.duckdb");
  const bytes = await readFile(database);
  await writeFile(database, bytes.fill(7, 100, 60_000));
  const notes: string[] = [];
  using opened = await openGraph(kg(), { note: (text) => notes.push(text) });
  expect(await opened.rows("SELECT count(*)::INT AS n FROM relations")).toEqual([{ n: 3 }]);
  expect(notes.join()).toContain("could not be opened");
  expect(await readdir(kg())).toContain("graph.duckdb.broken-1");
});

test("a unit's file that is damaged inside is told and put aside when the graph is assembled, and then done anew", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  await mineInto([path], settings());
  const content = await contentOf(kg());
  const [input] = await readInputs(kg());
  const unit = unitPath(kg(), input!.units[1]!);
  const bytes = await readFile(unit);
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  await writeFile(unit, bytes.fill(7, footer - Math.floor(footer / 3), footer)); // names and relations; what tells records apart stays
  await rm(join(kg(), "graph.duckdb"));
  await expect(mineInto([path], settings())).rejects.toMatchObject({ code: "knowledge-graph/broken-unit" });
  expect((await readdir(join(kg(), "units"))).filter((name) => name.endsWith(".damaged"))).toHaveLength(1);
  expect(await mineInto([path], settings())).toMatchObject({ before: 3 });
  expect(await contentOf(kg())).toEqual(content);
});

test("shards share a folder: the last one assembles, whoever does what", async () => {
  const paths = [
    await file("five.jsonl", FIVE.join("")),
    await file("more.jsonl", FIVE.join("").replaceAll('"pmid":"', '"pmid":"1')),
  ];
  await mineInto(paths, settings());
  for (const [of, order] of [
    [2, [2, 1]],
    [3, [3, 1, 2]],
  ] as const) {
    const out = kg(`shards-${of}`);
    const done: boolean[] = [];
    for (const number of order) done.push((await mineInto(paths, settings({ out, shard: { number, of } }))).assembled);
    expect(done).toEqual([...order.slice(1).map(() => false), true]);
    expect(await contentOf(out)).toEqual(await contentOf(kg()));
  }
});

test("another pipeline is refused, and says what would be done anew; --redo takes it over", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  await mineInto([path], settings());
  const other = settings({
    reader: { ...dictionaryReader(), hash: "dictionary/2", description: "a better dictionary" },
  });
  await expect(mineInto([path], other)).rejects.toMatchObject({
    code: "mining/other-pipeline",
    why: "5 documents of 1 input would be done anew.",
  });
  expect(await mineInto([path], { ...other, redo: true })).toMatchObject({ before: 0, documents: 5 });
});

test("bad records are told and put down, the rest is whole", async () => {
  const path = await file("bad.jsonl", `${FIVE[0]}{"pmid": 7, "title": \n${FIVE[4]}`);
  const events: MineEvent[] = [];
  const summary = await mineInto([path], settings(), { onEvent: (event) => events.push(event) });
  expect(summary).toMatchObject({ documents: 2, problems: 1 });
  const [input] = await readInputs(kg());
  expect(input!.problems[0]!.what).toContain("line 2");
});

test("halves of surrogate pairs and zero characters cost nothing: places of names hold", async () => {
  const odd = (text: string): string => `{"pmid":"9","title":"Odd \\ud83e title.","abstract":"${text}"}\n`;
  const path = await file(
    "odd.jsonl",
    FIVE[0] + odd("\\udc00 x \\u0000 y \\ud83e\\uddea Aspirin causes bleeding.") + FIVE[4],
  );
  expect(await mineInto([path], settings())).toMatchObject({ documents: 3, problems: 0 });
  using database = await openGraph(kg());
  const [document] = await database.rows<{ passages: { text: string }[] }>(
    "SELECT passages FROM documents WHERE id = '9'",
  );
  expect(document!.passages.map(({ text }) => text)).toEqual([
    "Odd \ufffd title.",
    "\ufffd x \0 y 🧪 Aspirin causes bleeding.",
  ]);
  const [mention] = await database.rows<{ start: number; text: string }>(
    "SELECT start, text FROM mentions WHERE document = '9' AND type = 'Chemical'",
  );
  expect(document!.passages[1]!.text.slice(mention!.start)).toBe("Aspirin causes bleeding.");
});

test("what files state themselves goes in as it is", async () => {
  const text =
    "7|t|Naloxone and shock.\n7|a|Naloxone caused shock.\n7\t0\t8\tNaloxone\tChemical\tD009270\n7\t24\t29\tNalox\tChemical\tD009270\n" +
    "7\t13\t18\tshock\tDisease\tD012769\n7\tCID\tD009270\tD012769\n\n";
  const path = await file("x.pubtator", text);
  await mineInto([path], settings({ reader: ANNOTATIONS_READER }));
  const content = await contentOf(kg());
  expect(content["relations"]).toMatchObject([
    { head: "mesh:D009270", type: "CID", tail: "mesh:D012769", probability: 1 },
  ]);
  expect(content["concepts"]).toMatchObject([
    { id: "mesh:D009270", name: "Naloxone", mentions: 2 },
    { id: "mesh:D012769" },
  ]);
  expect(content["evidence"]).toMatchObject([{ sentence: "Naloxone and shock." }]);
});

test("a graph of another schema is refused by mining and by questions, with what to do", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  await mineInto([path], settings());
  const record = join(kg(), "graph.json");
  const said = JSON.parse(await readFile(record, "utf8")) as { schema: number };
  for (const [schema, fix] of [
    [said.schema - 1, "Mine into a new folder."],
    [said.schema + 1, "Install a newer biogpt."],
  ] as const) {
    await writeFile(record, JSON.stringify({ ...said, schema }));
    const refused = { code: "knowledge-graph/schema", kind: "input", fix };
    await expect(mineInto([path], settings())).rejects.toMatchObject(refused);
    await expect(openGraph(kg())).rejects.toMatchObject(refused);
  }
});

test("what reads may be closed before the graph is assembled, and is not asked after that", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  const order: string[] = [];
  const onEvent = (event: MineEvent): void => {
    if (event.type === "unit") order.push("unit");
    if (event.type === "progress" && event.activity === "assembling documents") order.push("assembling");
  };
  await mineInto([path], settings({ onAllRead: () => order.push("all read") }), { onEvent });
  expect(order).toEqual(["unit", "unit", "unit", "all read", "assembling"]);
});

test("two runs at once into one folder: the second is refused", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  let refused: unknown;
  const reader = dictionaryReader(async (id) => {
    if (id === "1") refused = await mineInto([path], settings()).catch((error: unknown) => error);
  });
  await mineInto([path], settings({ reader }));
  expect(refused).toMatchObject({ code: "mining/in-use" });
  await mkdir(kg("empty"));
  await expect(openGraph(kg("empty"))).rejects.toMatchObject({ code: "knowledge-graph/no-graph" });
});

test("a kind of relation or a name that the graph has not is told with the near one", async () => {
  await mineInto([await file("five.jsonl", FIVE.join(""))], settings());
  const [kind] = (await graphStrongest(kg())).map(({ relation }) => relation);
  const relations = [`${kind}s`];
  for (const ask of [
    () => graphStrongest(kg(), { relations }),
    () => graphNeighbours(kg(), "aspirin", { relations }),
    () => graphPath(kg(), "aspirin", "bleeding", { relations }),
    () => graphEvidence(kg(), "aspirin", undefined, { relations }),
  ]) {
    await expect(ask()).rejects.toMatchObject({
      code: "knowledge-graph/unknown-relation",
      fix: expect.stringContaining(`Did you mean "${kind}"?`),
    });
  }
  expect(await graphStrongest(kg(), { relations: [kind!] })).toHaveLength(3);
  const notes: string[] = [];
  const onEvent = (event: { type: string; text?: string }): void => {
    if (event.type === "note") notes.push(event.text!);
  };
  for (const words of ["cisplatni", "CISPLA", "zzzz"]) await graphFind(kg(), words, {}, { onEvent });
  expect(notes).toEqual(['No name has "cisplatni" in it. Did you mean "Cisplatin"?']);
});

test("a folder without files and a file in a folder's place are told", async () => {
  await mkdir(join(folder, "empty"));
  await file("empty/README.md", "No documents.");
  await expect(filesOf([join(folder, "empty")])).rejects.toMatchObject({
    code: "corpora/empty",
    what: `The folder ${join(folder, "empty")} holds no files.`,
  });
  const path = await file("one.jsonl", line("1", "Aspirin causes bleeding."));
  expect(await filesOf([path, folder])).toEqual([path, path]);
  const error: unknown = await mineInto([path], settings({ out: path })).catch((thrown: unknown) => thrown);
  expect(asBiogptError(error)).toMatchObject({ code: "files/not-folder", what: `${path} is a file.` });
  await expect(openGraph(path)).rejects.toMatchObject({ code: "knowledge-graph/no-graph" });
});

test("relations of names without identifiers come back from PubTator with the types of their ends", async () => {
  await mineInto([await file("five.jsonl", FIVE.join(""))], settings());
  await exportFolder(kg(), "pubtator", join(folder, "out"));
  const [path, reader] = [join(folder, "out", "documents.pubtator"), ANNOTATIONS_READER];
  await mineInto([path], settings({ out: kg("back"), reader }));
  const said = async (graph: string): Promise<unknown[]> => {
    using database = await openGraph(graph);
    return await database.rows(
      "SELECT document, head, tail, c.type AS type FROM evidence JOIN concepts c ON c.id = head WHERE NOT negated ORDER BY ALL",
    );
  };
  const before = await said(kg());
  expect(before).toHaveLength(4);
  expect(await said(kg("back"))).toEqual(before);
});

test("without a model, documents whose format holds no annotations are refused", async () => {
  const path = await file("five.jsonl", FIVE.join(""));
  await expect(mineInto([path], settings({ reader: ANNOTATIONS_READER }))).rejects.toMatchObject({
    code: "workflows/no-mentions",
    fix: "Give PubTator or BioC, or leave out --annotations.",
  });
});
