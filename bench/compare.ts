/**
 * Our engine beside its peers, on this machine: BioGPT's shape, or Llama-2-7B's, with random weights, in rounds in which all take turns, each
 * measurement in a process of its own. Prints the table of ratios and writes it to bench/results/.
 *
 *     npm run bench:peers -- [--quick] [--rounds 5] [--only ours,llama.cpp] [--kinds one,rows,beam] [--threads 2] [--tries 1]
 *                            [--shape biogpt|llama-7b|tiny|tiny-llama] [--context 256] [--steps 64]
 *                            [--tokenizer FOLDER] [--texts FILE.jsonl.gz,...] [--xml FILE.xml.gz] [--no-results]
 *
 * Peers: llama.cpp (`npm ci --prefix bench/peers/llama-cpp` first) and Hugging Face transformers (`python3` with torch); who is missing is
 * said and left out. Nothing is downloaded: all weights are drawn at random and kept in the cache folder, under bench/ (about 3.5 GB; of Llama-2-7B
 * 27 GB and what each contestant makes of them). A folder <cache>/bench/<shape>-q4 that `biogpt convert` has made is taken for ours, and the large one
 * is then not needed.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { presetConfig } from "../src/models/registry.ts";
import { defaultCacheFolder } from "../src/pretrained/load/cached-copy.ts";
import { amount, CLAIMS, figures, judge, LARGE_CLAIMS, type Measurement, tables, unmeasured } from "./comparison.ts";
import type { DecoderShape } from "./peers/random-gguf.ts";
import { type Metrics, medianOf, type Task } from "./peers/task.ts";
import { othersShare, processorTimes } from "./processor-share.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
    kinds: { type: "string", default: "one,rows,beam" },
    threads: { type: "string", default: "2" },
    tries: { type: "string", default: "1" },
    shape: { type: "string", default: "biogpt" },
    context: { type: "string", default: "256" },
    steps: { type: "string", default: "64" },
    tokenizer: { type: "string", default: "../shared/data/tokenizer/biogpt" },
    texts: { type: "string" },
    xml: { type: "string" },
    "no-results": { type: "boolean", default: false },
  },
});

const BIOGPT = { ...presetConfig("biogpt")!, architecture: "gpt2" } as const;
const LLAMA = { ...presetConfig("biomedgpt-lm-7b")!, architecture: "llama" } as const;
const SHAPES: Readonly<Record<string, DecoderShape>> = {
  biogpt: BIOGPT,
  "llama-7b": LLAMA,
  tiny: { ...BIOGPT, layers: 2, width: 256, heads: 4, mlpWidth: 1024 }, // for work on this program itself
  "tiny-llama": { ...LLAMA, layers: 2, width: 256, heads: 4, mlpWidth: 768 },
};
/** One row, with load and memory; several rows; beam search. Memory counts where there is one row. */
const KINDS = {
  one: { batches: [1], beams: 0 },
  rows: { batches: [8, 16], beams: 0 },
  beam: { batches: [], beams: 5 },
};
type Kind = keyof typeof KINDS;

interface Contestant {
  readonly name: string;
  readonly precision: string;
  readonly path: string;
  readonly program: readonly string[];
  readonly kinds: readonly Kind[];
}

/** With more of the processors than this gone to others, ratios are not to be quoted. */
const MOST_OTHERS_SHARE = 0.03;
/** A measurement that takes longer hangs: the slowest, fp32 beam search in transformers, takes about a minute on two cores. */
const MOST_MINUTES = 15;
const started = new Date();
const loadBefore = loadavg();
const root = process.cwd();
const here = fileURLToPath(new URL(".", import.meta.url));
const shape = oneOf("shape", flags.shape, SHAPES);
const rounds = whole("rounds", flags.rounds ?? (flags.quick ? "3" : "5"));
const threads = whole("threads", flags.threads);
const tries = whole("tries", flags.tries);
const context = whole("context", flags.context);
const steps = whole("steps", flags.steps);
const claims = shape.architecture === "llama" ? LARGE_CLAIMS : CLAIMS;
const kinds = flags.kinds.split(",").map((kind) => {
  oneOf("kinds", kind, KINDS);
  return kind as Kind;
});
const skipped: string[] = [];
const measurements: Measurement[] = [];
const othersShares: number[] = [];
let child: ChildProcess | undefined;
let stopped = false;
process.on("SIGINT", () => {
  if (stopped) process.exit(130);
  stopped = true; // what has been measured is still reported
  skip("the rest: stopped by Ctrl-C");
  child?.kill("SIGTERM");
});

