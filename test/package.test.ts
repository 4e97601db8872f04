/**
 * The package as users get it: packed, installed, type-checked by a strict consumer without Node's types, run. One installation, the global
 * one, serves the project too: it takes most of the time.
 *
 * Leaves out the registry's side: dependencies come from npm's cache or the registry, as `npm ci` got them.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TYPESCRIPT = join(ROOT, "node_modules/typescript/bin/tsc");

/** Everything that may be in the tarball. */
const WHITELIST = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|CONTRIBUTING\.md)$/,
  /^docs\/([a-z-]+\/)*[A-Za-z0-9-]+\.md$/,
  /^dist\/([a-z0-9-]+\/)*[a-z0-9-]+\.(js|d\.ts)$/,
  /^dist\/page\/(index\.html|assets\/[\w-]+\.(js|css))$/,
  /^docs\/judged\/(ordinary-)?[0-9-]+\.tsv(\.key\.json)?$/,
  /^models\/[a-z0-9-]+\/(config\.json|merges\.txt|vocab\.json|(model|pairs)\.safetensors|tokenizer_config\.json|biogpt-tokenizer\.json|task\.json|README\.md|NOTICE\.md|loss\.svg|known\.jsonl\.gz)$/,
  /^vocabularies\/(README\.md|[a-z0-9-]+\.idx)$/,
  /^samples\/[a-z-]+\.(xml|jsonl|json)$/,
];
/** Documents that the README leads to; links between them stay inside the package. */
const SHIPPED = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs"];
/** Real weights are the bulk; anything else must stay small beside them. */
const MAX_TARBALL_BYTES = 120e6;
const MAX_MODEL_BYTES = 50e6;
const MAX_CODE_BYTES = 6e6;
/** Milliseconds. */
const LONGEST_COMMAND = 240_000;

interface PackedFile {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
}

const WINDOWS = process.platform === "win32";
let place = "";
/** Where npm installs for all users of the machine; in a test, for this one. */
const prefix = (): string => join(place, "global");
const installedAt = (): string => join(prefix(), WINDOWS ? "node_modules" : "lib/node_modules");
let files: readonly PackedFile[] = [];
let tarball = "";

const INSTALL = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
  exports: Record<string, string | { types: string; default: string }>;
};
const entries = Object.keys(manifest.exports).filter((entry) => entry !== "./package.json");

/** Entries over packages that a program brings itself; test/end-to-end/clients.test.ts runs them. */
const NEEDING_PEERS: readonly string[] = ["./ai-sdk", "./langchain"];

/** npm as a program: Windows starts `npm` through a shell only, so its script is run where npm itself says where that lies. */
function npm(folder: string, args: readonly string[]): string {
  const script = process.env["npm_execpath"];
  return script?.endsWith("npm-cli.js") === true
    ? runIn(folder, process.execPath, [script, ...args])
    : runIn(folder, "npm", args);
}

