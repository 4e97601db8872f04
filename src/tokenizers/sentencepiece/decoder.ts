/**
 * Pieces to text, one at a time: byte pieces become characters, `▁` a space, and the space that encoding put in front goes.
 *
 * Follows   SentencePieceProcessor::Decode: of bytes that are no UTF-8 each becomes U+FFFD.
 */
import type { StreamDecoder } from "../tokenizer.ts";
import { SPACE } from "./model.ts";

/** What a token is to the decoder. */
export type Decoded =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "byte"; readonly byte: number }
  /** Shown as it is, without a `▁` of its own: unknown and, if wanted, special tokens. Empty for tokens that are left out. */
  | { readonly kind: "verbatim"; readonly text: string };

export interface DecoderOptions {
  /** Whether the text's first `▁` is one that encoding put there. */
  readonly dropsFirstSpace: boolean;
  /** Whether every `▁` in front of the text is dropped, since encoding would not have kept it. */
  readonly dropsAllFirstSpaces: boolean;
}

export class PieceDecoder implements StreamDecoder {
  readonly #read: (id: number) => Decoded;
  readonly #options: DecoderOptions;
  #bytes: number[] = [];
  #begun = false;

  constructor(read: (id: number) => Decoded, options: DecoderOptions) {
    this.#read = read;
    this.#options = options;
  }

  push(id: number): string {
    const token = this.#read(id);
    if (token.kind === "byte") {
      this.#bytes.push(token.byte);
      return this.#takeBytes(false);
    }
    return this.#takeBytes(true) + (token.kind === "text" ? this.#takeText(token.text) : this.#begin(token.text));
  }

  end(): string {
    const rest = this.#takeBytes(true);
    this.#begun = false;
    return rest;
  }

  #takeText(piece: string): string {
    let text = piece;
    const { dropsFirstSpace, dropsAllFirstSpaces } = this.#options;
    if (!this.#begun && dropsFirstSpace && text.startsWith(SPACE)) {
      text = text.slice(SPACE.length);
      this.#begun = !dropsAllFirstSpaces;
    }
    return this.#begin(text.replaceAll(SPACE, " "));
  }

  #begin(text: string): string {
    this.#begun ||= text !== "";
    return text;
  }

  /** Characters that the bytes so far hold for certain; with `all` also what can only be U+FFFD. */
  #takeBytes(all: boolean): string {
    if (this.#bytes.length === 0) return "";
    let text = "";
    let at = 0;
    while (at < this.#bytes.length) {
      const length = characterLength(this.#bytes, at);
      if (length === "more" && !all) break;
      if (typeof length === "number") {
        text += new TextDecoder("utf-8", { ignoreBOM: true }).decode(
          Uint8Array.from(this.#bytes.slice(at, at + length)),
        );
        at += length;
      } else {
        text += "\ufffd";
        at++;
      }
    }
    this.#bytes = this.#bytes.slice(at);
    return this.#begin(text);
  }
}

/** How many bytes the character at a place has; `more` where it may still become one, `none` where it cannot. */
function characterLength(bytes: readonly number[], at: number): number | "more" | "none" {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0) return "none";
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return "more";
    if (byte < 0x80 || byte > 0xbf) return "none";
    if (i > 1) continue;
    // Overlong forms, surrogates and what lies beyond U+10FFFF are no characters.
    if ((first === 0xe0 && byte < 0xa0) || (first === 0xed && byte > 0x9f)) return "none";
    if ((first === 0xf0 && byte < 0x90) || (first === 0xf4 && byte > 0x8f)) return "none";
  }
  return length;
}
