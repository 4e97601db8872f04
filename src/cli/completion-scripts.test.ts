/** The scripts complete in the shells themselves; a shell that is not installed is reported as skipped. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testTerminal } from "./commands/test-terminal.fixture.ts";
import { completionScript, SHELLS, type Shell } from "./completion-scripts.ts";
import { buildProgram } from "./main.ts";

const program = buildProgram(testTerminal());
const isInstalled = (shell: Shell): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

/** What bash offers for the words, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const list = ["biogpt", ...words].map((word) => `'${word}'`).join(" ");
  const script = `${completionScript(program, "bash")}
COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _biogpt; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\n").filter(Boolean);
}

test.skipIf(!isInstalled("bash"))(
  "bash: commands, subcommands, options, their values; files where nothing is known",
  () => {
    expect(offered("ex")).toEqual(["extract", "export"]);
    expect(offered("data", "")).toEqual(["import", "distant"]);
    expect(offered("data", "import", "--tem")).toEqual(["--template"]);
    expect(offered("extract", "--device", "")).toEqual(["cpu", "webgpu"]);
    expect(offered("completion", "")).toEqual([...SHELLS]);
    expect(offered("extract", "--model", "")).toEqual([]); // bash's own default, files, takes over
    expect(offered("extract", "abstracts.x")).toEqual([]);
    expect(offered("evaluate", "extract", "--sch")).toEqual(["--scheme", "--schema"]); // a file may have a command's name
  },
);

test.each(SHELLS)("%s takes its script without complaint", (shell) => {
  const script = completionScript(program, shell);
  for (const name of ["extract", "import", "scheme"]) expect(script).toContain(name);
  if (!isInstalled(shell)) return;
  const folder = mkdtempSync(join(tmpdir(), "biogpt-completion-"));
  writeFileSync(join(folder, "script"), script);
  const { status, stderr } = spawnSync(shell, ["-n", join(folder, "script")], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test.skipIf(!isInstalled("fish"))("fish: the values of an option", () => {
  const script = `${completionScript(program, "fish")}\ncomplete -C 'biogpt extract --device '`;
  const lines = execFileSync("fish", ["--no-config", "-c", script], { encoding: "utf8" }).trim().split("\n");
  expect(lines.map((line) => line.split("\t")[0])).toEqual(["cpu", "webgpu"]);
});
