import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { residentBytes } from "../test-graphs.fixture.ts";
import { libraryPath } from "./library-path.ts";
import { check, failure, loadApi, openLibrary, refuseOldVersion } from "./onnxruntime-api.ts";

test("opens the installed library", () => {
  expect(loadApi().version).toMatch(/^1\.\d+\.\d+/);
  expect(loadApi()).toBe(loadApi());
});

test("refuses versions that lack what is used", () => {
  for (const version of ["1.23.0", "1.30.0", "2.0.1"]) refuseOldVersion(version, "lib");
  for (const version of ["1.22.2", "1.9.0", "0.30.0", ""]) {
    expect(() => refuseOldVersion(version, "lib.so")).toThrow(
      expect.objectContaining({
        code: "runtime/library-too-old",
        what: expect.stringContaining(`lib.so is ONNX Runtime ${version}`),
      }),
    );
  }
});

test("a file that is no library, or another one, is said to be so", () => {
  const folder = mkdtempSync(join(tmpdir(), "biogpt-library-"));
  const file = join(folder, "libonnxruntime.so");
  writeFileSync(file, "not a library");
  try {
    expect(() => openLibrary(file)).toThrow(expect.objectContaining({ code: "runtime/library-missing" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a status becomes an error with its message, and memory that ran out one of its own", () => {
  const api = loadApi();
  const doing = { code: "runtime/run", what: "Running the graph" };
  const bad = api.CreateMemoryInfo("NoSuchMemory", 0, 0, 0, [null]) as bigint;
  expect(() => check(api, bad, doing)).toThrow(
    expect.objectContaining({ code: "runtime/run", why: expect.stringContaining("device is not supported") }),
  );
  check(api, null, doing);
  expect(failure(doing, "Failed to allocate memory for requested buffer of size 4")).toMatchObject({
    code: "runtime/out-of-memory",
    kind: "unavailable",
  });
});

test("the library stays loaded when the garbage is collected", async () => {
  const api = openLibrary(libraryPath());
  await residentBytes();
  const out: [bigint | null] = [null];
  check(api, api.CreateRunOptions(out), { code: "runtime/run", what: "x" });
  api.ReleaseRunOptions(out[0]);
});

test("statuses are given back", async () => {
  const api = loadApi();
  const fail = (): void => {
    try {
      check(api, api.CreateMemoryInfo("NoSuchMemory", 0, 0, 0, [null]) as bigint, { code: "runtime/run", what: "x" });
    } catch {
      return;
    }
    expect.fail("nothing was thrown");
  };
  for (let i = 0; i < 50_000; i++) fail();
  const before = await residentBytes();
  for (let i = 0; i < 400_000; i++) fail(); // about 80 bytes each
  expect((await residentBytes()) - before).toBeLessThan(16e6);
});
