/**
 * A count with its noun: "1 document", "2 documents".
 *
 * @param plural default: with an s
 */
export function countOf(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** `tooLong: 3` → "3 too long"; several by commas. */
export function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`)
    .join(", ");
}

/** The word that agrees with a count: `agreed(1, "was", "were")` is "was". */
export function agreed(count: number, one: string, several: string): string {
  return count === 1 ? one : several;
}
