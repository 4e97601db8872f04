/** Wire types of a knowledge graph: what it answers with is what `biogpt graph` answers with, in pages. */
import { z } from "zod";
import type {
  Association,
  AssociationKey,
  Concept,
  Evidence,
  GraphStatistics,
  NetworkPiece,
  Relation,
} from "../../knowledge-graph/query/answers.ts";
import { probability } from "./fields.ts";

export type WireConcept = Concept;
export type WireGraphRelation = Relation;
export type WireGraphEvidence = Evidence;
export type WireAssociationSentence = Association["sentences"][number];
/** A line of `/v1/graph/network`. */
export type WireNetworkPiece = NetworkPiece;

/** An answer of which there may be more: `offset` of the next question, null at the end. */
interface Page {
  readonly next: number | null;
}

export interface GraphStatsResponse extends GraphStatistics {
  /** What made the graph: its parts in words, and the hash that `sources` and sentences name. */
  readonly pipeline: { readonly hash: string; readonly parts: Readonly<Record<string, string>> };
}

export interface GraphFindResponse extends Page {
  readonly concepts: readonly WireConcept[];
}

export interface GraphNeighboursResponse extends Page {
  /** Null where the question named none. */
  readonly concept: WireConcept | null;
  readonly relations: readonly WireGraphRelation[];
}

export interface GraphPathResponse {
  readonly from: WireConcept;
  readonly to: WireConcept;
  /** All of the chain. */
  readonly concepts: readonly WireConcept[];
  /** From the one to the other, whichever way each points. */
  readonly relations: readonly WireGraphRelation[];
}

export interface GraphEvidenceResponse extends Page {
  readonly concept: WireConcept;
  readonly other: WireConcept | null;
  readonly evidence: readonly WireGraphEvidence[];
}

export interface GraphAssociationResponse extends Association, Page {}

export interface GraphFilter {
  readonly relation: readonly string[];
  readonly threshold: number;
  readonly fromYear?: number | undefined;
  readonly toYear?: number | undefined;
}

export interface GraphPage {
  readonly limit: number;
  readonly offset: number;
}

export interface GraphFindQuery extends GraphPage {
  readonly q: string;
  readonly type?: string | undefined;
}

export interface GraphNeighboursQuery extends GraphFilter, GraphPage {
  readonly concept?: string | undefined;
  readonly direction: "in" | "out" | "both";
}

export interface GraphPathQuery extends GraphFilter {
  readonly from: string;
  readonly to: string;
  readonly steps: number;
}

export interface GraphEvidenceQuery extends GraphFilter, GraphPage {
  readonly concept: string;
  readonly other?: string | undefined;
}

export interface GraphAssociationQuery extends AssociationKey, Omit<GraphFilter, "relation">, GraphPage {}

export interface GraphNetworkQuery extends GraphFilter {
  readonly concept?: string | undefined;
  readonly limit: number;
}

type Schemas<Query> = { readonly [Name in keyof Query]-?: z.ZodType<Query[Name]> };

/** Rows of one answer. */
const MOST_ROWS = 1000;
/** Relations of one picture: what a browser draws. */
export const MOST_NETWORK = 100_000;
/** Longest name or identifier of a concept: names of text are seldom longer than 200 characters. */
export const LONGEST_CONCEPT = 500;

const concept = z.string().min(1).max(LONGEST_CONCEPT);
const kind = z.string().min(1).max(200);
const year = z.coerce.number().int().min(0).max(9999).optional();
const limit = (most: number): z.ZodType<number> => z.coerce.number().int().min(1).max(most).default(20);
const page: Schemas<GraphPage> = {
  limit: limit(MOST_ROWS),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
};
const { relation, ...strength }: Schemas<GraphFilter> = {
  relation: z.array(kind).max(50),
  threshold: z.coerce.number().min(0).max(1).default(0),
  fromYear: year,
  toYear: year,
};

