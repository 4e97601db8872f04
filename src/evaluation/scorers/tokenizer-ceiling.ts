/**
 * The published chain without a model: a target text tokenized, cut into pieces, put together and detokenized again.
 *
 * What a score loses here no model can win: the ceilings of BC5CDR (.9704) and KD-DTI (.9983) come from it.
 */
import { detokenizeMoses } from "../../tokenizers/moses-bpe/detokenizer.ts";
import { tokenizeMoses } from "../../tokenizers/moses-bpe/moses.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

export type TextChain = (text: string) => string;

/** Moses tokenizer and detokenizer in perl mode, as the recipes; BPE in between is the identity but for unknown pieces. */
export const mosesChain: TextChain = (text) => detokenizeMoses(tokenizeMoses(text, "perl"), "perl");

/**
 * The whole chain over ids, with a vocabulary.
 *
 * @param onUnknown called for each text that has a piece outside the vocabulary, which comes back as `<unk>`
 */
export function tokenizerChain(tokenizer: Tokenizer, onUnknown: (text: string) => void = () => {}): TextChain {
  return (text) => {
    const ids = tokenizer.encode(text);
    if (ids.includes(tokenizer.unknownId)) onUnknown(text);
    return tokenizer.decode(ids);
  };
}
