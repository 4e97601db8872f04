/** Fine-tuning on a real corpus with its official scorer looking on. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { biogptProcess } from "./small-data.fixture.ts";

const CORPUS = fileURLToPath(new URL("../../../../shared/data/tasks/BC5CDR", import.meta.url));
const MODEL = fileURLToPath(new URL("../../../../shared/models/biogpt-seed-bc5cdr", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biogpt-finetune-full-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!existsSync(CORPUS) || !existsSync(MODEL))(
  "BC5CDR by its recipe, scored by its scorer at an evaluation",
  async () => {
    const [task, run] = [join(folder, "task"), join(folder, "run")];
    const imported = await biogptProcess(["data", "import", "BC5CDR", CORPUS, "--out", task]);
    expect(imported.code, imported.stderr).toBe(0);
    const done = await biogptProcess([
      ...[
        "finetune",
        "--model",
        MODEL,
        "--config",
        "bc5cdr",
        "--data",
        task,
        "--out",
        run,
        "--steps",
        "1",
        "--accumulate",
        "2",
      ],
      ...["--average", "0", "--score-documents", "4"],
    ]);
    expect(done.code, done.stderr).toBe(0);
    const { heldOut } = JSON.parse(readFileSync(join(run, "log.jsonl"), "utf8").trim().split("\n").at(-1)!);
    expect(Object.keys(heldOut.metrics)).toEqual(["f1", "microF1", "precision", "recall", "inventedArguments"]);
    expect(existsSync(join(run, ".scoring"))).toBe(false);
  },
  300_000,
);
