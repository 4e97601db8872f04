import { expect, test } from "vitest";
import { crc32c, encodeRecord, encodeScalars, maskedCrc32c } from "./tensorboard.ts";

test("CRC-32C gives the values of RFC 3720, appendix B.4", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

/** Reads the messages back field by field, as protobuf's wire format says. */
function fields(bytes: Buffer): Map<number, (Buffer | number)[]> {
  const found = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    let value: Buffer | number;
    if ((tag & 7) === 0) value = varint();
    else {
      const size = (tag & 7) === 1 ? 8 : (tag & 7) === 5 ? 4 : varint();
      value = bytes.subarray(at, at + size);
      at += size;
    }
    found.set(tag >> 3, [...(found.get(tag >> 3) ?? []), value]);
  }
  return found;
}

test("a record holds the scalars as TensorBoard reads them", () => {
  const message = encodeScalars({ "train/loss": 2.5, "train/rate": 1e-3 }, 123_456_789_012, 1700.25);
  const record = encodeRecord(message);
  expect(Number(record.readBigUInt64LE(0))).toBe(message.length);
  expect(record.readUInt32LE(8)).toBe(maskedCrc32c(record.subarray(0, 8)));
  expect(record.subarray(12, 12 + message.length).equals(message)).toBe(true);
  expect(record.readUInt32LE(12 + message.length)).toBe(maskedCrc32c(message));
  const event = fields(message);
  expect((event.get(1)![0] as Buffer).readDoubleLE()).toBe(1700.25);
  expect(event.get(2)).toEqual([123_456_789_012]);
  const values = fields(event.get(5)![0] as Buffer)
    .get(1)!
    .map((value) => fields(value as Buffer));
  expect(values.map((value) => (value.get(1)![0] as Buffer).toString())).toEqual(["train/loss", "train/rate"]);
  expect((values[0]!.get(2)![0] as Buffer).readFloatLE()).toBe(2.5);
});
