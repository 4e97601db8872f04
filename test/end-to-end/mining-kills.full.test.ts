/**
 * `kill -9` at twenty moments drawn with a seed, while assembling too, with units' files cut in between: never a graph that does not open, and in the
 * end the one of a run that nothing happened to, row for row.
 */
import { readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Random } from "../../src/base/random.ts";
import { openGraph } from "../../src/knowledge-graph/store/open-graph.ts";
import { minedGraphs } from "./mined-graph.fixture.ts";
import { finished, startBiogpt } from "./run-biogpt.ts";

const graphs = minedGraphs();
const GRAPHS = 4;
const KILLS_OF_EACH = 5;

test("killed at twenty moments, a graph opens or says that it is unfinished, and is whole in the end", async () => {
  const random = new Random(20);
  const started = performance.now();
  expect((await graphs.mined("timed")).code).toBe(0);
  const usual = performance.now() - started;
  for (let number = 0; number < GRAPHS; number++) {
    const name = `killed-${number}`;
    const folder = join(graphs.folder, name);
    for (let kill = 0; kill < KILLS_OF_EACH; kill++) {
      const child = startBiogpt(graphs.argumentsOf(name));
      const end = finished(child);
      await delay(usual * (0.1 + 0.9 * random.next()));
      child.kill("SIGKILL");
      await end;
      await expectUsable(folder);
      const units = (await readdir(join(folder, "units")).catch(() => [])).filter((file) => file.endsWith(".parquet"));
      const cut = units[random.integer(Math.max(1, units.length))];
      if (kill === 2 && cut !== undefined) await truncate(join(folder, "units", cut), 200);
    }
    const { code, stderr } = await graphs.mined(name);
    expect(code, stderr).toBe(0);
    expect((await graphs.contentOf(name)) === graphs.wanted, name).toBe(true);
  }
}, 1_800_000);

async function expectUsable(folder: string): Promise<void> {
  try {
    using graph = await openGraph(folder);
    await graph.rows("SELECT count(*) FROM relations");
  } catch (error) {
    // The last is of a unit that was cut before the run that would have mended it was killed too.
    const told = ["knowledge-graph/unfinished", "knowledge-graph/no-graph", "knowledge-graph/broken-unit"];
    expect(told).toContain((error as { code?: string }).code);
  }
}
