/** The demonstration prints the relations that its texts state, the likeliest of each document first, and the graph they come to. */
import { expect, test } from "vitest";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

test("demo: what each text states comes first, with its sentence; then a sentence is continued; a graph joins them", async () => {
  const said = testTerminal();
  expect(await run(["demo"], said), said.notes.join("\n")).toBe(0);
  const [text = "", graph = ""] = said.out.join("").split(/^The same as a graph.*$/m);
  const first = text
    .split(/^PMID /m)
    .slice(1)
    .map((part) => {
      const [, head, tail] = /^ {2}(.+?) ─ .+? ▶ (.+?) {3}/m.exec(part) ?? [];
      return [head, tail].map((name) => name?.toLowerCase());
    });
  expect(first).toEqual([
    ["indomethacin", "hypotension"],
    ["cisplatin", "acute renal failure"],
    ["doxorubicin", "cardiomyopathy"],
    ["lidocaine", "seizures"],
  ]);
  expect(text.match(/ ▶ /g)!.length).toBe(4);
  expect(text).toMatch(/4 relations in 4 abstracts/);
  expect(text).toMatch(/Patients with type 2 diabetes mellitus were \S/);
  const edges = [...graph.matchAll(/^ {2}\S.* \((\S+)\) ─ (.+) ▶ .+ \((\S+)\) {3}(\S+)\n {4}“(.+)”$/gm)];
  expect(edges.length).toBeGreaterThanOrEqual(4);
  const ends = edges.map(([, head, , tail]) => [head, tail]);
  expect(ends).toContainEqual(["name:chemical/doxorubicin", "doid:0050700"]);
  expect(ends).toContainEqual(["name:chemical/cisplatin", "doid:3021"]);
  const probabilities = edges.map(([, , , , probability]) => Number(probability));
  expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
});
