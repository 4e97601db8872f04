/**
 * What the columns of tables and the fields of JSON are called where people have them: PubMed, Scopus, Web of Science, Embase, Zotero,
 * Semantic Scholar, Europe PMC, and hand-made files. Names are compared without case, spaces and signs.
 */
import type { Citation } from "../document.ts";

export type FieldRole = "title" | "abstract" | "text" | "pmid" | "pmcid" | "doi" | "id" | "year" | "journal" | "label";

/** Each role's names, the plainest first: where several are there, the first with a value counts. */
const NAMES: Readonly<Record<FieldRole, string>> = {
  title: "title articletitle papertitle documenttitle primarytitle ti",
  abstract: "abstract abstracttext abstractnote paperabstract articleabstract abstractcleaned ab",
  text: "text fulltext bodytext body content sentence",
  pmid: "pmid pubmedid pubmed pm accessionnumberpubmed",
  pmcid: "pmcid pmc pmcidentifier",
  doi: "doi di",
  id: "id documentid docid paperid articleid corpusid recordid key uid ut eid accession",
  year: "year publicationyear pubyear publishedyear py",
  journal: "journal journaltitle journalname sourcetitle publicationtitle containertitle journalbook venue so",
  label: "section sectiontitle heading",
};

const ROLES: ReadonlyMap<string, readonly [FieldRole, number]> = new Map(
  (Object.entries(NAMES) as [FieldRole, string][]).flatMap(([role, names]) =>
    names.split(" ").map((name, rank) => [name, [role, rank]] as const),
  ),
);

/** The fields of each role, the plainest name first. */
export function fieldRoles(names: readonly string[]): Readonly<Partial<Record<FieldRole, readonly string[]>>> {
  const found: Partial<Record<FieldRole, { name: string; rank: number }[]>> = {};
  for (const name of names) {
    const known = ROLES.get(name.toLowerCase().replace(/[^a-z0-9]/g, ""));
    if (known === undefined) continue;
    const [role, rank] = known;
    found[role] ??= [];
    found[role].push({ name, rank });
  }
  return Object.fromEntries(
    Object.entries(found).map(([role, fields]) => [
      role,
      fields.sort((a, b) => a.rank - b.rank).map(({ name }) => name),
    ]),
  );
}

/** A year between the first printed journals and the next century, out of a year, a date or a text with one. */
export function yearOf(text: string | undefined): number | undefined {
  const year = /(?<!\d)(1[6-9]\d\d|20\d\d)(?!\d)/.exec(text ?? "")?.[1];
  return year === undefined ? undefined : Number(year);
}

/** `https://doi.org/10.1/x` and `doi:10.1/x` without what stands before the identifier. */
export function bareDoi(text: string | undefined): string | undefined {
  return /10\.\d{3,9}\/\S+/.exec(text ?? "")?.[0];
}

/** Without the fields that say nothing. */
export function fullCitation(
  fields: { readonly [Field in keyof Citation]: Citation[Field] | undefined },
): Citation | undefined {
  const full = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  return full.length === 0 ? undefined : (Object.fromEntries(full) as Citation);
}
