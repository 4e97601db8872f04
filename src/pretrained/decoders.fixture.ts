/** Decoders of the embedded models and of those in ../shared, opened once a process, for tests. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../checkpoints/index.ts";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { type DeviceName, openDevice } from "../runtime/device.ts";
import { readModelCheckpoint } from "./load/model-checkpoint.ts";
import { type OpenedDecoder, openDecoder } from "./load/open-decoder.ts";
import type { Precision } from "./load/precision.ts";

export const shared: string = fileURLToPath(new URL("../../../shared/models/", import.meta.url));
const models = fileURLToPath(new URL("../../models/", import.meta.url));
const fixtures = fileURLToPath(new URL("../../test/fixtures/models/", import.meta.url));

let folder: string | undefined;

/** Where the quantised copies of a file's tests are kept. */
export function cacheFolder(): string {
  folder ??= temporaryFolder();
  return folder;
}

const opened = new Map<string, OpenedDecoder>();

type Decoder = OpenedDecoder["decoder"];

export async function decoderOf(
  name: string,
  precision: Precision = "fp32",
  device: DeviceName = "cpu",
): Promise<Decoder> {
  const key = `${name} ${precision} ${device}`;
  let known = opened.get(key);
  if (known === undefined) {
    const own = existsSync(join(models, name)) ? models : fixtures;
    const path = join(name.startsWith("biogpt-seed") ? shared : own, name);
    const config: unknown = JSON.parse(readFileSync(join(path, "config.json"), "utf8"));
    const checkpoint = await readModelCheckpoint(await openCheckpoint(path), config);
    known = await openDecoder(checkpoint, precision, { slots: 8, cacheFolder: cacheFolder(), device });
    opened.set(key, known);
  }
  return known.decoder;
}

/** The same model again, beside the one that is open. */
export async function openAnother(name: string, precision: Precision): Promise<void> {
  const key = `${name} ${precision} cpu`;
  const before = opened.get(key);
  opened.delete(key);
  await decoderOf(name, precision);
  if (before !== undefined) opened.set(`${key} before`, before);
}

/** After the tests of a file. */
export function disposeDecoders(): void {
  for (const { dispose } of opened.values()) dispose();
  opened.clear();
  folder = undefined;
}

const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json"; // Debian's chromium: Vulkan on the processor

/** Whether WebGPU can be had, on the processor where there is no GPU. */
export function hasWebGpu(): Promise<boolean> {
  if (existsSync(SWIFTSHADER)) process.env["VK_ICD_FILENAMES"] ??= SWIFTSHADER;
  return openDevice("webgpu").then(
    (device) => {
      device[Symbol.dispose]();
      return true;
    },
    () => false,
  );
}

/** Any few tokens will do to see a wrong kernel, layout or scale. */
export const PROMPT: readonly number[] = [2, 600, 9, 277, 20];

/** How far the logits behind the prompt are apart at most. */
export async function farthest(one: Decoder, other: Decoder): Promise<number> {
  const row = { slot: 0, start: 0, tokens: PROMPT, wanted: 1 };
  const [wanted] = await one.forward([row]);
  const expected = Float32Array.from(wanted!);
  const [got] = await other.forward([row]);
  return Math.max(...expected.map((value, i) => Math.abs(value - got![i]!)));
}
