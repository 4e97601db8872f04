/** Ten gigabytes on one line, through a pipe: told, with flat memory, and the records around it are in the graph. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openGraph } from "../../src/knowledge-graph/store/open-graph.ts";
import { finished, startBiogpt } from "./run-biogpt.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-long-line-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PIECE = Buffer.alloc(1 << 20, 0x61);
const PIECES = 10 * 1024;
/** Node, DuckDB, and twice the longest line that is read, 64 MB. */
const MOST_MEGABYTES = 400;

test.skipIf(process.platform !== "linux")(
  "a record of 10 GB between two others",
  async () => {
    const out = join(folder, "kg");
    const child = startBiogpt(["mine", "-", "--annotations", "--input-format", "json-lines", "--out", out]);
    const end = finished(child);
    const write = (bytes: Uint8Array | string): Promise<void> =>
      new Promise((resolve, reject) => child.stdin.write(bytes, (error) => (error ? reject(error) : resolve())));
    await write('{"pmid":"1","title":"First."}\n{"pmid":"2","title":"');
    for (let piece = 0; piece < PIECES; piece++) await write(PIECE);
    await write('"}\n{"pmid":"3","title":"Third."}\n');
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    child.stdin.end();
    const { code, stderr } = await end;
    expect(code).toBe(1);
    expect(stderr).toContain("Line 2 of - is longer than 67108864 bytes.");
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) / 1024).toBeLessThan(MOST_MEGABYTES);
    using graph = await openGraph(out);
    expect(await graph.rows("SELECT id FROM documents ORDER BY id")).toEqual([{ id: "1" }, { id: "3" }]);
  },
  300_000,
);
