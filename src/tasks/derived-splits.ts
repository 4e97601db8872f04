/** Parts that a corpus lacks, made from those it has: HoC's validation part of train, KD-DTI's training part of valid. */
import { BiogptError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { readDrugProt } from "../corpora/tasks/drugprot.ts";
import type { HallmarkSentence } from "../corpora/tasks/hoc.ts";
import type { KdDtiCorpus } from "../corpora/tasks/kd-dti.ts";

/** Whole articles where they are known, else blocks of ten neighbouring sentences, so that neighbours are not parted. */
export function splitValidation(
  train: readonly HallmarkSentence[],
  share: number,
  seed: number,
): { train: HallmarkSentence[]; valid: HallmarkSentence[]; unit: string } {
  const known = train.every((sentence) => sentence.article !== undefined);
  const units = train.map((sentence, at) => (known ? sentence.article! : `block-${Math.floor(at / 10)}`));
  const order = [...new Set(units)];
  new Random(seed).shuffle(order);
  const sizes = new Map<string, number>();
  for (const unit of units) sizes.set(unit, (sizes.get(unit) ?? 0) + 1);
  const chosen = new Set<string>();
  let count = 0;
  for (const unit of order) {
    if (count >= share * train.length) break;
    chosen.add(unit);
    count += sizes.get(unit)!;
  }
  return {
    train: train.filter((_, at) => !chosen.has(units[at]!)),
    valid: train.filter((_, at) => chosen.has(units[at]!)),
    unit: known ? "articles" : "blocks of ten sentences",
  };
}

/**
 * Moves documents of valid whose arguments all have names to train, chosen by chance. Documents with DrugBank ids in place of names
 * stay valid, so that none is learnt.
 *
 * @param share of the named documents, in (0, 1); at least one moves and one stays
 * @throws BiogptError `tasks/option` when there is a train part already, or too little to share
 */
export function trainFromValid(
  { splits, surprises }: Pick<KdDtiCorpus, "splits" | "surprises">,
  share: number,
  seed: number,
): Pick<KdDtiCorpus, "splits" | "surprises"> {
  const refuse = (what: string, fix: string) => new BiogptError("tasks/option", { what, fix });
  if (splits.train !== undefined)
    throw refuse("There is a train.json, so no part of valid is needed for training.", "Leave trainFromValid out.");
  if (!(share > 0 && share < 1)) throw refuse(`A share of ${share} leaves a part empty.`, "Give one between 0 and 1.");
  const valid = splits.valid ?? [];
  const named = valid.flatMap((document, at) => (document.named ? [at] : []));
  if (named.length < 2) {
    throw refuse(
      `Only ${named.length} of ${valid.length} documents of valid hold names alone.`,
      "Give your DrugBank file with --drugbank, or put train.json into the folder.",
    );
  }
  const count = Math.min(named.length - 1, Math.max(1, Math.round(share * named.length)));
  const order = [...named];
  new Random(seed).shuffle(order);
  const chosen = new Set(order.slice(0, count));
  return {
    splits: {
      ...splits,
      train: valid.filter((_, at) => chosen.has(at)),
      valid: valid.filter((_, at) => !chosen.has(at)),
    },
    surprises: [
      ...surprises.filter(({ code }) => code !== "kd-dti/no-train"),
      {
        code: "kd-dti/train-from-valid",
        text: `There is no train.json: ${count} of the ${named.length} named documents of valid are trained on (share ${share}, seed ${seed}), the others stay valid. Scores are not those of a model trained on the whole corpus.`,
      },
    ],
  };
}

/** DrugProt's documents behind those of train, without those that KD-DTI has in any split. */
export function withDrugProt(corpus: KdDtiCorpus, root: string): KdDtiCorpus {
  const { documents, files } = readDrugProt(root);
  const known = new Set(Object.values(corpus.splits).flatMap((split) => split.map(({ id }) => id)));
  const added = documents.filter(({ id }) => !known.has(id));
  const text = `${added.length} documents of DrugProt are trained on as well; ${documents.length - added.length} more are KD-DTI's.`;
  return {
    splits: { ...corpus.splits, train: [...(corpus.splits.train ?? []), ...added] },
    files: [...corpus.files, ...files],
    surprises: [
      ...corpus.surprises.filter(({ code }) => code !== "kd-dti/no-train"),
      { code: "kd-dti/drugprot", text },
    ],
  };
}
