/** A graph of 1,200 annotated documents, mined by processes of their own: what runs that are killed, or that share the work, are held to. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { openGraph } from "../../src/knowledge-graph/store/open-graph.ts";
import { runBiogpt } from "./run-biogpt.ts";

export interface MinedGraphs {
  readonly folder: string;
  /** Arguments of `mine` into the graph of this name. */
  argumentsOf(name: string, ...more: string[]): string[];
  mined(name: string, ...more: string[]): ReturnType<typeof runBiogpt>;
  contentOf(name: string): Promise<string>;
  /** Of one run that nothing happened to. */
  readonly wanted: string;
}

/** Made before the tests of the file and taken away after them. */
export function minedGraphs(): MinedGraphs {
  let [folder, wanted] = ["", ""];
  const argumentsOf = (name: string, ...more: string[]): string[] => [
    ...["mine", join(folder, "in.pubtator"), "--annotations", "--out", join(folder, name)],
    ...more,
  ];
  const mined = (name: string, ...more: string[]): ReturnType<typeof runBiogpt> =>
    runBiogpt(argumentsOf(name, ...more));
  const contentOf = async (name: string): Promise<string> => {
    using graph = await openGraph(join(folder, name), { threads: 1 });
    const tables = await Promise.all(
      ["documents", "mentions", "concepts", "evidence", "relations"].map((table) =>
        graph.rows(`SELECT * FROM ${table}`),
      ),
    );
    return JSON.stringify(tables);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "biogpt-mining-"));
    await writeFile(join(folder, "in.pubtator"), Array.from({ length: 1200 }, (_, number) => block(number)).join(""));
    const { code, stderr } = await mined("whole");
    expect(code, stderr).toBe(0);
    wanted = await contentOf("whole");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
    get wanted() {
      return wanted;
    },
    ...{ argumentsOf, mined, contentOf },
  };
}

/** 1,200 documents are three units. */
function block(number: number): string {
  const [drug, disease] = [`drug${number % 37}`, `disease${number % 11}`];
  const [head, tail] = [`MESH:C${100_000 + (number % 37)}`, `MESH:D${100_000 + (number % 11)}`];
  const title = `${drug} and ${disease}`;
  const at = drug.length + 5;
  return `${number}|t|${title}\n${number}|a|It was seen.\n${number}\t0\t${drug.length}\t${drug}\tChemical\t${head}\n${number}\t${at}\t${title.length}\t${disease}\tDisease\t${tail}\n${number}\tCID\t${head}\t${tail}\n\n`;
}
