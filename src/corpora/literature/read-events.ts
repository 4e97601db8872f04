/** What reading tells beside documents and bad records. */

/** Something about the input that loses no document, but that its user may want to know. */
export type ReadEvent =
  /** Standard input and pipes are read once, so deletions and repeated PMIDs in them take nothing back. */
  | {
      readonly type: "revisions-not-applied";
      readonly source: string;
      readonly deletions: number;
      readonly repeated: number;
    }
  /** Annotations that lie outside the text of their document are left out. */
  | { readonly type: "mentions-left-out"; readonly source: string; readonly id: string; readonly mentions: number };
