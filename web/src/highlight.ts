/** Places in a text as stretches that do not overlap, each with the marks that cover it. */

export interface Mark {
  readonly start: number;
  /** Exclusive; UTF-16 units, as the server counts. */
  readonly end: number;
  /** Class of the stretch. */
  readonly kind: string;
  /** What a pointer that rests there is told. */
  readonly title?: string;
}

export interface Stretch {
  readonly text: string;
  readonly kinds: readonly string[];
  readonly title: string;
}

export function stretches(text: string, marks: readonly Mark[]): Stretch[] {
  const inside = marks.filter(({ start, end }) => start >= 0 && end <= text.length && start < end);
  const edges = [...new Set([0, text.length, ...inside.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  return edges.slice(1).map((end, i) => {
    const start = edges[i]!;
    const over = inside.filter((mark) => mark.start <= start && mark.end >= end);
    return {
      text: text.slice(start, end),
      kinds: [...new Set(over.map(({ kind }) => kind))],
      title: [...new Set(over.flatMap(({ title }) => (title === undefined ? [] : [title])))].join("; "),
    };
  });
}
