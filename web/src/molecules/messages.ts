/** What the page and its worker of molecules and proteins tell each other. */
export interface ReadTask {
  readonly id: number;
  readonly kind: "molecule" | "protein";
  readonly text: string;
  readonly dark: boolean;
}

/** What a model would be given. */
export interface ReadSubject {
  /** Atoms or residues, and a protein's name. */
  readonly said: string;
  /** What a user should know, a sentence each. */
  readonly notes: readonly string[];
  /** SVG of a molecule; undefined for one that is too large to be drawn. */
  readonly picture?: string;
}

/** Why a text is no molecule or protein. */
export interface Slip {
  readonly code: string;
  readonly what: string;
  readonly why?: string | undefined;
  readonly fix?: string | undefined;
}

export type ReadAnswer =
  | { readonly id: number; readonly read: ReadSubject }
  | { readonly id: number; readonly slip: Slip };
