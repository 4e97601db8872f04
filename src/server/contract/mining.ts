/** Wire types of what is this package's own: relations, names, labels, answers, annotated documents. */
import { z } from "zod";
import { count, modelName, probability, text } from "./fields.ts";

/** Documents of one request; more of them are a job. */
export const MOST_DOCUMENTS = 100;
/** Documents of one job. */
export const MOST_JOB_DOCUMENTS = 100_000;

/** A document as a client sends it: a title and an abstract, or a text. Offsets in results count in these, passage by passage. */
export interface WireDocument {
  readonly id: string;
  readonly title?: string | undefined;
  readonly abstract?: string | undefined;
  /** Further paragraphs. */
  readonly text?: string | readonly string[] | undefined;
}

interface DocumentsRequest {
  readonly model?: string | undefined;
  readonly documents: readonly WireDocument[];
}

export interface RelationsSettings {
  readonly model?: string | undefined;
  /** `chemical-disease`, `drug-drug`, `drug-target`. Default: the model's own, else chemical-disease. */
  readonly scheme?: string | undefined;
  readonly decoding?: "ranked" | "grounded" | "free" | undefined;
  readonly beams?: number | undefined;
  /** Leaves out relations under this probability. Default: what the model's folder says. */
  readonly threshold?: number | undefined;
}

export interface RelationsRequest extends DocumentsRequest, RelationsSettings {}

export interface WireSpan {
  /** Index of the passage: title, abstract, texts, those that are there. */
  readonly passage: number;
  /** UTF-16 units in the passage, end exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface WireArgument {
  readonly text: string;
  readonly type: string;
  readonly otherNames: readonly string[];
  readonly spans: readonly WireSpan[];
}

export interface WireEvidence extends WireSpan {
  readonly text: string;
  readonly head?: WireSpan | undefined;
  readonly tail?: WireSpan | undefined;
  readonly also?: (WireSpan & { readonly text: string }) | undefined;
}

export interface WireRelation {
  readonly documentId: string;
  readonly scheme: string;
  readonly relation: string;
  readonly head: WireArgument;
  readonly tail: WireArgument;
  readonly probability: number;
  /** The sentence that names both, or two neighbouring ones, with both names' places; `also` where the head stands apart. */
  readonly evidence: WireEvidence | null;
  readonly model: string;
  readonly pipeline: string;
}

export interface WireProblem {
  readonly code: string;
  readonly what: string;
}

export interface RelationsResponse {
  /** The lines of `biogpt extract`. */
  readonly relations: readonly WireRelation[];
  /** Documents that were left out, and why. */
  readonly problems: readonly WireProblem[];
}

export interface EntitiesSettings {
  readonly model?: string | undefined;
  readonly types?: readonly string[] | undefined;
  /** Leaves out names under this probability. Default: what the tagger's folder says, else 0. */
  readonly threshold?: number | undefined;
}

export interface EntitiesRequest extends DocumentsRequest, EntitiesSettings {}

export interface WireMention extends WireSpan {
  readonly text: string;
  readonly type: string;
  readonly probability: number;
}

export interface EntitiesResponse {
  readonly documents: readonly { readonly id: string; readonly mentions: readonly WireMention[] }[];
  readonly model: string;
  readonly problems: readonly WireProblem[];
}

export interface ClassifyRequest extends DocumentsRequest {}

export interface WireSentence extends WireSpan {
  readonly documentId: string;
  readonly text: string;
  readonly labels: readonly string[];
  readonly probabilities: Readonly<Record<string, number>>;
  readonly model: string;
}

export interface ClassifyResponse {
  readonly sentences: readonly WireSentence[];
  readonly problems: readonly WireProblem[];
}

export interface AnswerRequest {
  readonly model?: string | undefined;
  readonly question: string;
  /** What the answer is to be read from, such as an abstract. */
  readonly context: string;
  readonly conclusion?: string | undefined;
}

export interface AnswerResponse {
  readonly answer: string;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly calibrated: boolean;
  readonly contextCut: boolean;
  readonly model: string;
}

export interface AnnotateRequest {
  readonly model?: string | undefined;
  /** The documents themselves, in BioC XML, BioC JSON or PubTator; told by the content. */
  readonly content: string;
  /** Default: that of the content, JSON for BioC XML. */
  readonly output?: "bioc" | "pubtator" | undefined;
  readonly types?: readonly string[] | undefined;
  /** Leaves out names under this probability. Default: what the tagger's folder says, else 0. */
  readonly threshold?: number | undefined;
}

/** As BERN2's `/plain` takes it. */
export interface PlainRequest {
  readonly text: string;
}

/** As BERN2's `/plain` answers; nothing is normalised here, so `id` says "CUI-less" as BERN2's does of an unknown name. */
export interface PlainResponse {
  readonly text: string;
  readonly annotations: readonly {
    readonly mention: string;
    readonly obj: string;
    readonly prob: number;
    readonly span: { readonly begin: number; readonly end: number };
    readonly id: readonly string[];
    readonly is_neural_normalized: false;
  }[];
  readonly timestamp: string;
}

export interface PubmedDocument extends PlainResponse {
  readonly pmid: string;
  /** The parts of `text`, which are joined there; BERN2 has only the whole. */
  readonly passages: readonly { readonly kind: "title" | "abstract" | "text"; readonly text: string }[];
}