const contestants: Contestant[] = [];
for (const contestant of await present(everyone())) {
  if (stopped) break;
  say(`making what ${contestant.name} needs`);
  try {
    await run(contestant, task(contestant, "one", true));
    contestants.push(contestant);
  } catch (error) {
    if (!stopped) skip(`${contestant.name}: ${(error as Error).message}`);
  }
}
for (let round = 0; round < rounds; round++) {
  for (const kind of kinds) {
    const turn = contestants.filter(({ kinds: able }) => able.includes(kind));
    if (round % 2 === 1) turn.reverse(); // a drift of the machine then favours nobody
    for (const contestant of turn) await measure(contestant, kind, round);
  }
}
if (wanted("tokenizer")) await measureTokenizer();
if (wanted("pubmed-xml")) await measurePubmedXml();
await report();
if (stopped) process.exitCode = 130;

function everyone(): Contestant[] {
  const folder = join(defaultCacheFolder(), "bench", flags.shape);
  const node = (file: string): string[] => [process.execPath, join(here, "peers", file)];
  const all: Kind[] = ["one", "rows", "beam"];
  const ours = (precision: string): Contestant => {
    const converted = `${folder}-${precision}`;
    const path = existsSync(join(converted, "model.safetensors")) ? converted : folder;
    return { name: `ours ${precision}`, precision, path, program: node("own.js"), kinds: all };
  };
  const llama = (precision: string): Contestant => {
    const path = join(`${folder}-gguf`, `${precision.toLowerCase()}.gguf`);
    return { name: `llama.cpp ${precision}`, precision, path, program: node("llama-cpp.js"), kinds: ["one", "rows"] };
  };
  const transformers = (precision: string): Contestant => {
    const program = ["python3", join(root, "bench/peers/torch-inference.py")];
    return { name: `transformers ${precision}`, precision, path: folder, program, kinds: all };
  };
  return [
    ours("q4"), // first, since it writes the checkpoint that transformers reads too
    llama("Q4_0"),
    ours("q8"),
    llama("Q8_0"),
    transformers("bf16"),
    ours("fp32"),
    transformers("fp32"),
    llama("F16"),
  ];
}

/** Whether --only leaves it in. */
function wanted(name: string): boolean {
  return flags.only?.split(",").some((each) => name.startsWith(each.trim())) ?? true;
}

async function present(everybody: readonly Contestant[]): Promise<Contestant[]> {
  const names = [...everybody.map(({ name }) => name), "tokenizer", "pubmed-xml"];
  for (const each of flags.only?.split(",") ?? []) {
    if (!names.some((name) => name.startsWith(each.trim())))
      throw new Error(`--only ${each}: there are ${names.join(", ")}, or the beginning of one`);
  }
  const chosen = everybody.filter(({ name }) => wanted(name));
  const missing = (peer: string, how: string): void => {
    if (chosen.some(({ name }) => name.startsWith(peer))) skip(`${peer} is not here: ${how}`);
  };
  const llama = existsSync(join(root, "bench/peers/llama-cpp/node_modules/node-llama-cpp"));
  if (!llama) missing("llama.cpp", "npm ci --prefix bench/peers/llama-cpp");
  const torch = pythonVersions() !== undefined;
  if (!torch) missing("transformers", "python3 -m pip install torch==2.13.0 transformers==5.18.*");
  return chosen.filter(
    ({ name }) => (llama || !name.startsWith("llama")) && (torch || !name.startsWith("transformers")),
  );
}

function task({ name, path, precision }: Contestant, kind: Kind, prepare = false): Task {
  const { architecture, layers, width, heads, mlpWidth, vocabularySize, maxPositions } = shape;
  return {
    path,
    precision,
    shape: { architecture, layers, width, heads, mlpWidth, vocabularySize, maxPositions },
    threads,
    context,
    steps,
    beamContext: 64,
    ...KINDS[kind],
    // Ours takes the median of three, of which the first warms up; the peers warm up before they count.
    repetitions: flags.quick && !name.startsWith("ours") ? 1 : 3,
    prepare,
  };
}

