/**
 * Offsets at the border: BioC, PubTator, BRAT and the DDI corpus count code points, as Python does; inside, everything counts UTF-16 units.
 *
 * They differ behind a character outside the basic plane (an emoji, 𝛽, some Chinese), which is two units and one code point.
 */

const ASTRAL = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Code points of a text. */
export function codePointLength(text: string): number {
  return text.length - (text.match(ASTRAL)?.length ?? 0);
}

/** @returns a function from an offset in code points to the index in UTF-16 units; what lies behind the end stays behind it */
export function utf16IndexOf(text: string): (codePoints: number) => number {
  const places = [...text.matchAll(ASTRAL)].map(({ index }, before) => index - before); // of each astral character, in code points
  if (places.length === 0) return (codePoints) => codePoints;
  return (codePoints) => {
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle]! < codePoints) low = middle + 1;
      else high = middle;
    }
    return codePoints + low;
  };
}

/** @returns the offset in code points of an index in UTF-16 units: what a writer of BioC or PubTator puts down */
export function codePointAt(text: string, index: number): number {
  return codePointLength(text.slice(0, index)) + Math.max(0, index - text.length);
}
