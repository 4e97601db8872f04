import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { currentPlatform, LIBRARY_FILES, libraryPath, type Platform } from "./library-path.ts";

function platform(changes: Partial<Platform> & { readonly files?: readonly string[] }): Platform {
  const { files = [], ...rest } = changes;
  return {
    platform: "linux",
    architecture: "x64",
    environment: {},
    packageFolder: "/p",
    exists: (file) => files.includes(file.replaceAll("\\", "/")),
    ...rest,
  };
}

test.each([
  ["linux", "x64", "/p/bin/napi-v6/linux/x64/libonnxruntime.so.1"],
  ["linux", "arm64", "/p/bin/napi-v6/linux/arm64/libonnxruntime.so.1"],
  ["darwin", "arm64", "/p/bin/napi-v6/darwin/arm64/libonnxruntime.1.dylib"],
  ["win32", "x64", "/p/bin/napi-v6/win32/x64/onnxruntime.dll"],
  ["win32", "arm64", "/p/bin/napi-v6/win32/arm64/onnxruntime.dll"],
])("%s-%s has its own file", (system, architecture, file) => {
  const path = libraryPath(platform({ platform: system, architecture, files: [file] }));
  expect(path.replaceAll("\\", "/")).toBe(file);
});

test("every file of the table is in the installed package", () => {
  const found = libraryPath();
  expect(existsSync(found)).toBe(true);
  const own = LIBRARY_FILES[`${process.platform}-${process.arch}`]!;
  const folder = found.slice(0, -own.length);
  for (const file of Object.values(LIBRARY_FILES)) expect(existsSync(join(folder, file)), file).toBe(true);
});

test("the environment variable comes first, and must name a file", () => {
  const environment = { BIOGPT_ONNXRUNTIME: "/opt/ort.so" };
  const files = ["/opt/ort.so", "/p/bin/napi-v6/linux/x64/libonnxruntime.so.1"];
  expect(libraryPath(platform({ environment, files }))).toBe("/opt/ort.so");
  expect(() => libraryPath(platform({ environment, files: files.slice(1) }))).toThrow(
    expect.objectContaining({ code: "runtime/library-missing", what: expect.stringContaining("/opt/ort.so") }),
  );
});

test("says what is missing and how to get it", () => {
  const missing = { code: "runtime/library-missing", fix: expect.stringContaining("npm install onnxruntime-node") };
  expect(() => libraryPath(platform({}))).toThrow(expect.objectContaining(missing));
  expect(() => libraryPath(platform({ packageFolder: undefined }))).toThrow(expect.objectContaining(missing));
  for (const [system, architecture] of [
    ["darwin", "x64"],
    ["linux", "arm"],
    ["freebsd", "x64"],
  ] as const) {
    expect(() => libraryPath(platform({ platform: system, architecture }))).toThrow(
      expect.objectContaining({
        code: "runtime/unsupported-platform",
        what: expect.stringContaining(`${system}-${architecture}`),
      }),
    );
  }
});

test("Alpine is told apart from a glibc system that also has musl", () => {
  const library = "/p/bin/napi-v6/linux/x64/libonnxruntime.so.1";
  const musl = "/lib/ld-musl-x86_64.so.1";
  expect(() => libraryPath(platform({ files: [library, musl] }))).toThrow(
    expect.objectContaining({ code: "runtime/unsupported-platform", fix: expect.stringContaining("node:20-slim") }),
  );
  expect(libraryPath(platform({ files: [library, musl, "/lib64/ld-linux-x86-64.so.2"] }))).toContain("libonnxruntime");
});

test("finds the package of this checkout", () => {
  expect(dirname(currentPlatform().packageFolder!).endsWith("node_modules")).toBe(true);
});
