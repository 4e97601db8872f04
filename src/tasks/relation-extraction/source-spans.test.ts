/** Every argument that grounded decoding can write: read back from its sentence as it was meant, and found again in the document. */
import { existsSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitSentences } from "../../corpora/sentences.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { BioGptTokenizer } from "../../tokenizers/moses-bpe/biogpt-tokenizer.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { buildExamples } from "../build-examples.ts";
import { truncateSource } from "../sequence.ts";
import { anchorArgument, comparisonKey } from "./anchor.ts";
import type { ContentSource } from "./content.ts";
import { RELATION_SCHEMES, type RelationScheme } from "./schemes.ts";
import { type SourcePlaces, type SpanNode, sourceSpans } from "./source-spans.ts";
import { cutIntoWindows } from "./windows.ts";

/** One piece a character, so that nearly every cut of a source cuts a word; `ж` and `₃` are outside the vocabulary. */
const CHARACTERS = [...new Set("abcdefghijklmnopqrstuvwxyz0123456789()[]{}.,;:?!'\"`&#+-@/%$|<>_αß²½中文„“")];
const VOCABULARY = [
  ...["<s>", "<pad>", "</s>", "<unk>", ...CHARACTERS, ...CHARACTERS.map((character) => `${character}</w>`)],
  "...</w>",
];
const letters = new BioGptTokenizer({ vocabulary: VOCABULARY, merges: [] });
const normalizing = new BioGptTokenizer({ vocabulary: VOCABULARY, merges: [], normalizePunctuation: true });
const huggingFace = new BioGptTokenizer({ vocabulary: VOCABULARY, merges: [], moses: "sacremoses" });

interface Reading {
  readonly ids: readonly number[];
  readonly places: SourcePlaces;
}

/** How a document reaches a model: cut at the recipe's length, as `evaluate` does, or into windows, as `extract` does. */
function readings(tokenizer: Tokenizer, scheme: RelationScheme, document: ContentSource, most: number): Reading[] {
  const content = scheme.content(document);
  const encoded = tokenizer.encodeWithOffsets(content.text);
  const { ids, starts, ends } = encoded;
  const sentenceStarts = splitSentences(content.text).map(({ start }) => start);
  const windows = cutIntoWindows(encoded, sentenceStarts, most).map(({ start, end }) => ({
    ids: [...ids.subarray(start, end)],
    places: { content, starts: starts.subarray(start, end), ends: ends.subarray(start, end) },
  }));
  const ellipsis = tokenizer.id("...") ?? tokenizer.unknownId;
  return [{ ids: truncateSource(ids, most, ellipsis), places: { content, starts, ends } }, ...windows];
}

interface SourceSpan {
  readonly ids: readonly number[];
  readonly mayBeTail: boolean;
}

function completeSpans(node: SpanNode, ids: readonly number[] = []): SourceSpan[] {
  const own = node.complete ? [{ ids, mayBeTail: node.completeWithoutAnd }] : [];
  return [...own, ...[...node.children].flatMap(([id, child]) => completeSpans(child, [...ids, id]))];
}

/** @returns how many arguments were checked, each as head, those that may be as tail too */
function checkArguments(tokenizer: Tokenizer, scheme: RelationScheme, document: ContentSource, most: number): number {
  const { before, between, after } = scheme.template.words!;
  const [prefix, middle, suffix] = [before, between, after].map((words) => [...tokenizer.encode(words)]);
  const ending = [...tokenizer.encode(scheme.template.words!.labelled ? `${scheme.relations[0]}.` : ".")];
  let checked = 0;
  for (const { ids, places } of readings(tokenizer, scheme, document, most)) {
    const spans = completeSpans(sourceSpans(tokenizer, ids, places));
    const tails = spans.filter(({ mayBeTail }) => mayBeTail);
    if (tails.length === 0) continue;
    for (const [at, head] of spans.entries()) {
      const tail = tails[at % tails.length]!;
      const text = tokenizer.decode([...prefix!, ...head.ids, ...middle!, ...tail.ids, ...suffix!, ...ending]);
      const read = scheme.template.parse(text);
      const meant = [head, tail].map((span) => comparisonKey(tokenizer.decode(span.ids)));
      const found = read.flatMap((triple) => [comparisonKey(triple.head), comparisonKey(triple.tail)]);
      if (found.join("\n") !== meant.join("\n")) expect(found, text).toEqual(meant);
      for (const argument of [read[0]!.head, read[0]!.tail]) {
        if (anchorArgument(argument, document, places.content).length === 0)
          expect.unreachable(`${JSON.stringify(argument)} of ${JSON.stringify(text)} is not in the document`);
      }
      checked++;
    }
  }
  return checked;
}

