/** What tokenizers of subwords do alike around their own ways: gathering the tokens of a text, and the text of ids by their decoder. */
import { TokenBuffer } from "./token-buffer.ts";
import type { DecodeOptions, EncodedText, EncodeOptions, StreamDecoder } from "./tokenizer.ts";
import { decodedText } from "./tokens.ts";

export abstract class BufferedTokenizer {
  /** The tokens of the text that is being encoded. */
  protected readonly output: TokenBuffer = new TokenBuffer();

  /** Puts the text's tokens into `output`, which is empty, with their places where it asks for them. */
  protected abstract encodeAll(text: string, options: EncodeOptions): void;

  abstract streamDecoder(options?: DecodeOptions): StreamDecoder;

  encode(text: string, options: EncodeOptions = {}): Int32Array {
    this.output.clear(false);
    this.encodeAll(text, options);
    return this.output.copyIds();
  }

  encodeWithOffsets(text: string, options: EncodeOptions = {}): EncodedText {
    this.output.clear(true);
    this.encodeAll(text, options);
    return this.output.copy();
  }

  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    return decodedText(this.streamDecoder(options), ids);
  }
}
