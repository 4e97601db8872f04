/** Bad input, device and names: a code, what, why and fix, the right exit code, no stack trace, nothing on standard output. */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectFailure, runBiogpt } from "./run-biogpt.ts";

const MINI = fileURLToPath(new URL("../../models/biogpt-mini/", import.meta.url));

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-bad-input-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the embedded model's folder, to be damaged. */
function damagedModel(name: string): string {
  const copy = join(folder, name);
  cpSync(MINI, copy, { recursive: true });
  return copy;
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("a model folder that is not there, empty, or half-written", async () => {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const half = damagedModel("half");
  truncateSync(join(half, "model.safetensors"), 9_000_000);
  const partial = join(folder, "partial");
  mkdirSync(partial);
  copyFileSync(join(MINI, "config.json"), join(partial, "config.json"));
  const [missing, nothing, cut, incomplete] = await Promise.all(
    [join(folder, "nowhere"), empty, half, partial].map((model) =>
      runBiogpt(["generate", "--model", model, "--prompt", "Aspirin"]),
    ),
  );
  expectFailure(missing!, { code: "pretrained/no-such-path", exit: 1, says: /nowhere/ });
  expectFailure(nothing!, { code: "pretrained/incomplete", exit: 1, says: /Missing: config\.json; weights/ });
  expectFailure(cut!, { code: "checkpoints/truncated", exit: 1, says: /model\.safetensors/ });
  expectFailure(incomplete!, { code: "pretrained/incomplete", exit: 1, says: /Missing: weights/ });
});

test("a config that contradicts the tensors, and one that is no JSON", async () => {
  const layers = damagedModel("layers");
  const config = JSON.parse(readFileSync(join(MINI, "config.json"), "utf8"));
  writeFileSync(join(layers, "config.json"), JSON.stringify({ ...config, num_hidden_layers: 48 }));
  const garbled = damagedModel("garbled");
  writeFileSync(join(garbled, "config.json"), "{ layers: 24");
  const results = await Promise.all(
    [layers, garbled].map((model) => runBiogpt(["generate", "--model", model, "--prompt", "Aspirin"])),
  );
  expectFailure(results[0]!, { code: "models/missing-tensor", exit: 1, says: /48 layers|layers\.6/ });
  expectFailure(results[1]!, { code: "models/config", exit: 1, says: /config\.json/ });
});

test("prompts: empty, longer than the context (by option and by pipe), ids that are none", async () => {
  const long = "hello ".repeat(3000);
  const [empty, byOption, byPipe, ids] = await Promise.all([
    runBiogpt(["generate", "--prompt", ""]),
    runBiogpt(["generate", "--prompt", long]), // ONNX Runtime's telemetry once crashed on so long a command line
    runBiogpt(["generate"], { input: long }),
    runBiogpt(["generate", "--prompt-ids", "[2, -1]"]),
  ]);
  expectFailure(empty!, { code: "generation/empty-prompt", exit: 2, says: /The prompt is empty/ });
  expectFailure(byOption!, { code: "generation/prompt-too-long", exit: 1, says: /context holds 1024/ });
  expectFailure(byPipe!, { code: "generation/prompt-too-long", exit: 1, says: /context holds 1024/ });
  expectFailure(ids!, { code: "input/ids", exit: 2, says: /\[2, -1\]/ });
});

test("the command line: unknown option, command, model and choice get a suggestion; --beams 0; options without effect", async () => {
  const [option, command, model, choice, beams, effect] = await Promise.all([
    runBiogpt(["generate", "--promt", "x"]),
    runBiogpt(["genrate"]),
    runBiogpt(["generate", "--model", "biogpt-mimi", "--prompt", "x"]),
    runBiogpt(["extract", "--scheme", "chemical-diseas", "x.xml"]),
    runBiogpt(["generate", "--prompt", "x", "--beams", "0"]),
    runBiogpt(["generate", "--prompt", "x", "--seed", "5"]),
  ]);
  expectFailure(option!, { code: "cli/usage", exit: 2, says: /unknown option '--promt'\s.*\n.*--prompt/ });
  expectFailure(command!, { code: "cli/usage", exit: 2, says: /Did you mean generate[\s\S]*`biogpt --help`/ });
  expectFailure(model!, { code: "pretrained/unknown-model", exit: 1, says: /Did you mean "biogpt-mini"/ });
  expectFailure(choice!, { code: "tasks/unknown-scheme", exit: 2, says: /Did you mean "chemical-disease"/ });
  expectFailure(beams!, { code: "cli/usage", exit: 2, says: /whole number from 1 up to 1024/ });
  expectFailure(effect!, { code: "generation/no-effect", exit: 2, says: /seed/ });
});

test("files to extract from: missing, a folder, a web page, cut XML, broken gzip, not UTF-8, bytes", async () => {
  const xml = readFileSync(new URL("../../samples/abstracts.xml", import.meta.url));
  const cases: readonly [path: string, code: string, says: RegExp][] = [
    [join(folder, "nowhere.xml"), "files/not-found", /nowhere\.xml does not exist/],
    [folder, "corpora/is-folder", /is a folder/],
    [file("page.xml", "<html><body>503</body></html>"), "corpora/xml-root", /web page/],
    [file("broken.xml.gz", gzipSync(xml).subarray(0, 200)), "corpora/gzip", /ends in the middle/],
    [file("latin1.txt", Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x0a)), "corpora/utf-8", /byte 3 is 0xe9/],
    [
      file("image.png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13)),
      "corpora/not-a-document",
      /image\.png is a PNG image/,
    ],
    [file("bytes", Uint8Array.of(0x41, 0, 0x42, 0, 0x0a)), "corpora/not-text", /bytes/],
    [file("empty.xml", ""), "corpora/empty", /is empty/],
  ];
  const results = await Promise.all(cases.map(([path]) => runBiogpt(["extract", path])));
  for (const [index, [, code, says]] of cases.entries()) expectFailure(results[index]!, { code, exit: 1, says });
});

test("XML that breaks off gives the whole documents before it, then the error", async () => {
  const xml = readFileSync(new URL("../../samples/abstracts.xml", import.meta.url), "utf8");
  const cut = file("cut.xml", xml.slice(0, xml.indexOf("90000003") + 40));
  const { code, stdout, stderr } = await runBiogpt(["extract", cut, "--batch", "1"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/\[corpora\/xml/);
  for (const line of stdout.trimEnd().split("\n"))
    expect(["90000001", "90000002"]).toContain(JSON.parse(line).documentId);
});

test("standard input that is not UTF-8 names the line", async () => {
  const input = Uint8Array.of(...Buffer.from("fine\n"), 0xff, 0x0a);
  const result = await runBiogpt(["tokenize", "--tokenizer", "biogpt-mini"], { input });
  expect(result.stderr).toMatch(
    /\[input\/not-utf8\]\n {2}what {2}Standard input is not UTF-8, at or after line [12]\./,
  );
  expect(result.code).toBe(1);
});

test("a device that is not there, and one that nobody knows", async () => {
  const nowhere = { VK_ICD_FILENAMES: join(folder, "no-driver.json"), VK_DRIVER_FILES: join(folder, "no-driver.json") };
  const [absent, unknown] = await Promise.all([
    runBiogpt(["generate", "--device", "webgpu", "--prompt", "x"], { environment: nowhere }),
    runBiogpt(["generate", "--device", "cuda", "--prompt", "x"]),
  ]);
  expectFailure(absent!, {
    code: "runtime/no-device",
    exit: 1,
    says: /no WebGPU device[^/]*\n {2}why {3}[A-Z][^/]*\n {2}fix/,
  });
  expectFailure(unknown!, { code: "cli/usage", exit: 2, says: /cpu, webgpu/ });
});

test("a failed command leaves no file behind", async () => {
  const out = join(folder, "out");
  mkdirSync(out);
  const broken = file("broken.jsonl", '{"id": "1", "title": "A title."\n');
  const result = await runBiogpt(["corpus", "prepare", broken, "--out", join(out, "corpus")]);
  expect(result.code).toBe(1);
  const left = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(tmp|part)|jsonl/.test(name),
  );
  expect(left).toEqual([]);
});
