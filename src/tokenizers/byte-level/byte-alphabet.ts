/**
 * GPT-2's alphabet of bytes: one printable character for each of the 256, so that a vocabulary of bytes can be written as text. A space is Ġ, a
 * line feed Ċ.
 *
 * Source  openai/gpt-2, src/encoder.py, bytes_to_unicode
 */

/** By byte. */
export const BYTE_CHARACTERS: readonly string[] = characters();

/** By character. */
export const BYTES: ReadonlyMap<string, number> = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

function characters(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100; // bytes that are not printable get the characters after the last byte, in order
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

/**
 * The bytes that a piece stands for: those of its characters in the alphabet, or where one is not in it (an added token with a space), those of its
 * UTF-8, as Hugging Face's ByteLevel decoder has it.
 */
export function bytesOfPiece(piece: string): Uint8Array {
  const bytes = Array.from(piece, (character) => BYTES.get(character));
  return bytes.includes(undefined) ? new TextEncoder().encode(piece) : Uint8Array.from(bytes as number[]);
}
