/** In processes of their own, since what threads have of glibc's memory pools is settled when they start. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "biogpt-pools-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sixteen threads take memory; glibc then writes down its pools. */
const PROGRAM = `
  const [, freedMemory, file, share] = process.argv;
  const { default: koffi } = await import("koffi");
  const { gzip } = await import("node:zlib");
  const { promisify } = await import("node:util");
  const { keepFreedMemoryTogether } = await import(freedMemory);
  if (share === "share") console.log(keepFreedMemoryTogether());
  await Promise.all(Array.from({ length: 64 }, () => promisify(gzip)(Buffer.alloc(1e6))));
  const library = koffi.load(null);
  const out = library.func("void *fopen(const char *path, const char *mode)")(file, "w");
  library.func("int malloc_info(int options, void *stream)")(0, out);
  library.func("int fclose(void *stream)")(out);
`;

function pools(share: "share" | "leave"): number {
  const file = join(folder, share);
  const module = resolve("dist/runtime/native/freed-memory.js");
  execFileSync(process.execPath, ["--input-type=module", "-e", PROGRAM, module, file, share], {
    env: { ...process.env, UV_THREADPOOL_SIZE: "16" },
  });
  return readFileSync(file, "utf8").match(/<heap nr=/g)!.length;
}

const isGlibc = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime;

test.skipIf(isGlibc === undefined)("threads share memory pools in a process that asked for it", () => {
  // Those of the threads that Node begins with stand by then.
  expect(pools("share")).toBeLessThan(pools("leave") / 2);
});
