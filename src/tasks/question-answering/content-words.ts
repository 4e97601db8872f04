/** Words that say what a text is about, cut to a common beginning so that "reduces" and "reduction" meet. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "the and for with from that this these those are was were does did has have had can could may might should will would not its " +
    "than into between among during after before under over via per through within without against using use used being been there their " +
    "they which who when where what why how whether also more most less all any each both such other patients patient study studies results"
  ).split(" "),
);
/** Letters; longer words are cut to it. */
const STEM = 6;

export function contentWords(text: string): Set<string> {
  const words = new Set<string>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]{2,}/gu)) {
    if (!STOP_WORDS.has(word) && (word.length > 2 || /\p{N}/u.test(word)))
      words.add(word.replace(/(?<=.{3})s$/u, "").slice(0, STEM));
  }
  return words;
}

/** The share of `wanted` that is among `given`, 0 to 1; 0 of nothing. */
export function sharedShare(wanted: ReadonlySet<string>, given: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of wanted) if (given.has(word)) shared++;
  return wanted.size === 0 ? 0 : shared / wanted.size;
}
