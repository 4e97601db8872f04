import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { inductionProbe, repeatSpans } from "./copy-spans.ts";
import { PackedStream, tokenDocuments } from "./packed-stream.ts";

const END = 2;
/** Document d holds END, then 1000 d, 1000 d + 1, ...: every token tells where it came from. */
const numbered = (lengths: readonly number[]) =>
  tokenDocuments(
    lengths.map((length, d) => [END, ...Array.from({ length: length - 1 }, (_, i) => 1000 * (d + 1) + i)]),
  );

test("every epoch of blocks holds every document once, whole and in its order", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 50 }), fc.integer(), (lengths, length, seed) => {
      const documents = numbered(lengths);
      const stream = new PackedStream(documents, { length, seed });
      const blocks = Math.ceil((4 * documents.tokenCount) / length);
      const flat: number[] = [];
      const placed = Array.from({ length: blocks }, (_, k) => ({ block: stream.block(k), ...stream.place(k) }));
      const window = Math.max(1, Math.min(8192, Math.floor(stream.blocksPerEpoch)));
      placed.length -= blocks % window; // an unfinished window has holes
      placed.sort((a, b) => a.epoch - b.epoch || a.position - b.position);
      for (const [k, { block }] of placed.entries()) {
        expect(block.length).toBe(length + 1);
        if (k > 0) expect(block[0]).toBe(flat.pop()); // neighbours share one token
        flat.push(...block);
      }
      for (let epoch = 0; epoch < 2; epoch++) {
        const part = flat.slice(epoch * documents.tokenCount, (epoch + 1) * documents.tokenCount);
        const seen = new Map<number, number[]>();
        let current: number[] = [];
        for (const token of part) {
          if (token === END) current = [];
          else {
            current.push(token);
            seen.set(Math.floor(token / 1000) - 1, current);
          }
        }
        lengths.forEach((wanted, d) => {
          const tokens = seen.get(d) ?? [];
          expect(tokens).toEqual(Array.from({ length: wanted - 1 }, (_, i) => 1000 * (d + 1) + i));
        });
      }
    }),
    { numRuns: 100 },
  );
});

test("a batch is not one long document", () => {
  const stream = new PackedStream(numbered([4000, ...new Array(100).fill(40)]), { length: 16, seed: 1 });
  const first = Array.from({ length: 32 }, (_, k) => stream.documentsOf(k).includes(0));
  const share = first.filter(Boolean).length / 32;
  expect(share).toBeGreaterThan(0.2); // half of the tokens are the long one's
  expect(share).toBeLessThan(0.8);
  const ordered = new PackedStream(numbered([40, 40, 40]), { length: 16, seed: 1, inOrder: true });
  expect([0, 1, 2, 3].map((k) => ordered.place(k).position)).toEqual([0, 16, 32, 48]);
});

test("a block depends on the seed and its number alone", () => {
  const documents = numbered([20, 30, 5, 17, 9, 41]);
  const stream = new PackedStream(documents, { length: 16, seed: 7, copyShare: 0.5 });
  const forward = Array.from({ length: 40 }, (_, k) => [...stream.block(k)]);
  const fresh = new PackedStream(documents, { length: 16, seed: 7, copyShare: 0.5 });
  for (let k = 39; k >= 0; k--) expect([...fresh.block(k)]).toEqual(forward[k]);
  const other = new PackedStream(documents, { length: 16, seed: 8 });
  expect(Array.from({ length: 40 }, (_, k) => [...other.block(k)])).not.toEqual(forward);
});

test("the share of sequences with repeats is the one asked for", () => {
  const documents = numbered([5000, 5000]);
  const plain = new PackedStream(documents, { length: 64, seed: 1 });
  const copying = new PackedStream(documents, { length: 64, seed: 1, copyShare: 0.25 });
  let changed = 0;
  for (let k = 0; k < 1000; k++) if (plain.block(k).join() !== copying.block(k).join()) changed++;
  expect(changed).toBeGreaterThan(200);
  expect(changed).toBeLessThan(300);
});

test("repeats come from earlier in the sequence and leave the rest alone", () => {
  for (let seed = 0; seed < 200; seed++) {
    const tokens = Int32Array.from({ length: 129 }, (_, i) => i);
    repeatSpans(tokens, new Random(seed));
    const changed = [...tokens.keys()].filter((i) => tokens[i] !== i);
    expect(changed.length).toBeGreaterThanOrEqual(8);
    expect(changed.length).toBeLessThanOrEqual(64);
    for (const i of changed) expect(tokens[i]!).toBeLessThan(i);
    expect(changed.at(-1)! - changed[0]!).toBe(changed.length - 1); // one span
  }
});

test("a probe says where its span stands twice", () => {
  for (let seed = 0; seed < 200; seed++) {
    const text = Int32Array.from({ length: 50 + (seed % 70) }, (_, i) => i);
    const { tokens, first, second } = inductionProbe(text, new Random(seed));
    expect(first.length).toBe(second.length);
    expect(first.length).toBe(23);
    expect(second[0]!).toBeGreaterThan(first.at(-1)!);
    expect(second.at(-1)! + 1).toBeLessThan(tokens.length);
    expect(first.map((label) => tokens[label + 1])).toEqual(second.map((label) => tokens[label + 1]));
    expect(tokens[first[0]!]).toBe(tokens[second[0]!]);
  }
});
