/**
 * The documents are run: every shell block of README.md and docs/guides that shows its output is executed and compared, number by number; a block without
 * output must say why it is not run. `BIOGPT_UPDATE_DOCS=1 npx vitest run test/readme.test.ts` writes the outputs anew, for example after
 * the embedded model has changed. Code blocks are type-checked and run by test/package.test.ts.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const GUIDES = join(ROOT, "docs/guides");
const RUN_DOCUMENTS = ["README.md", ...readdirSync(GUIDES).map((name) => join("docs/guides", name))];
const BLOCK =
  /(?<excuse><!-- not run by the tests: [^>]+ -->\n)?```sh\n(?<commands>[^`]*)```\n(?:\n```(?:text|json)\n(?<output>[^`]*)```\n)?/g;

/** What belongs to the machine or is rounding: compared by size, not by digits. */
const RELATIVE = 1e-3;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-readme-"));
  symlinkSync(join(ROOT, "samples"), join(folder, "samples"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function shell(commands: string): Promise<string> {
  const npx = `npx() { shift; '${process.execPath}' '${join(ROOT, "dist/cli/main.js")}' "$@"; }`;
  const environment = { ...process.env, HF_HUB_OFFLINE: "1" };
  const script = `set -e -o pipefail\n${npx}\n${commands}`;
  const { stdout } = await promisify(execFile)("bash", ["-c", script], { cwd: folder, env: environment });
  return stdout;
}

const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

/** Text without numbers and without the pipeline's hash, and its numbers. */
function parts(text: string): { words: string; numbers: number[] } {
  const plain = text.replace(/"pipeline":"[0-9a-f]{16}"/g, '"pipeline":"…"');
  return { words: plain.replace(NUMBER, "#"), numbers: [...plain.matchAll(NUMBER)].map(([digits]) => Number(digits)) };
}

for (const path of RUN_DOCUMENTS) {
  test(`${path}: its commands print what it shows`, async () => {
    const document = readFileSync(join(ROOT, path), "utf8");
    let updated = document;
    for (const { groups, 0: block } of document.matchAll(BLOCK)) {
      const { excuse, commands, output } = groups as { excuse?: string; commands: string; output?: string };
      if (output === undefined) {
        expect(excuse, `this block shows no output and does not say why it is not run:\n${commands}`).toBeDefined();
        continue;
      }
      const printed = await shell(commands);
      if (process.env["BIOGPT_UPDATE_DOCS"]) {
        updated = updated.replace(block, () => block.replace(output, () => printed));
        continue;
      }
      const [shown, real] = [parts(output), parts(printed)];
      expect(real.words).toBe(shown.words);
      for (const [index, value] of real.numbers.entries()) {
        const wanted = shown.numbers[index]!;
        expect(Math.abs(value - wanted), `${wanted} became ${value}`).toBeLessThanOrEqual(Math.abs(wanted) * RELATIVE);
      }
    }
    if (updated !== document) writeFileSync(join(ROOT, path), updated);
  });
}

test("every link between the documents leads somewhere", () => {
  const documents = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name));
  const broken: string[] = [];
  for (const path of ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...documents]) {
    for (const [, target] of readFileSync(join(ROOT, path), "utf8").matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      if (!existsSync(resolve(ROOT, dirname(path), target!))) broken.push(`${path}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

test("the index of docs/experiments.md lists its sections, in order", () => {
  const page = readFileSync(join(ROOT, "docs/experiments.md"), "utf8");
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title!);
  // As GitHub makes them: lower case, spaces to hyphens, other signs left out.
  const anchor = (title: string): string =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-");
  const index = [...page.matchAll(/^\| \[(.+?)\]\(#(.+?)\) \|/gm)].map(([, title, target]) => [title, target]);
  expect(index).toEqual(sections.map((title) => [title, anchor(title)]));
});

test("files and folders that the documents name in code are there", () => {
  const missing: string[] = [];
  for (const path of ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md"]) {
    for (const [, name] of readFileSync(join(ROOT, path), "utf8").matchAll(/`([a-z][\w-]*\/[\w./-]*(?:\.ts|\/))`/g))
      if (![ROOT, join(ROOT, "src")].some((from) => existsSync(join(from, name!)))) missing.push(`${path}: ${name}`);
  }
  expect(missing).toEqual([]);
});

test("README lists every command", async () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const help = await shell("npx biogpt --help");
  const commands = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name!);
  expect(commands.length).toBeGreaterThan(10);
  const missing = commands.filter((name) => name !== "help" && !new RegExp(`\`${name}( [a-z]+)?\``).test(readme));
  expect(missing).toEqual([]);
});