/** Takes it again, as often as --tries allows, while others are busy; the quietest counts. */
async function measure(contestant: Contestant, kind: Kind, round: number): Promise<void> {
  let quietest: Measurement | undefined;
  for (let time = 0; !stopped && time < tries && (quietest?.others ?? 1) > MOST_OTHERS_SHARE; time++) {
    try {
      const before = processorTimes();
      const metrics = await run(contestant, task(contestant, kind));
      const after = processorTimes();
      const others = before && after && othersShare(before, after);
      const measured = { round, contestant: contestant.name, metrics, ...(others === undefined ? {} : { others }) };
      const seen = Object.entries(metrics).map(([metric, value]) => `${metric} ${amount(metric, value)}`);
      const busy = others === undefined ? "" : `; others had ${(100 * others).toFixed(0)} % of the processors`;
      say(`round ${round + 1}/${rounds}  ${contestant.name.padEnd(18)} ${kind.padEnd(5)} ${seen.join(", ")}${busy}`);
      if ((others ?? 0) < (quietest?.others ?? 2)) quietest = measured;
    } catch (error) {
      if (!stopped) skip(`${contestant.name}, ${kind}, round ${round + 1}: ${(error as Error).message}`);
      break;
    }
  }
  if (quietest === undefined) return;
  measurements.push(quietest);
  if (quietest.others !== undefined) othersShares.push(quietest.others);
}

/** The last line of its standard output, as JSON. */
async function run({ program }: Pick<Contestant, "program">, what: Task): Promise<Metrics> {
  const output = await outputOf([...program, JSON.stringify(what)]);
  return JSON.parse(output.trimEnd().split("\n").at(-1)!) as Metrics;
}

function outputOf([command, ...rest]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const running = spawn(command!, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: MOST_MINUTES * 60_000,
      env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
    });
    child = running;
    let output = "";
    let complaint = "";
    running.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    running.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    running.on("error", reject);
    running.on("close", (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`ended with ${signal ?? code}; ${complaint.trim().split("\n").slice(-12).join(" / ")}`));
    });
  });
}

async function measureTokenizer(): Promise<void> {
  const texts = flags.texts?.split(",") ?? (await textFiles());
  if (!existsSync(flags.tokenizer) || texts.length === 0) {
    skip("tokenizer: say --tokenizer FOLDER --texts FILE.jsonl.gz");
    return;
  }
  await measureProgram("tokenizer", ["tokenizer.js", flags.tokenizer, ...texts], {
    cold: /([\d.]+) MB\/s {2}ids, cold/,
    warm: /([\d.]+) MB\/s {2}ids, warm/,
    offsets: /([\d.]+) MB\/s {2}ids and offsets, cold/,
  });
}

async function measurePubmedXml(): Promise<void> {
  const file = flags.xml === undefined ? [] : [flags.xml];
  await measureProgram("pubmed-xml", ["pubmed-xml.js", ...file], { ours: /our reader\s+([\d.]+) MB a CPU second/ });
}

/** One of bench/'s own programs, on one core; its figures are read off the text it prints. */
async function measureProgram(
  name: string,
  [file, ...rest]: readonly string[],
  lines: Readonly<Record<string, RegExp>>,
): Promise<void> {
  if (stopped) return;
  const pinned = process.platform === "linux" ? ["taskset", "-c", "0"] : [];
  try {
    const output = await outputOf([...pinned, process.execPath, join(here, file!), ...rest]);
    say(output);
    const metrics = Object.entries(lines).map(([metric, line]) => {
      const found = line.exec(output);
      if (found === null) throw new Error(`no line like ${line} in what it printed`);
      return [metric, Number(found[1])] as const;
    });
    measurements.push({ round: 0, contestant: name, metrics: Object.fromEntries(metrics) });
  } catch (error) {
    skip(`${name}: ${(error as Error).message}`);
  }
}

/** One file of the project's pretraining texts, where they lie beside the repository. */
async function textFiles(): Promise<string[]> {
  const folder = "../shared/data/pretrain";
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => file.endsWith(".jsonl.gz"))
    .sort()
    .slice(0, 1)
    .map((file) => join(folder, file));
}

