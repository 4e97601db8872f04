/**
 * HoC, hallmarks of cancer: BioGPT's TSV of labelled sentences, and the original corpus, which knows the articles.
 *
 * Source   Baker et al., 2016, doi:10.1093/bioinformatics/btv585; the TSV follows BLUE's split of 1,580 abstracts.
 * Note     BioGPT's valid.tsv is byte for byte its test.tsv, so a model chosen on it is chosen on the test set; that is
 *          said here, and such a validation part is not used (tasks/ carve one from train). The TSV names no article; with
 *          the original corpus beside it, sentences get their PMIDs back, which document-level scores need.
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { archiveEntries, isTar } from "../../files/archive.ts";
import { HOC_LABELS } from "./hoc-labels.ts";
import {
  decodeText,
  findSplits,
  listFiles,
  nothingFound,
  type ReadFile,
  readBytes,
  readSplits,
  type SourceFile,
  SPLITS,
  type SplitName,
  type Surprise,
  withSlashes,
} from "./task-files.ts";

export interface HallmarkSentence {
  /** `test-17`: split and row, from 1; or PMID and sentence for the original corpus. */
  readonly id: string;
  /** Tokenized and cased, as in the files. */
  readonly text: string;
  /** In the order of the file; `["empty"]` for none. */
  readonly labels: readonly string[];
  /** PMID, or `unknown-3` for a run of sentences that the original corpus does not have; absent without that corpus. */
  readonly article?: string;
}

export interface HocCorpus {
  readonly format: "tsv" | "original";
  readonly splits: Readonly<Partial<Record<SplitName, readonly HallmarkSentence[]>>>;
  /** The validation file was the test file, and is left out. */
  readonly validEqualsTest: boolean;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
}

/** @param format default: TSV where it is */
export function readHoc(root: string, { format }: { format?: "tsv" | "original" } = {}): HocCorpus {
  const paths = listFiles(root);
  const found = findSplits(paths, /^(train|valid|test)\.tsv(?:\.gz)?$/);
  const original = readOriginal(paths);
  if (format !== "original" && Object.keys(found).length > 0) return readTsvSplits(found, original);
  if (original === undefined || format === "tsv") {
    throw nothingFound("HoC", root, "train.tsv, valid.tsv and test.tsv, or hoc.tar.gz, or folders text and labels");
  }
  const unlabelled = original.articles.filter((article) => article.labels === undefined).length;
  const surprises: Surprise[] = [
    {
      code: "hoc/no-official-split",
      text: "The original corpus has no split; every sentence is in train. Scores need BioGPT's TSV or a split of your own.",
    },
  ];
  if (unlabelled > 0) {
    surprises.push({
      code: "hoc/unlabelled-articles",
      text: `${unlabelled} articles without a label file are left out.`,
    });
  }
  const train = original.articles.flatMap(({ pmid, sentences, labels }) =>
    labels === undefined
      ? []
      : sentences.map((text, at) => ({ id: `${pmid}-${at + 1}`, text, labels: labels[at]!, article: pmid })),
  );
  return { format: "original", splits: { train }, validEqualsTest: false, files: [original.file], surprises };
}

function readTsvSplits(found: Partial<Record<SplitName, string>>, original: Original | undefined): HocCorpus {
  const surprises: Surprise[] = [];
  const texts = new Map<string, string>();
  const { splits, files } = readSplits(found, (text, path, split) => {
    texts.set(split, text);
    const { sentences, header } = readHocRows(text, path, split);
    if (header !== undefined) {
      surprises.push({
        code: "hoc/header-line",
        text: `The first line of ${split}.tsv names its columns (${header}) and is left out.`,
      });
    }
    return sentences;
  });
  const validEqualsTest = texts.has("valid") && texts.get("valid") === texts.get("test");
  if (validEqualsTest) {
    delete splits.valid;
    surprises.push({
      code: "hoc/valid-equals-test",
      text: `valid.tsv is byte for byte test.tsv (${splits.test?.length} sentences) and is not used: a validation part comes from train.`,
    });
  }
  if (original !== undefined) {
    files.push(original.file);
    for (const split of SPLITS) {
      const sentences = splits[split];
      if (sentences === undefined) continue;
      const placed = withArticles(sentences, original.articles);
      splits[split] = placed.sentences;
      surprises.push({
        code: "hoc/articles",
        text: `${placed.matched} of ${sentences.length} sentences of ${split} were found in the original corpus (${placed.articles} articles); the others stand in ${placed.unknown} runs of their own.`,
      });
    }
  }
  return { format: "tsv", splits, validEqualsTest, files, surprises };
}

/** Names that people give the column of labels. */
const LABEL_COLUMN = /^(?:labels?|class(?:es)?|categor(?:y|ies)|hallmarks?|targets?|y)$/iu;

/** Reads `sentence TAB label|label` lines with blank lines between. @throws BiogptError `corpora/hoc` for a line that is none, or a label that is none of the ten */
export function readHocTsv(text: string, name: string, split: string): HallmarkSentence[] {
  return readHocRows(text, name, split).sentences;
}

function readHocRows(
  text: string,
  name: string,
  split: string,
): {
  sentences: HallmarkSentence[] /** The line that names the columns, where there is one. */;
  header: string | undefined;
} {
  const sentences: HallmarkSentence[] = [];
  let header: string | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const columns = line.split("\t");
    const [sentence, labels] = columns;
    if (columns.length !== 2 || sentence === undefined || labels === undefined || labels.trim() === "") {
      throw new BiogptError("corpora/hoc", {
        what: `${name}, line ${index + 1} has ${columns.length} columns.`,
        why: "A line is a sentence, a tab, and labels joined by |.",
      });
    }
    if (sentences.length === 0 && header === undefined && LABEL_COLUMN.test(labels.trim())) {
      header = line.trim().replace("\t", ", ");
      continue;
    }
    const named = labels.split("|").map((label) => label.trim());
    expectHallmarks(named, `${name}, line ${index + 1}`);
    sentences.push({ id: `${split}-${sentences.length + 1}`, text: sentence, labels: named });
  }
  return { sentences, header };
}

