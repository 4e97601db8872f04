/** What other folders and users take from corpora/: readers of the literature and of task corpora, sentences, cleaning. */
export { type Abbreviation, findAbbreviations } from "./abbreviations.ts";
export {
  type Citation,
  type Document,
  joinedText,
  type Mention,
  type MeshHeading,
  type Notice,
  type OtherAbstract,
  type Passage,
  type PassageKind,
  passageText,
} from "./document.ts";
export { ENTITY_CORPORA, type EntityCorpus, type EntitySplit, entityCorpus } from "./entities/corpora.ts";
export { withoutLeaks } from "./entities/leaks.ts";
export type {
  Mention as AnnotatedMention,
  MentionCorpus,
  MentionDocument,
  MentionPassage,
} from "./entities/mention-document.ts";
export { type NamedMentions, readNamedMentions } from "./entities/named-data.ts";
export { type AnnotatedFile, readMentions } from "./entities/read-mentions.ts";
export { FORMATS, type Format } from "./literature/format-names.ts";
export { type CheckedInput, checkInputs, type ReadDocumentsOptions, readDocuments } from "./literature/read.ts";
export type { ReadEvent } from "./literature/read-events.ts";
export { CLEANING_RULES, type CleaningCounts, type CleaningRule, cleanText } from "./prepare/cleaning.ts";
export { type CorpusDocument, type CorpusManifest, readCorpus } from "./prepare/corpus-folder.ts";
export { type DetectedLanguage, detectLanguage } from "./prepare/language.ts";
export { type PrepareOptions, type PrepareReport, prepareCorpus } from "./prepare/prepare.ts";
export { type Span, sentenceAround, splitSentences } from "./sentences.ts";
export { type Bc5cdrCorpus, type ChemicalDiseaseDocument, readBc5cdr } from "./tasks/bc5cdr.ts";
export {
  BENCHMARK_NAMES,
  type Benchmark,
  type BenchmarkName,
  benchmarkName,
  type ChoiceQuestion,
  readBenchmark,
} from "./tasks/benchmarks.ts";
export { type DdiCorpus, type DrugDrugDocument, readDdi } from "./tasks/ddi.ts";
export {
  DESCRIBE_MOLECULE,
  DESCRIBED_FORMATS,
  type DescribedFile,
  type DescribedFormat,
  type DescribedRecord,
  detectDescribed,
  type ReadDescribedOptions,
  readDescribed,
} from "./tasks/described.ts";
export {
  type DescribedOutput,
  joinTruths,
  type PredictedText,
  readPredictions,
} from "./tasks/described-predictions.ts";
export { type HallmarkSentence, type HocCorpus, readHoc } from "./tasks/hoc.ts";
export { HOC_LABELS } from "./tasks/hoc-labels.ts";
export { type DrugTargetDocument, type KdDtiCorpus, readKdDti } from "./tasks/kd-dti.ts";
export { type PubMedQaCorpus, type QuestionDocument, readPubMedQa } from "./tasks/pubmedqa.ts";