async function report(): Promise<void> {
  const verdicts = judge(measurements, claims);
  const all = figures(measurements);
  const machine = await describeMachine();
  const left = unmeasured(verdicts, claims).map(({ what, against }) =>
    against ? `${what} against ${against[0]}` : what,
  );
  const lines = tables(verdicts, all);
  for (const line of lines) console.log(line);
  const busy = othersSentence();
  console.log(`\n${busy}`);
  if (left.length > 0) console.log(`\nnot measured: ${left.join("; ")}`);
  for (const line of skipped) console.log(`skipped: ${line}`);
  if (flags["no-results"] || measurements.length === 0) return;
  const name = join(
    "bench/results",
    `${started.toISOString().slice(0, 10)}-inference${flags.shape === "biogpt" && flags.only === undefined ? "" : "-part"}`,
  );
  await mkdir("bench/results", { recursive: true });
  const result = {
    machine,
    options: { ...flags, rounds },
    verdicts,
    unmeasured: left,
    skipped,
    figures: all,
    measurements,
  };
  await writeFile(`${name}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  const { commit, changed, cpu, cores, memory, node, libraries } = machine;
  const load = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(" ");
  await writeFile(
    `${name}.md`,
    [
      "# Inference beside its peers",
      "",
      `${started.toISOString().slice(0, 16).replace("T", " ")} UTC, commit ${commit}${changed ? " with changes" : ""}; ${cpu}, ${cores} cores, ${(memory / 2 ** 30).toFixed(0)} GiB, node ${node}; ${Object.entries(
        libraries,
      )
        .map((pair) => pair.join(" "))
        .join(", ")}.`,
      `Load average ${load(machine.loadBefore)} before, ${load(machine.loadAfter)} after. ${threads} threads. ${busy}`,
      `Shape ${flags.shape}: ${shape.layers} layers, ${shape.width} wide, ${shape.vocabularySize} tokens, random weights.`,
      `Prompt ${context}, decoding ${steps} tokens after it, beam search 5 x 64 after a prompt of 64; ${rounds} rounds in turns, a process for each measurement. Ratios are taken within a round; decoding counts the tokens of all rows, beam search its steps. Tokenizer and PubMed XML count processor time.`,
      `Made by: npm run bench:peers --${flags.quick ? " --quick" : ""} --rounds ${rounds}`,
      "",
      ...lines,
      "",
      ...(left.length > 0 ? [`Not measured: ${left.join("; ")}.`, ""] : []),
      ...skipped.map((line) => `- skipped: ${line}`),
    ]
      .join("\n")
      .trimEnd()
      .concat("\n"),
  );
  say(`wrote ${name}.json and ${name}.md`);
}

async function describeMachine(): Promise<{
  commit: string;
  changed: boolean;
  cpu: string;
  cores: number;
  memory: number;
  node: string;
  libraries: Record<string, string>;
  loadBefore: number[];
  loadAfter: number[];
}> {
  const git = (...words: string[]): string => execFileSync("git", words, { encoding: "utf8" }).trim();
  const version = async (folder: string): Promise<string> =>
    (JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string }).version;
  const llama = "bench/peers/llama-cpp/node_modules/node-llama-cpp";
  return {
    commit: git("rev-parse", "--short", "HEAD"),
    changed: git("status", "--porcelain", "--untracked-files=no", "--", "src", "bench").length > 0,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    node: process.version,
    libraries: {
      "onnxruntime-node": await version("node_modules/onnxruntime-node"),
      ...(existsSync(llama) ? { "node-llama-cpp": await version(llama) } : {}),
      ...pythonVersions(),
    },
    loadBefore,
    loadAfter: loadavg(),
  };
}

function othersSentence(): string {
  if (othersShares.length === 0) return "How much of the processors others had was not measured.";
  const share = medianOf(othersShares);
  const worst = Math.max(...othersShares);
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const verdict = share > MOST_OTHERS_SHARE ? " The machine was not quiet: these ratios are not to be quoted." : "";
  return `While measuring, others had ${percent(share)} of the processors in the middle, ${percent(worst)} at worst.${verdict}`;
}

function pythonVersions(): Record<string, string> | undefined {
  const program =
    "import json, torch, transformers as t; print(json.dumps({'torch': torch.__version__, 'transformers': t.__version__}))";
  try {
    return JSON.parse(
      execFileSync("python3", ["-c", program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
  } catch {
    return undefined;
  }
}

function skip(what: string): void {
  skipped.push(what);
  say(`skipped: ${what}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function whole(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} ${value}: a whole number of at least 1`);
  return number;
}

function oneOf<T>(name: string, value: string, table: Readonly<Record<string, T>>): T {
  if (!Object.hasOwn(table, value)) throw new Error(`--${name} ${value}: there are ${Object.keys(table).join(", ")}`);
  return table[value]!;
}