export const graphFindQuery: Schemas<GraphFindQuery> = { q: concept, type: kind.optional(), ...page };
export const graphNeighboursQuery: Schemas<GraphNeighboursQuery> = {
  ...{ concept: concept.optional(), direction: z.enum(["in", "out", "both"]).default("both") },
  ...{ relation, ...strength, ...page },
};
export const graphPathQuery: Schemas<GraphPathQuery> = {
  ...{ from: concept, to: concept, steps: z.coerce.number().int().min(1).max(6).default(4) },
  ...{ relation, ...strength },
};
export const graphEvidenceQuery: Schemas<GraphEvidenceQuery> = {
  ...{ concept, other: concept.optional() },
  ...{ relation, ...strength, ...page },
};
export const graphAssociationQuery: Schemas<GraphAssociationQuery> = {
  ...{ head: concept, scheme: kind, relation: kind, tail: concept },
  ...{ ...strength, ...page },
};
export const graphNetworkQuery: Schemas<GraphNetworkQuery> = {
  ...{ concept: concept.optional(), relation },
  ...{ ...strength, limit: limit(MOST_NETWORK) },
};

const count = z.number().int();
const yearOrNull = count.nullable();
const text = z.string().nullable();
const next = yearOrNull;

export const wireConcept: z.ZodType<WireConcept> = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  mentions: count,
  documents: count,
});
const conceptOrNull = wireConcept.nullable();

const link = {
  head: z.string(),
  headName: z.string(),
  relation: z.string(),
  scheme: z.string(),
  tail: z.string(),
  tailName: z.string(),
  probability,
};
export const wireGraphRelation: z.ZodType<WireGraphRelation> = z.object({
  ...link,
  evidence: count,
  documents: count,
  firstYear: yearOrNull,
  lastYear: yearOrNull,
  negated: count,
  speculative: count,
  retracted: count,
  human: count,
  animal: count,
  inVitro: count,
});
const relations = z.array(wireGraphRelation);

const said = {
  document: z.string(),
  year: yearOrNull,
  negated: z.boolean(),
  speculative: z.boolean(),
  system: text,
  retracted: z.boolean(),
  sentence: z.string(),
  places: z.array(z.object({ passage: count, start: count, end: count })),
};
export const wireGraphEvidence: z.ZodType<WireGraphEvidence> = z.object({ ...link, ...said });

const stretch = z.object({ start: count, end: count }).nullable();
const sentence = z.object({
  ...said,
  probability,
  pmid: text,
  pmcid: text,
  doi: text,
  journal: text,
  title: text,
  headPlace: stretch,
  tailPlace: stretch,
  source: z.string(),
  pipeline: text,
});

export const graphStatsResponse: z.ZodType<GraphStatsResponse> = z.object({
  documents: count,
  retracted: count,
  firstYear: yearOrNull,
  lastYear: yearOrNull,
  mentions: count,
  normalized: count,
  concepts: count,
  evidence: count,
  negated: count,
  speculative: count,
  relations: count,
  conceptTypes: z.array(z.object({ type: z.string(), concepts: count, mentions: count })),
  relationTypes: z.array(z.object({ scheme: z.string(), relation: z.string(), relations: count, evidence: count })),
  sources: z.array(z.object({ source: z.string(), pipeline: z.string(), documents: count, problems: count })),
  pipeline: z.object({ hash: z.string(), parts: z.record(z.string(), z.string()) }),
});
export const graphFindResponse: z.ZodType<GraphFindResponse> = z.object({ concepts: z.array(wireConcept), next });
export const graphNeighboursResponse: z.ZodType<GraphNeighboursResponse> = z.object({
  concept: conceptOrNull,
  relations,
  next,
});
export const graphPathResponse: z.ZodType<GraphPathResponse> = z.object({
  from: wireConcept,
  to: wireConcept,
  concepts: z.array(wireConcept),
  relations,
});
export const graphEvidenceResponse: z.ZodType<GraphEvidenceResponse> = z.object({
  concept: wireConcept,
  other: conceptOrNull,
  evidence: z.array(wireGraphEvidence),
  next,
});
export const graphAssociationResponse: z.ZodType<GraphAssociationResponse> = z.object({
  relation: wireGraphRelation,
  head: wireConcept,
  tail: wireConcept,
  sentences: z.array(sentence),
  next,
});
