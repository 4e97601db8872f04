/**
 * Where ONNX Runtime's shared library lies: inside the npm package `onnxruntime-node`, a folder for each platform, or
 * wherever BIOGPT_ONNXRUNTIME says. The package has no builds for musl (Alpine), 32-bit systems or Intel Macs.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BiogptError } from "../../base/errors.ts";

/** Environment variable that names another build of the library, a GPU one for example. */
export const LIBRARY_VARIABLE = "BIOGPT_ONNXRUNTIME";

/** File of each `platform-architecture` (as Node names them), below the package's `bin/napi-v6`. */
export const LIBRARY_FILES: Readonly<Record<string, string>> = {
  "linux-x64": "linux/x64/libonnxruntime.so.1",
  "linux-arm64": "linux/arm64/libonnxruntime.so.1",
  "darwin-arm64": "darwin/arm64/libonnxruntime.1.dylib",
  "win32-x64": "win32/x64/onnxruntime.dll",
  "win32-arm64": "win32/arm64/onnxruntime.dll",
};

export interface Platform {
  readonly platform: string;
  readonly architecture: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the package `onnxruntime-node`, undefined when it is not installed. */
  readonly packageFolder: string | undefined;
  readonly exists: (file: string) => boolean;
}

export function currentPlatform(): Platform {
  return {
    platform: process.platform,
    architecture: process.arch,
    environment: process.env,
    packageFolder: packageFolder(),
    exists: existsSync,
  };
}

/** Whether programs here are linked with musl instead of glibc: its loader is there, and glibc's is not. */
function hasMusl({ platform, architecture, exists }: Platform): boolean {
  const machine = architecture === "arm64" ? "aarch64" : "x86_64";
  const glibc = architecture === "arm64" ? "/lib/ld-linux-aarch64.so.1" : "/lib64/ld-linux-x86-64.so.2";
  return platform === "linux" && exists(`/lib/ld-musl-${machine}.so.1`) && !exists(glibc);
}

function packageFolder(): string | undefined {
  try {
    // The package exports no package.json, so its folder is found from its main file: dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")));
  } catch {
    return undefined;
  }
}

/** @throws BiogptError `runtime/library-missing`, `runtime/unsupported-platform` */
export function libraryPath(on: Platform = currentPlatform()): string {
  const override = on.environment[LIBRARY_VARIABLE];
  if (override !== undefined && override !== "") {
    if (on.exists(override)) return override;
    throw new BiogptError("runtime/library-missing", {
      what: `${LIBRARY_VARIABLE} names ${override}, but there is no such file.`,
      fix: `Give the path of ONNX Runtime's shared library, or unset ${LIBRARY_VARIABLE} to use the one that npm installs.`,
      kind: "not-found",
    });
  }
  const key = `${on.platform}-${on.architecture}`;
  const file = LIBRARY_FILES[key];
  const musl = hasMusl(on);
  if (file === undefined || musl) {
    throw new BiogptError("runtime/unsupported-platform", {
      what: `There is no ready-made ONNX Runtime for ${musl ? `${key} with the musl C library` : key}.`,
      why: `npm carries it for ${Object.keys(LIBRARY_FILES).join(", ")}; on Linux for glibc (Debian, Ubuntu, Fedora, ...).`,
      fix: musl
        ? "Use a glibc image (node:20-slim instead of node:20-alpine), " +
          `or build ONNX Runtime yourself and name its library in ${LIBRARY_VARIABLE}.`
        : `Build ONNX Runtime yourself and name its library in ${LIBRARY_VARIABLE}.`,
    });
  }
  const path = on.packageFolder === undefined ? undefined : join(on.packageFolder, "bin", "napi-v6", file);
  if (path !== undefined && on.exists(path)) return path;
  throw new BiogptError("runtime/library-missing", {
    what: "ONNX Runtime's shared library is not installed.",
    why:
      path === undefined
        ? "The npm package onnxruntime-node was not found."
        : `It should be ${path}, which is not there.`,
    fix: `Run \`npm install onnxruntime-node --ignore-scripts\`, or name a library in ${LIBRARY_VARIABLE}.`,
    kind: "not-found",
  });
}
