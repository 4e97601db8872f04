/**
 * The wire format of protocol buffers, as far as a message has to be walked through: field numbers with their values.
 *
 * Own code rather than the dependency protobufjs: a model file has three messages with a dozen fields of interest, and damage must be told
 * by its place in the file. Groups (wire types 3 and 4), which proto3 does not have, are refused.
 *
 * Source   protobuf.dev/programming-guides/encoding
 */

/** A field as it stands in the file: a number for varints and fixed widths, bytes for strings and messages. */
export interface WireField {
  readonly number: number;
  /** Varints above 2^53 lose their lowest bits; none that is read here goes so far. */
  readonly value: number | Uint8Array;
}

/** A file that ends within a field, or is none of protobuf's; `offset` is that of the field, in bytes. */
export class WireError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** @throws WireError */
export function* wireFields(bytes: Uint8Array): Generator<WireField, void, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let start = 0;
  const varint = (): number => {
    let value = 0;
    for (let place = 1, count = 0; count < 10; count++, place *= 128) {
      if (at >= bytes.length) throw new WireError("it ends within a field", start);
      const byte = bytes[at++]!;
      value += (byte & 127) * place;
      if (byte < 128) return value;
    }
    throw new WireError("a number has more than ten bytes", start);
  };
  const skip = (count: number): void => {
    if (count > bytes.length - at) throw new WireError("it ends within a field", start);
    at += count;
  };
  while (at < bytes.length) {
    start = at;
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (number === 0) throw new WireError("a field has the number 0", start);
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        skip(8);
        yield { number, value: view.getFloat64(at - 8, true) };
        break;
      case 2: {
        const length = varint();
        skip(length);
        yield { number, value: bytes.subarray(at - length, at) };
        break;
      }
      case 5:
        skip(4);
        yield { number, value: view.getFloat32(at - 4, true) };
        break;
      default:
        throw new WireError(`a field has the wire type ${tag % 8}, which is none`, start);
    }
  }
}
