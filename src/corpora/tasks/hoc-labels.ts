/** What HoC's sentences are labelled with. */

/** The ten hallmarks and "empty", in the order of BioGPT's scorer. */
export const HOC_LABELS: readonly string[] = [
  "tumor promoting inflammation",
  "inducing angiogenesis",
  "evading growth suppressors",
  "resisting cell death",
  "cellular energetics",
  "empty",
  "genomic instability and mutation",
  "sustaining proliferative signaling",
  "avoiding immune destruction",
  "activating invasion and metastasis",
  "enabling replicative immortality",
];