function runIn(folder: string, command: string, args: readonly string[]): string {
  try {
    // A synchronous call stops vitest's own clock: npm once waited for a dead connection for ever.
    const limits = { timeout: LONGEST_COMMAND, killSignal: "SIGKILL" } as const;
    return execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...limits });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`);
  }
}

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "biogpt-package-"));
  const stage = join(place, "stage");
  runIn(ROOT, process.execPath, [
    TYPESCRIPT,
    "-p",
    "tsconfig.build.json",
    "--noCheck",
    "--outDir",
    join(stage, "dist"),
  ]);
  cpSync(join(ROOT, "dist/page"), join(stage, "dist/page"), { recursive: true }); // test/build-once.ts has made it
  for (const name of [...SHIPPED, "package.json", "LICENSE", "models", "samples"])
    cpSync(join(ROOT, name), join(stage, name), { recursive: true });
  const [packed] = JSON.parse(npm(stage, ["pack", "--json", "--ignore-scripts", "--pack-destination", place])) as [
    { files: readonly PackedFile[]; filename: string },
  ];
  files = packed.files;
  tarball = join(place, packed.filename);
  mkdirSync(prefix());
  npm(place, [...INSTALL, "--global", "--prefer-offline", "--prefix", prefix(), tarball]);
  const project = join(place, "project");
  cpSync(fileURLToPath(new URL("fixtures/consumer", import.meta.url)), project, { recursive: true });
  symlinkSync(installedAt(), join(project, "node_modules"), "junction"); // as `npm link` does
}, 400_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test("the tarball holds what is whitelisted and nothing else", () => {
  expect(files.filter(({ path }) => !WHITELIST.some((pattern) => pattern.test(path))).map(({ path }) => path)).toEqual(
    [],
  );
  expect(files.filter(({ path }) => /\.(test|fixture)\./.test(path))).toEqual([]);
  const paths = new Set(files.map(({ path }) => path));
  for (const wanted of ["README.md", "LICENSE", "CHANGELOG.md", "dist/cli/main.js", "samples/abstracts.xml"])
    expect(paths, wanted).toContain(wanted);
  for (const model of readdirSync(join(ROOT, "models")))
    expect(paths, model).toContain(
      `models/${model}/${model === "biomedgpt-mini" ? "known.jsonl.gz" : "model.safetensors"}`,
    );
  expect(paths).toContain("models/biomedgpt-mini/NOTICE.md");
  const models = files.filter(({ path }) => path.startsWith("models/")).reduce((sum, { size }) => sum + size, 0);
  expect(models).toBeLessThan(MAX_MODEL_BYTES);
  const code = files.filter(({ path }) => path.startsWith("dist/")).reduce((sum, { size }) => sum + size, 0);
  expect(code).toBeLessThan(MAX_CODE_BYTES);
  expect(statSync(tarball).size).toBeLessThan(MAX_TARBALL_BYTES);
});

test("every export names files of the tarball, and every folder with an index.ts is exported", () => {
  const paths = new Set(files.map(({ path }) => `./${path}`));
  for (const target of Object.values(manifest.exports).flatMap((value) =>
    typeof value === "string" ? [value] : Object.values(value),
  ))
    expect(paths, target).toContain(target);
  const folders = files.flatMap(({ path }) => /^dist\/([a-z-]+)\/index\.js$/.exec(path)?.[1] ?? []);
  expect(entries.filter((entry) => entry !== ".").map((entry) => entry.slice(2))).toEqual(folders.sort());
});

test("a strict consumer without Node's types type-checks every entry, and the README's stream runs", () => {
  const project = join(place, "project");
  const alone = entries.filter((entry) => !NEEDING_PEERS.includes(entry));
  const imports = alone.map((entry, i) => `import * as entry${i} from "biogpt${entry.slice(1)}";`);
  const uses = alone.map((_, i) => `entry${i}`).join(", ");
  writeFileSync(
    join(project, "entries.ts"),
    `${imports.join("\n")}\nexport const sizes: readonly number[] = [${uses}].map((entry) => Object.keys(entry).length);\n`,
  );
  runIn(project, process.execPath, [TYPESCRIPT, "-p", "."]);
  const output = runIn(project, process.execPath, ["out/stream.js"]);
  const { text, chunks, sizes } = JSON.parse(output) as { text: string; chunks: number; sizes: number[] };
  expect(text.length).toBeGreaterThan(10);
  expect(chunks).toBeGreaterThan(5);
  expect(Math.min(...sizes)).toBeGreaterThan(0);
});

test("the code of README.md type-checks and runs as it stands", () => {
  const project = join(place, "project");
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```ts\n([^`]*)```/g)].map(([, code]) => code!);
  expect(blocks.length).toBeGreaterThan(1);
  const names = blocks.map((_, index) => `readme-${index + 1}`);
  for (const [index, code] of blocks.entries()) writeFileSync(join(project, `${names[index]}.ts`), code);
  const { compilerOptions } = JSON.parse(readFileSync(join(project, "tsconfig.json"), "utf8"));
  const config = { compilerOptions, files: names.map((name) => `${name}.ts`) };
  writeFileSync(join(project, "tsconfig.readme.json"), JSON.stringify(config));
  runIn(project, process.execPath, [TYPESCRIPT, "-p", "tsconfig.readme.json"]);
  cpSync(join(ROOT, "samples"), join(project, "samples"), { recursive: true });
  const outputs = names.map((name) => runIn(project, process.execPath, [`out/${name}.js`]));
  for (const output of outputs) expect(output.trim().length).toBeGreaterThan(10);
});

test("installed globally from the tarball, the command runs anywhere", () => {
  expect(readFileSync(join(ROOT, "README.md"), "utf8")).toContain(
    `npm install --global --ignore-scripts ./${basename(tarball)}`,
  );
  const installed = join(installedAt(), "biogpt");
  const biogpt = (...args: readonly string[]): string =>
    WINDOWS
      ? runIn(place, process.execPath, [join(installed, "dist/cli/main.js"), ...args])
      : runIn(place, join(prefix(), "bin/biogpt"), args);
  expect(biogpt("--version").trim()).toBe(manifest.version);
  const lines = biogpt("extract", join(installed, "samples/abstracts.xml"), "--limit", "1");
  expect(JSON.parse(lines.split("\n")[0]!)).toMatchObject({ documentId: "90000001", scheme: "chemical-disease" });
});

test("links between the packed documents lead to packed files", () => {
  const paths = new Set(files.map(({ path }) => path));
  const broken: string[] = [];
  for (const path of [...paths].filter((name) =>
    SHIPPED.some((part) => name === part || name.startsWith(`${part}/`)),
  )) {
    for (const [, target] of readFileSync(join(ROOT, path), "utf8").matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const wanted = posix.join(posix.dirname(path), target!);
      if (!paths.has(wanted)) broken.push(`${path}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});
