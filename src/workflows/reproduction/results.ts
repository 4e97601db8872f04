/** The table of a reproduction: paper, this run, the strongest trivial system, and what each score was measured with. */

import { mainScore } from "../../evaluation/registry.ts";
import type { AboveTrivial } from "../../evaluation/scorers/above-trivial.ts";
import type { ConfidenceInterval } from "../../evaluation/scorers/bootstrap.ts";
import type { TaskName } from "../../tasks/example.ts";
import type { Decoding } from "../../tasks/task.ts";
import type { TaskManifest } from "../../tasks/task-data.ts";
import type { Plan } from "./reproduction-plan.ts";
import { type EvaluationResult, reportName } from "./task-stages.ts";

export interface Reproduced {
  readonly task: TaskName;
  readonly decoding: Decoding;
  readonly result: EvaluationResult;
  readonly manifest: TaskManifest;
  /** Settings of the fine-tuning, every default filled in. */
  readonly settings: object;
}

/** A row of the table. Shares are in [0, 1]; the paper's score is in percent, as printed there. */
export interface ResultRow {
  readonly task: TaskName;
  /** What is measured: "micro F1", "accuracy". */
  readonly measure: string;
  readonly paper: number | null;
  readonly score: number;
  readonly confidence: ConfidenceInterval | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly inventedArguments: number | null;
  readonly aboveTrivial: AboveTrivial | null;
  readonly setting: string;
  readonly decoding: string;
  readonly documents: number;
  readonly failed: number;
  /** Below the reproduction's folder. */
  readonly report: string;
  readonly modelHash: string;
}

/** `results.json`. Holds no times, so that the same reproduction writes the same bytes. */
export interface Results {
  readonly format: "biogpt-results/1";
  readonly version: string;
  readonly plan: Plan;
  readonly rows: readonly ResultRow[];
  /** By task: settings of the fine-tuning, raw files with their hashes, surprises of the data. */
  readonly tasks: Readonly<Partial<Record<TaskName, object>>>;
}

export function resultsOf(plan: Plan, reproduced: readonly Reproduced[]): Results {
  return {
    format: "biogpt-results/1",
    version: plan.version,
    plan,
    rows: reproduced.map(rowOf),
    tasks: Object.fromEntries(
      reproduced.map(({ task, settings, manifest: { files, surprises } }) => [task, { settings, files, surprises }]),
    ),
  };
}

function rowOf({ task, decoding, result }: Reproduced): ResultRow {
  const { report, aboveTrivial, modelHash } = result;
  const { name: measure, value: score } = mainScore(report);
  const { precision, recall, confidence, inventedArguments, setting, documents, failed, paper } = report;
  return {
    ...{ task, measure, paper: paper.f1 ?? paper.accuracy ?? null, score, confidence, precision, recall },
    ...{ inventedArguments, aboveTrivial, setting, decoding: report.decoding, documents, failed },
    ...{ report: `${task}/${reportName(decoding)}`, modelHash },
  };
}

const COLUMNS = [
  ...["task", "measure", "paper", "this run", "95 % interval", "trivial baseline", "above it", "invented arguments"],
  ...["setting", "decoding", "documents", "version"],
];

function trivialCells(above: AboveTrivial | null): [string, string] {
  if (above === null) return ["", ""];
  const points = (share: number): string => (100 * share).toFixed(2);
  const { system, score, gain, confidence } = above;
  const range = confidence === null ? "" : ` (${points(confidence.low)} to ${points(confidence.high)})`;
  return [`${points(score)} (${system})`, `${points(gain)}${range}`];
}

/** `results.md`. */
export function renderResults({ rows, plan, version, tasks }: Results): string {
  const percent = (share: number | null): string => (share === null ? "" : (100 * share).toFixed(2));
  const cells = rows.map((row) => [
    ...[row.task, row.measure, row.paper?.toFixed(2) ?? "", percent(row.score)],
    row.confidence === null ? "" : `${percent(row.confidence.low)} to ${percent(row.confidence.high)}`,
    ...trivialCells(row.aboveTrivial),
    ...[percent(row.inventedArguments), row.setting, row.decoding, `${row.documents}`, version],
  ]);
  const line = (parts: readonly string[]): string => `| ${parts.join(" | ")} |`;
  const changed = Object.entries(plan.settings).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const surprises = Object.entries(tasks).flatMap(([task, entry]) =>
    (entry as { readonly surprises: TaskManifest["surprises"] }).surprises.map(({ text }) => `- ${task}: ${text}`),
  );
  return [
    "# BioGPT's tasks, reproduced",
    "",
    `Percent, on test. Fine-tuned from ${plan.model} (${plan.modelHash.slice(0, 16)}) by ${
      plan.recipe === "paper" ? "the paper's recipes" : "the recipes for small models"
    }${
      changed.length === 0 ? "" : `, but for ${changed.join(", ")}`
    }; answers of at most ${plan.maxNewTokens} tokens, in ${plan.dtype} on ${plan.device}; biogpt ${version}.`,
    "",
    line(COLUMNS),
    line(COLUMNS.map(() => "---")),
    ...cells.map(line),
    "",
    ...(surprises.length === 0 ? [] : ["About the data:", "", ...surprises, ""]),
  ].join("\n");
}
