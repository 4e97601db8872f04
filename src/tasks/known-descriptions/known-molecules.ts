/**
 * Descriptions of known molecules, from which an unknown one is described: by the text that fits it best of those of its most similar relatives.
 *
 *     records ─ traits ─▶ known ;   SMILES ─ traits ─▶ 20 most alike ─ ranking ─▶ a text, and whose it is
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { canonicalSmiles } from "../../molecules/chemistry.ts";
import { type MoleculeTraits, moleculeTraits, PRINT_NAMES } from "../../molecules/traits.ts";
import { CANDIDATES, rankingFeatures, score } from "./description-ranking.ts";
import { kernel, NEIGHBOURS } from "./expected-overlap.ts";
import { type Described, likeness } from "./likeness.ts";
import { type WordRuns, wordRuns } from "./text-overlap.ts";

export interface KnownMolecule {
  readonly smiles: string;
  readonly text: string;
  readonly traits: MoleculeTraits;
}

/** A known molecule whose text may fit. */
export interface Relative {
  readonly smiles: string;
  readonly text: string;
  /** Of the circular fingerprints (Tanimoto): 0 to 1. */
  readonly similarity: number;
  /** Whether it is the molecule itself. */
  readonly isSame: boolean;
}

/** With its place among all. */
export interface PlacedDescription extends Described {
  readonly at: number;
}

export interface RelativesOptions {
  /** Known molecules that are passed over: by their place among all. */
  readonly without?: ReadonlySet<number> | undefined;
}

export class KnownMolecules {
  readonly all: readonly KnownMolecule[];
  readonly #runs = new Map<string, WordRuns>();

  constructor(all: readonly KnownMolecule[]) {
    this.all = all;
  }

  /**
   * The known molecules whose texts may fit, the most fitting first; at most 20. The molecule itself, where it is known, comes before all.
   *
   * @throws BiogptError as `moleculeTraits`
   */
  async relatives(smiles: string, options: RelativesOptions = {}): Promise<Relative[]> {
    const query = await moleculeTraits(smiles);
    const candidates = this.candidates(query, options);
    if (candidates.length === 0) return [];
    const scores = rankingFeatures(query, candidates, this.neighbours(query, options)).map(score);
    const ranked = candidates
      .map(({ at, traits }, i) => ({
        at,
        similarity: query.prints.circular.similarity(traits.prints.circular),
        looksSame: PRINT_NAMES.every((name) => query.prints[name].similarity(traits.prints[name]) === 1),
        score: scores[i]!,
      }))
      .sort((a, b) => b.score - a.score);
    // Two chains of different lengths may have equal fingerprints; spellings are made of the few that have.
    const own = ranked.some(({ looksSame }) => looksSame) ? await canonicalSmiles(smiles) : "";
    const relatives: Relative[] = [];
    for (const { at, similarity, looksSame } of ranked) {
      const { smiles: theirs, text } = this.all[at]!;
      const isSame = looksSame && (await canonicalSmiles(theirs)) === own;
      relatives.push({ smiles: theirs, text, similarity, isSame });
    }
    return relatives.sort((a, b) => Number(b.isSame) - Number(a.isSame));
  }

  /** The most alike, best first, as they are ranked. */
  candidates(query: MoleculeTraits, options: RelativesOptions = {}): PlacedDescription[] {
    return this.#first(CANDIDATES, (traits) => likeness(query, traits), options);
  }

  /** Those of whose texts that of a molecule is expected. */
  neighbours(query: MoleculeTraits, options: RelativesOptions = {}): PlacedDescription[] {
    return this.#first(NEIGHBOURS, (traits) => kernel(query, traits), options);
  }

  #first(
    count: number,
    alike: (traits: MoleculeTraits) => number,
    { without }: RelativesOptions = {},
  ): PlacedDescription[] {
    return this.all
      .map(({ traits }, at) => ({ at, like: without?.has(at) === true ? -1 : alike(traits) }))
      .filter(({ like }) => like >= 0)
      .sort((a, b) => b.like - a.like || a.at - b.at)
      .slice(0, count)
      .map(({ at }) => ({ at, traits: this.all[at]!.traits, text: this.#runsOf(this.all[at]!.text) }));
  }

  #runsOf(text: string): WordRuns {
    const known = this.#runs.get(text) ?? wordRuns(text);
    this.#runs.set(text, known);
    return known;
  }
}

/** What is known of molecules, and how many could not be read. */
export interface LearntMolecules {
  readonly known: readonly KnownMolecule[];
  readonly unread: number;
}

/** @throws BiogptError `molecules/no-rdkit`, `aborted` */
export async function learnMolecules(
  records: readonly { readonly input: string; readonly answer: string }[],
  {
    signal,
    progress,
  }: { readonly signal?: AbortSignal | undefined; readonly progress?: ReportProgress | undefined } = {},
): Promise<LearntMolecules> {
  const known: KnownMolecule[] = [];
  let unread = 0;
  for (const [at, { input, answer }] of records.entries()) {
    throwIfAborted(signal);
    if (at % 64 === 0) {
      progress?.({ activity: "reading known molecules", done: at, total: records.length, unit: "molecules" });
      await new Promise(setImmediate); // so that a signal is heard
    }
    try {
      known.push({ smiles: input, text: answer, traits: await moleculeTraits(input) });
    } catch (error) {
      if (!(error instanceof BiogptError) || error.code === "molecules/no-rdkit" || error.kind === "aborted")
        throw error;
      unread++;
    }
  }
  return { known, unread };
}
