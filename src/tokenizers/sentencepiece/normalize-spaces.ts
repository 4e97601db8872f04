/**
 * What SentencePiece does to a text before it splits it, for models whose characters stay as they are: spaces become `▁`, one is put in
 * front, and, where the model says so, leading, trailing and repeated spaces go.
 *
 * Follows   google/sentencepiece, Normalizer::Normalize. Only U+0020 is a space, but a `▁` that ends the text goes with the spaces.
 */
import { SPACE } from "./model.ts";

export interface NormalizedSpaces {
  readonly text: string;
  /**
   * Where each UTF-16 unit of the text begins in the original, and last where the text ends; a space that stands for several reaches up to
   * the next unit. Absent where units only moved by the one put in front.
   */
  readonly origin?: Int32Array;
}

/** @param options.prefixed whether a `▁` is put in front; an empty text stays empty */
export function normalizeSpaces(
  text: string,
  { prefixed, removeExtraWhitespaces }: { readonly prefixed: boolean; readonly removeExtraWhitespaces: boolean },
): NormalizedSpaces {
  if (text === "") return { text };
  if (!removeExtraWhitespaces) return { text: (prefixed ? SPACE : "") + text.replaceAll(" ", SPACE) };
  const leading = /^ */.exec(text)![0].length;
  if (leading === text.length) return { text: "" };
  let normalized = prefixed ? SPACE : "";
  const origin: number[] = prefixed ? [leading] : [];
  let end = text.length;
  for (let at = leading; at < text.length; at++) {
    const unit = text[at]!;
    if (unit === " " && text[at - 1] === " ") continue;
    normalized += unit === " " ? SPACE : unit;
    origin.push(at);
  }
  while (normalized.endsWith(SPACE)) {
    normalized = normalized.slice(0, -SPACE.length);
    end = origin.pop()!;
  }
  origin.push(end);
  return { text: normalized, origin: Int32Array.from(origin) };
}
