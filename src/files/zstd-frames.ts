/**
 * Where the frames of a Zstandard stream end, told by their headers alone: Node's own reader takes a stream that is cut for its end, and leaves out
 * what stands behind the first frame.
 *
 * Follows RFC 8878, 3.1: frames of blocks, skippable frames between them. Left out: what the blocks hold.
 */

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const DICTIONARY_BYTES: readonly number[] = [0, 1, 2, 4];
const SIZE_BYTES: readonly number[] = [0, 2, 4, 8];

/** A part of a frame: how many bytes of it are kept for `read`, and what comes behind it. */
interface Step {
  /** Bytes of the part. */
  readonly length: number;
  /** Makes the next part of what this one holds; absent for parts that are passed over. */
  readonly read?: (bytes: Buffer) => Step;
  /** What follows a part that is passed over. */
  readonly next?: Step | undefined;
}

export class ZstdFrames {
  #step: Step = frame();
  #left = 4;
  #kept: Buffer = Buffer.alloc(0);

  /** @returns how many of the bytes belong to the frame that they go on with */
  take(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      const taken = Math.min(this.#left, bytes.length - at);
      if (this.#step.read !== undefined) this.#kept = Buffer.concat([this.#kept, bytes.subarray(at, at + taken)]);
      at += taken;
      this.#left -= taken;
      while (this.#left === 0) this.#enter(this.#step.read?.(this.#kept) ?? this.#step.next ?? frame());
      if (this.isWhole) break;
    }
    return at;
  }

  #enter(step: Step): void {
    [this.#step, this.#left, this.#kept] = [step, step.length, Buffer.alloc(0)];
  }

  /** Whether what came so far is whole frames. */
  get isWhole(): boolean {
    return this.#step.read === readMagic && this.#left === 4;
  }
}

/**
 * A stream's frames, one after another, each to be read to its end before the next is asked for.
 *
 * @throws Error where the stream ends within a frame, after what there is of it
 */
export async function* framesOf(raw: AsyncGenerator<Buffer>): AsyncGenerator<AsyncGenerator<Buffer>, void> {
  const frames = new ZstdFrames();
  let rest: Buffer = Buffer.alloc(0);
  let isEnd = false;
  async function* one(): AsyncGenerator<Buffer, void> {
    do {
      const taken = frames.take(rest);
      if (taken > 0) yield rest.subarray(0, taken);
      rest = rest.subarray(taken);
      if (taken > 0 && frames.isWhole) return;
    } while (await more());
  }
  async function more(): Promise<boolean> {
    while (rest.length === 0 && !isEnd) {
      const { value, done } = await raw.next();
      isEnd = done === true;
      rest = value ?? rest;
    }
    return rest.length > 0;
  }
  try {
    while (await more()) yield one();
    if (!frames.isWhole) throw new Error("unexpected end");
  } finally {
    await raw.return(undefined);
  }
}

const frame = (): Step => ({ length: 4, read: readMagic });
const rest = (): Step => ({ length: Number.POSITIVE_INFINITY });

/** What is no frame is left to the decoder, which tells it. */
function readMagic(bytes: Buffer): Step {
  const magic = bytes.readUInt32LE(0);
  if (magic === MAGIC) return { length: 1, read: readDescriptor };
  if ((magic & ~0xf) >>> 0 !== SKIPPABLE) return rest();
  return { length: 4, read: (size) => ({ length: size.readUInt32LE(0), next: frame() }) };
}

function readDescriptor(bytes: Buffer): Step {
  const descriptor = bytes[0]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const window = isSingle ? 0 : 1;
  const size = descriptor >> 6 === 0 && isSingle ? 1 : SIZE_BYTES[descriptor >> 6]!;
  const length = window + DICTIONARY_BYTES[descriptor & 3]! + size;
  return { length, next: block((descriptor & 4) === 0 ? 0 : 4) };
}

/** @param checksum bytes behind the last block */
function block(checksum: number): Step {
  return {
    length: 3,
    read: (bytes) => {
      const header = bytes.readUIntLE(0, 3);
      const [isLast, type, size] = [(header & 1) === 1, (header >> 1) & 3, header >> 3];
      if (type === 3) return rest();
      return { length: type === 1 ? 1 : size, next: isLast ? { length: checksum, next: frame() } : block(checksum) };
    },
  };
}