/** @throws BiogptError `corpora/hoc` for a label that no model could be scored on */
function expectHallmarks(labels: readonly string[], place: string): void {
  const foreign = labels.find((label) => !HOC_LABELS.includes(label));
  if (foreign === undefined) return;
  const others = foreign.split(/[,;]/u).map((part) => part.trim());
  const joined = others.length > 1 && others.every((part) => HOC_LABELS.includes(part));
  throw new BiogptError("corpora/hoc", {
    what: `${place}: "${foreign}" is no hallmark of cancer.`,
    why: `The labels are ${HOC_LABELS.join(", ")}.`,
    fix: joined ? "Join several labels by |." : `Give the line one of these.${didYouMean(foreign, HOC_LABELS)}`,
  });
}

interface Article {
  readonly pmid: string;
  readonly sentences: readonly string[];
  /** For each sentence; undefined for an article without a label file. */
  readonly labels: readonly (readonly string[])[] | undefined;
}

interface Original {
  readonly articles: readonly Article[];
  readonly file: SourceFile;
}

/** `text/PMID.txt` (a sentence a line) beside `labels/PMID.txt` (`< label < label AND label < …`), loose or in a tar file. */
function readOriginal(paths: readonly string[]): Original | undefined {
  let parts: { name: string; text: () => string }[] = paths
    .filter((path) => /(?:^|\/)(?:text|labels)\/\d+\.txt$/.test(path))
    .map((name) => ({ name, text: () => decodeText(readBytes(name)) }));
  let file: SourceFile = { name: "text/*.txt, labels/*.txt", sha256: "" };
  if (parts.length === 0) {
    for (const path of paths.filter((name) => /\.(?:tar|tgz|tar\.gz)$/.test(name))) {
      const archive: ReadFile = readBytes(path);
      if (!isTar(archive.bytes)) continue;
      const entries = archiveEntries(archive.bytes, path).filter(({ name }) =>
        /(?:^|\/)(?:text|labels)\/\d+\.txt$/.test(name),
      );
      if (entries.length === 0) continue;
      parts = entries.map((entry) => ({
        name: entry.name,
        text: () => decodeText({ path: `${path}, ${entry.name}`, bytes: entry.read() }),
      }));
      file = { name: path, sha256: archive.sha256 };
      break;
    }
  }
  const byName = new Map(parts.map((part) => [withSlashes(part.name).split("/").slice(-2).join("/"), part]));
  const articles = [...byName.keys()]
    .filter((name) => name.startsWith("text/"))
    .sort()
    .map((name): Article => {
      const pmid = name.slice("text/".length, -".txt".length);
      const sentences = lines(byName.get(name)!.text());
      const labelText = byName.get(`labels/${pmid}.txt`)?.text();
      const labels = labelText?.split("<").slice(1).map(hallmarksOf);
      if (labels !== undefined && labels.length !== sentences.length) {
        throw new BiogptError("corpora/hoc", {
          what: `labels/${pmid}.txt has ${labels.length} labels for ${sentences.length} sentences.`,
        });
      }
      for (const [at, named] of labels?.entries() ?? [])
        expectHallmarks(named, `labels/${pmid}.txt, sentence ${at + 1}`);
      return { pmid, sentences, labels };
    });
  return articles.length === 0 ? undefined : { articles, file };
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** `Resisting cell death--Apoptosis AND Cellular energetics--` → the hallmarks' names; NULL and nothing mean "empty". */
function hallmarksOf(label: string): string[] {
  const names = label
    .split("AND")
    .map((part) => part.split("--")[0]!.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "null");
  return names.length === 0 ? ["empty"] : [...new Set(names)];
}

/**
 * PMIDs for sentences that stand in article order: a sentence found in one article belongs there, one found in several to
 * its neighbour's, and a run of sentences found nowhere is an article of its own unless both its ends are the same article.
 */
function withArticles(
  sentences: readonly HallmarkSentence[],
  articles: readonly Article[],
): { sentences: HallmarkSentence[]; matched: number; articles: number; unknown: number } {
  const holders = new Map<string, Set<string>>();
  for (const { pmid, sentences: texts } of articles) {
    for (const text of texts) holders.set(text, (holders.get(text) ?? new Set()).add(pmid));
  }
  const found = sentences.map(({ text }) => holders.get(text.trim()));
  const placed = found.map((pmids) => (pmids?.size === 1 ? [...pmids][0] : undefined));
  for (let pass = 0; pass < 2; pass++) {
    for (let at = 0; at < placed.length; at++) {
      const near = [placed[at - 1], placed[at + 1]];
      if (placed[at] === undefined)
        placed[at] = near.find((pmid) => pmid !== undefined && found[at]?.has(pmid) === true);
    }
  }
  const matched = placed.filter((pmid) => pmid !== undefined).length;
  let unknown = 0;
  for (let start = 0; start < placed.length; start++) {
    if (placed[start] !== undefined) continue;
    let end = start;
    while (end < placed.length && placed[end] === undefined) end++;
    const [before, after] = [placed[start - 1], placed[end]];
    const article = before !== undefined && before === after ? before : `unknown-${++unknown}`;
    placed.fill(article, start, end);
  }
  return {
    sentences: sentences.map((sentence, at) => ({ ...sentence, article: placed[at]! })),
    matched,
    articles: new Set(placed.filter((pmid) => !pmid!.startsWith("unknown"))).size,
    unknown,
  };
}
