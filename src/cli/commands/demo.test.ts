/** The demonstration prints relations that its texts state, and none that they do not. */
import { expect, test } from "vitest";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

test("demo: each relation is right, with its sentence; then a sentence is continued", async () => {
  const said = testTerminal();
  expect(await run(["demo"], said), said.notes.join("\n")).toBe(0);
  const text = said.out.join("");
  const pairs = [...text.matchAll(/^ {2}(.+) ─▶ (.+?) {3}/gm)].map(([, head, tail]) => [head, tail]);
  expect(pairs).toEqual([
    ["Indomethacin", "hypotension"],
    ["Cisplatin", "acute renal failure"],
    ["Doxorubicin", "cardiomyopathy"],
    ["lidocaine", "Seizures"],
  ]);
  expect(text).toContain("“Cisplatin-induced acute renal failure.”");
  expect(text).toContain("4 relations in 4 abstracts");
  expect(text).toMatch(/Patients with type 2 diabetes mellitus were \S/);
}, 60_000);
