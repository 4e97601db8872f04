/**
 * Composite mentions in parts: "breast and ovarian cancer" names breast cancer and ovarian cancer, "deficiency of C6 and C7" two deficiencies.
 *
 * Words between the first and the last part may belong to all of them; which do, only a vocabulary can tell, so every part comes with its readings.
 */

/** Between two parts. */
const SEPARATOR = /\s*(?:\band\/or\b|[,;/&]|\b(?:and|or|as well as)\b)\s*/i;
/** Longer lists are sentences. */
const MOST_PARTS = 5;
/** Words that parts may share. */
const MOST_SHARED = 3;

/** For each part what it may stand for, the fullest reading first; undefined where a name is not composite. */
export function readingsOfParts(name: string): string[][] | undefined {
  if (!SEPARATOR.test(name)) return undefined;
  const parts = name
    .split(SEPARATOR)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.length < 2 || parts.length > MOST_PARTS) return undefined;
  const [first, last] = [parts[0]!.split(/\s+/), parts.at(-1)!.split(/\s+/)];
  return parts.map((part, i) => {
    const readings: string[] = [];
    // What follows the last part's own word: "breast [cancer] and ovarian cancer".
    if (i < parts.length - 1) {
      for (let shared = Math.min(MOST_SHARED, last.length - 1); shared > 0; shared--)
        readings.push([part, ...last.slice(-shared)].join(" "));
    }
    // What precedes the first part's own word: "deficiency of C6 and [deficiency of] C7".
    if (i > 0) {
      for (let shared = Math.min(MOST_SHARED, first.length - 1); shared > 0; shared--)
        readings.push([...first.slice(0, shared), part].join(" "));
    }
    return [...readings, part];
  });
}
