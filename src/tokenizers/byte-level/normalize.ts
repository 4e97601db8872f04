/** A Unicode normal form of a text, with the way back to the places in the text as it was. */

export type NormalForm = "NFC" | "NFD" | "NFKC" | "NFKD";

export interface NormalizedForm {
  readonly text: string;
  /** Of each unit of `text`, where what it came from begins and ends; absent where nothing changed. */
  readonly origin?: { readonly starts: Int32Array; readonly ends: Int32Array };
}

/** A character with what may join it: marks, and the vowels and final consonants of Hangul. */
const CLUSTER = /[^\p{M}\u1160-\u11ff]?[\p{M}\u1160-\u11ff]*/gu;

export function normalizedForm(text: string, form: NormalForm): NormalizedForm {
  const whole = text.normalize(form);
  if (whole === text) return { text };
  let clusters = text.match(CLUSTER)!.filter((cluster) => cluster !== "");
  let parts = clusters.map((cluster) => cluster.normalize(form));
  // Should a script join characters that are no marks, its text is one cluster: places are then coarse, never wrong.
  if (parts.join("") !== whole) [clusters, parts] = [[text], [whole]];
  const starts = new Int32Array(whole.length);
  const ends = new Int32Array(whole.length);
  let [from, to] = [0, 0];
  for (const [i, part] of parts.entries()) {
    const cluster = clusters[i]!;
    const same = part === cluster;
    for (let unit = 0; unit < part.length; unit++) {
      starts[to + unit] = from + (same ? unit : 0);
      ends[to + unit] = from + (same ? unit + 1 : cluster.length);
    }
    from += cluster.length;
    to += part.length;
  }
  return { text: whole, origin: { starts, ends } };
}