const SCHEMES = Object.values(RELATION_SCHEMES);

const word = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...CHARACTERS, "ж", "₃", "\u0301", "\u00ad", "\u0085", "İ"),
    minLength: 1,
    maxLength: 7,
  }),
  fc.stringMatching(/^[a-z]{1,4}[.,]?$/),
  fc.constantFrom(
    ...["and", "is", "exists", "the", "awe", "have", "that", "learned7", "we", "...", "…", "a…", "—", "’", "&amp;"],
  ),
  fc.constantFrom(
    ...["5'-utr", "na+/k+", "il-2-/-", "co₃", "m²", "b's", "u.s.a.", "e.g.", '"q",', "d;", "(3h)-x", "〈a〉", "ﬁ"],
  ),
);
const passage = fc.array(word, { maxLength: 9 }).map((words) => words.join(" "));

test.each([
  ["perl", letters],
  ["with normalized punctuation", normalizing],
  ["sacremoses", huggingFace],
])("whatever the text, of one passage or two, whole, cut or in windows: %s", (_, tokenizer) => {
  let checked = 0;
  fc.assert(
    fc.property(
      passage,
      passage,
      fc.integer({ min: 5, max: 60 }),
      fc.constantFrom(...SCHEMES),
      (title, text, most, scheme) => {
        const passages = [
          { kind: "title" as const, text: title },
          { kind: "abstract" as const, text },
        ];
        checked += checkArguments(tokenizer, scheme, { id: "1", passages }, most);
      },
    ),
    { numRuns: 400 },
  );
  expect(checked).toBeGreaterThan(5_000);
});

test.each([
  ["a title that ends in a short word", "Lithium raises pain in the rat", "Aspirin does not (in mice)."],
  ["a title that ends in a bracket", "Lithium raises pain (in rats)", "Aspirin does not."],
  ["letters that Moses sets apart", "The area was 5 m² and 3 cm³", "Of ½a, co₂ (m²)"],
  ["letters outside the vocabulary", "ж-lithium, жlithium and lithiumж", "Lithiumжlithium жж lithium"],
  ["what an answer's prompt looks like", "Owe have that pain", "Learned7 pain and learned8. pain"],
])("found by looking: %s", (_, title, text) => {
  const document = {
    id: "1",
    passages: [
      { kind: "title" as const, text: title },
      { kind: "abstract" as const, text },
    ],
  };
  for (const scheme of SCHEMES) {
    for (let most = 4; most < 100; most += 3) checkArguments(letters, scheme, document, most);
    expect(checkArguments(letters, scheme, document, 640)).toBeGreaterThan(3);
  }
});

test("a passage's end ends an argument, also one that no full stop marks", () => {
  const document = {
    id: "1",
    passages: [
      { kind: "title" as const, text: "Pain (rats)" },
      { kind: "abstract" as const, text: "Lithium" },
    ],
  };
  const [{ ids, places } = { ids: [], places: undefined }] = readings(letters, SCHEMES[0]!, document, 640);
  const texts = (spans: readonly SourceSpan[]): string[] => spans.map(({ ids }) => letters.decode(ids)).sort();
  const within = ["(rats)", "lithium", "pain", "pain (rats)", "rats"];
  expect(texts(completeSpans(sourceSpans(letters, ids, places)))).toEqual(within);
  expect(texts(completeSpans(sourceSpans(letters, ids)))).toEqual(
    [...within, "(rats) lithium", "pain (rats) lithium"].sort(),
  );
});

const DATA = "../shared/data/tasks";
const BIOGPT = "../shared/data/tokenizer/biogpt";

test.skipIf(!existsSync(DATA) || !existsSync(BIOGPT))(
  "real abstracts of three corpora, with BioGPT's vocabulary",
  async () => {
    const tokenizer = await openTokenizerFolder(BIOGPT);
    for (const [task, folder, name] of [
      ["bc5cdr", "BC5CDR", "chemical-disease"],
      ["ddi", "DDI", "drug-drug"],
      ["kd-dti", "KD-DTI", "drug-target"],
    ] as const) {
      const documents = buildExamples(task, `${DATA}/${folder}`).splits.test!.map(({ document }) => document);
      for (let at = 0; at < documents.length; at += Math.ceil(documents.length / 2)) {
        checkArguments(tokenizer, RELATION_SCHEMES[name], documents[at]!, 101);
      }
    }
  },
  180_000,
);
