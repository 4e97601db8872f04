/** The demonstration prints the relations that its texts state, the likeliest of each document first. */
import { expect, test } from "vitest";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

/** Of other lines: what the embedded reader gets wrong (docs/results.md, "Ordinary abstracts"). To be none. */
const WRONG_LINES = 6;

test("demo: what each text states comes first, with its sentence; then a sentence is continued", async () => {
  const said = testTerminal();
  expect(await run(["demo"], said), said.notes.join("\n")).toBe(0);
  const text = said.out.join("");
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
  expect(text.match(/ ▶ /g)!.length).toBeLessThanOrEqual(4 + WRONG_LINES);
  expect(text).toMatch(/relations in 4 abstracts/);
  expect(text).toMatch(/Patients with type 2 diabetes mellitus were \S/);
}, 60_000);
