/** Whole and cut streams that `zstd` (1.5.5) made, in pieces of every size. */
import { expect, test } from "vitest";
import { framesOf, ZstdFrames } from "./zstd-frames.ts";

const SAMPLES: Readonly<Record<string, string>> = {
  "text with a checksum": "KLUv/QRYBQEAyGFzcGlyaW4gY2F1c2VkIGJsZWVkaW5nLiABALGYmmMOZVgv",
  "text without one": "KLUv/QBYBQEAyGFzcGlyaW4gY2F1c2VkIGJsZWVkaW5nLiABALGYmmM=",
  "noise, stored":
    "KLUv/QRYYQkARCCCPP3m8cJrMPkOx90B5Ih1NKIPCw0Ew27YDnHg/XewdnDrlAvVM1+XParYYZuR/8kR9XzO1Fi7vyzgN1PJvfoP8BadyVdWdAZmds+wtOuJAsRCadoc9rpm0/i21LEAqeoOdVpcLoIQJCoI5wePf4k4XrCUI1VRglaLluik/vI6DJ/Fr9dghDeBa90KcwnLShJS5Npw5nIPyqTaHphAbBicJCeemFHVgUIEE2/rVxPBZrEyad1j/DXHl/8Ips2QCVBmp0Wt222IMcKw+HghFCtEVlVtiaqCvK2uOpV4+kU1pBTQJcJLQK46wSdyKYi6lzrqjTcXlwYHLtM6FGB611I75lV7UTTewZaB9KEzaqIUDQWXo+bIoMwgIKLpOYBu8LaEXWqdZX64KY8tFvNepA==",
  "one letter, of several blocks": "KLUv/QRYVAAAEGFhAQD7/znAAgIAEGEDnwRhjV8Epg==",
  "a file of known size": "KLUv/WReAHUAADhhc3BpcmluAQBUUosRZ1C4xQ==",
  nothing: "KLUv/SQAAQAAmenYUQ==",
};
/** Three empty bytes that a reader passes over. */
const SKIPPABLE = Buffer.from("542a4d1803000000000000", "hex");

function isWhole(bytes: Buffer, piece: number): boolean {
  const frames = new ZstdFrames();
  for (let at = 0; at < bytes.length; at += piece) {
    const part = bytes.subarray(at, at + piece);
    for (let taken = 0; taken < part.length; ) taken += frames.take(part.subarray(taken));
  }
  return frames.isWhole;
}

async function* inPieces(bytes: Buffer, piece: number): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

async function whole(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

test("the frames of a stream come one by one, however it is cut into pieces", async () => {
  const parts = [...Object.values(SAMPLES).map((base64) => Buffer.from(base64, "base64")), SKIPPABLE];
  for (const piece of [1, 3, 64, 10_000]) {
    const frames: Buffer[] = [];
    for await (const frame of framesOf(inPieces(Buffer.concat(parts), piece))) frames.push(await whole(frame));
    expect(frames).toEqual(parts);
  }
  const cut = framesOf(inPieces(Buffer.concat(parts).subarray(0, -1), 50));
  await expect(
    (async () => {
      for await (const frame of cut) await whole(frame);
    })(),
  ).rejects.toThrow("unexpected end");
});

for (const [name, base64] of Object.entries(SAMPLES)) {
  test(`${name}: whole is whole, alone and behind others, and no beginning of it is`, () => {
    const bytes = Buffer.from(base64, "base64");
    const several = Buffer.concat([bytes, SKIPPABLE, bytes]);
    for (const piece of [1, 2, 7, 1000]) {
      expect(isWhole(bytes, piece), `pieces of ${piece}`).toBe(true);
      expect(isWhole(several, piece), `pieces of ${piece}`).toBe(true);
    }
    for (let length = 1; length < bytes.length; length++)
      expect(isWhole(bytes.subarray(0, length), 5), `${length}`).toBe(false);
  });
}
