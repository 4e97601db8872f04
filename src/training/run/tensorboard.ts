/**
 * Scalars for TensorBoard: an event file, which is a TFRecord file of `Event` messages.
 *
 *     record   length (8 bytes LE) · masked CRC-32C of the length (4) · message · masked CRC-32C of the message (4)
 *     Event    1: wall time (double) · 2: step (int64) · 3: file version (string) · 5: Summary
 *     Summary  1: repeated Value { 1: tag (string) · 2: simple value (float) }
 *
 * Follows tensorflow/core/lib/io/record_writer.cc and core/framework/summary.proto, event.proto. Written by hand: five fields do
 * not need a protobuf compiler. Leaves out histograms, images and graphs.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { throwIfDiskFull } from "../../files/disk.ts";

const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1; // Castagnoli, reflected
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** TFRecord stores CRCs rotated and shifted, as a CRC of data that holds CRCs is weak. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

export function encodeRecord(message: Uint8Array): Buffer {
  const record = Buffer.alloc(8 + 4 + message.length + 4);
  record.writeBigUInt64LE(BigInt(message.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(message, 12);
  record.writeUInt32LE(maskedCrc32c(message), 12 + message.length);
  return record;
}

/** @param wallTime seconds since 1970 */
export function encodeScalars(scalars: Readonly<Record<string, number>>, step: number, wallTime: number): Buffer {
  const values = Object.entries(scalars).map(([tag, value]) => {
    const simple = Buffer.alloc(5);
    simple[0] = (2 << 3) | 5; //                                                       field 2, 32 bits
    simple.writeFloatLE(value, 1);
    return delimited(1, Buffer.concat([delimited(1, Buffer.from(tag, "utf8")), simple]));
  });
  return Buffer.concat([eventHead(wallTime), Buffer.from([2 << 3]), varint(step), delimited(5, Buffer.concat(values))]);
}

function eventHead(wallTime: number): Buffer {
  const head = Buffer.alloc(9);
  head[0] = (1 << 3) | 1; //                                                           field 1, 64 bits
  head.writeDoubleLE(wallTime, 1);
  return head;
}

function delimited(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

export class EventFile {
  readonly #path: string;

  /** Creates the file; each resumption of a run has its own, and TensorBoard joins those of a folder. */
  constructor(path: string, wallTime: number) {
    this.#path = path;
    const version = Buffer.concat([eventHead(wallTime), delimited(3, Buffer.from("brain.Event:2"))]);
    this.#guard(() => writeFileSync(path, encodeRecord(version)));
  }

  add(scalars: Readonly<Record<string, number>>, step: number, wallTime: number): void {
    this.#guard(() => appendFileSync(this.#path, encodeRecord(encodeScalars(scalars, step, wallTime))));
  }

  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      throwIfDiskFull(error, `writing ${this.#path}`);
      throw error;
    }
  }
}