/** Articles of one request. */
const MOST_ARTICLES = 25;
export const pubmedIds: z.ZodType<string[]> = z
  .array(z.string().regex(/^\d{1,9}$/, "is no id of PubMed"))
  .min(1)
  .max(MOST_ARTICLES);

/** Longest id of a document. */
const LONGEST_ID = 200;

export const wireDocument: z.ZodType<WireDocument> = z
  .strictObject({
    id: z.string().min(1).max(LONGEST_ID),
    title: text.optional(),
    abstract: text.optional(),
    text: z.union([text, z.array(text).max(10_000)]).optional(),
  })
  .refine(({ title, abstract, text: body }) => [title, abstract, body].some((part) => part !== undefined), {
    message: "has neither title, abstract nor text",
  });

const documents = z.array(wireDocument).min(1).max(MOST_DOCUMENTS);

/** Shared by requests and jobs. */
export const relationsSettings: {
  model: z.ZodType<string | undefined>;
  scheme: z.ZodType<string | undefined>;
  decoding: z.ZodType<"ranked" | "grounded" | "free" | undefined>;
  beams: z.ZodType<number | undefined>;
  threshold: z.ZodType<number | undefined>;
} = {
  model: modelName.optional(),
  // A name, never a path: what a request says is not opened.
  scheme: z
    .string()
    .regex(/^[a-z-]{1,50}$/)
    .optional(),
  decoding: z.enum(["ranked", "grounded", "free"]).optional(),
  beams: count(1, 64).optional(),
  threshold: probability.optional(),
};

export const relationsRequest: z.ZodType<RelationsRequest> = z.strictObject({ ...relationsSettings, documents });

export const entitiesSettings: {
  model: z.ZodType<string | undefined>;
  types: z.ZodType<readonly string[] | undefined>;
  threshold: z.ZodType<number | undefined>;
} = {
  model: modelName.optional(),
  types: z.array(z.string().min(1).max(100)).min(1).max(100).optional(),
  threshold: probability.optional(),
};

export const entitiesRequest: z.ZodType<EntitiesRequest> = z.strictObject({ ...entitiesSettings, documents });
export const classifyRequest: z.ZodType<ClassifyRequest> = z.strictObject({ model: modelName.optional(), documents });

export const answerRequest: z.ZodType<AnswerRequest> = z.strictObject({
  model: modelName.optional(),
  question: text,
  context: text,
  conclusion: text.optional(),
});

export const annotateRequest: z.ZodType<AnnotateRequest> = z.strictObject({
  ...entitiesSettings,
  content: z.string().min(1),
  output: z.enum(["bioc", "pubtator"]).optional(),
});

export const plainRequest: z.ZodType<PlainRequest> = z.strictObject({ text });

const span = { passage: z.number(), start: z.number(), end: z.number() };
const argument = z.object({
  text: z.string(),
  type: z.string(),
  otherNames: z.array(z.string()),
  spans: z.array(z.object(span)),
});
const problems = z.array(z.object({ code: z.string(), what: z.string() }));

export const wireRelation: z.ZodType<WireRelation> = z.object({
  documentId: z.string(),
  scheme: z.string(),
  relation: z.string(),
  head: argument,
  tail: argument,
  probability,
  evidence: z
    .object({
      ...{ ...span, text: z.string() },
      head: z.object(span).optional(),
      tail: z.object(span).optional(),
      also: z.object({ ...span, text: z.string() }).optional(),
    })
    .nullable(),
  model: z.string(),
  pipeline: z.string(),
});

export const relationsResponse: z.ZodType<RelationsResponse> = z.object({
  relations: z.array(wireRelation),
  problems,
});

export const entitiesResponse: z.ZodType<EntitiesResponse> = z.object({
  documents: z.array(
    z.object({
      id: z.string(),
      mentions: z.array(z.object({ ...span, text: z.string(), type: z.string(), probability })),
    }),
  ),
  model: z.string(),
  problems,
});

export const classifyResponse: z.ZodType<ClassifyResponse> = z.object({
  sentences: z.array(
    z.object({
      ...span,
      documentId: z.string(),
      text: z.string(),
      labels: z.array(z.string()),
      probabilities: z.record(z.string(), z.number()),
      model: z.string(),
    }),
  ),
  problems,
});

export const answerResponse: z.ZodType<AnswerResponse> = z.object({
  answer: z.string(),
  probabilities: z.record(z.string(), z.number()),
  calibrated: z.boolean(),
  contextCut: z.boolean(),
  model: z.string(),
});

const plainFields = {
  text: z.string(),
  annotations: z.array(
    z.object({
      mention: z.string(),
      obj: z.string(),
      prob: z.number(),
      span: z.object({ begin: z.number(), end: z.number() }),
      id: z.array(z.string()),
      is_neural_normalized: z.literal(false),
    }),
  ),
  timestamp: z.string(),
};
export const plainResponse: z.ZodType<PlainResponse> = z.object(plainFields);
export const pubmedResponse: z.ZodType<readonly PubmedDocument[]> = z.array(
  z.object({
    ...plainFields,
    pmid: z.string(),
    passages: z.array(z.object({ kind: z.enum(["title", "abstract", "text"]), text: z.string() })),
  }),
);
