import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeShards } from "../../bench/shards.ts";
import { openCheckpoint } from "../../src/checkpoints/index.ts";
import { BIOMEDGPT_LM } from "../../src/models/llama/config.ts";
import { familyOf } from "../../src/models/registry.ts";

test.each([
  ["float32", 4],
  ["float16", 2],
] as const)(
  "shards of %s are opened as one checkpoint, and none is larger than was asked for",
  async (dtype, width) => {
    const sizes = {
      layers: 2,
      width: 32,
      heads: 2,
      keyValueHeads: 2,
      headWidth: 16,
      mlpWidth: 64,
      vocabularySize: 100,
    };
    const config = { ...BIOMEDGPT_LM, ...sizes };
    const folder = mkdtempSync(join(tmpdir(), "biogpt-shards-"));
    try {
      const bytes = await writeShards(folder, config, { dtype, shardBytes: 8000 * width });
      const { tensors, files } = await openCheckpoint(folder);
      const wanted = familyOf(config).tensors(config);
      expect(new Map([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual(
        new Map(wanted.map(({ huggingFace, shape }) => [huggingFace, [...shape]])),
      );
      expect([...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(bytes);
      expect(files.length).toBeGreaterThan(3);
      for (const file of files) {
        const own = [...tensors.values()].filter((entry) => entry.file === file);
        expect(own.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(8000 * width);
      }
      expect(readdirSync(folder)).toContain("config.json");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
