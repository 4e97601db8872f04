/**
 * A sheet to judge: what one or two versions printed, and planted lines whose answer is known, shuffled together. Who judges sees neither version nor
 * probability nor which lines are planted; that stands in the key, a file beside the sheet.
 *
 *     # sheet 3fa1b2c4                               one rule a scheme, written first
 *     # rule of chemical-disease: Right where …
 *     id  scheme  head  relation  tail  text  document  judgement
 *     1   …                                             (right or wrong, to be filled in)
 */
import { createHash } from "node:crypto";
import { stringify } from "csv-stringify/sync";
import { Random } from "../../base/random.ts";
import { judgingRule } from "./judging-rules.ts";
import type { PlantedRelation, PrintedRelation, RelationOfVersion } from "./printed-relations.ts";

export interface WildVersion {
  /** What it is called in the results: the file's name. */
  readonly name: string;
  readonly relations: readonly RelationOfVersion[];
}

export interface SheetOptions {
  readonly planted?: readonly PlantedRelation[];
  /** Most lines of each scheme and version, drawn at random. Default: all. */
  readonly sample?: number | undefined;
  readonly seed: number;
  /** The whole text of a document, which is shown where a line has no evidence. */
  readonly textOf: (documentId: string) => string | undefined;
}

export interface SheetLine extends PrintedRelation {
  /** Its number in the sheet, from 1. */
  readonly id: number;
  /** What a judge reads. */
  readonly text: string;
}

/** What is hidden of a line. */
export interface KeyLine {
  readonly id: number;
  readonly scheme: string;
  /** By the version's place among the versions: with which probability each printed it. */
  readonly printed: readonly { readonly version: number; readonly probability: number }[];
  /** The known answer of a planted line; null of the others. */
  readonly planted: boolean | null;
}

export interface Sheet {
  /** By which a judged sheet and its key know each other. */
  readonly name: string;
  readonly lines: readonly SheetLine[];
  readonly key: readonly KeyLine[];
}

/** Lines that several versions printed stand once, and count for each. */
export function makeSheet(
  versions: readonly WildVersion[],
  { planted = [], sample = Number.POSITIVE_INFINITY, seed, textOf }: SheetOptions,
): Sheet {
  const random = new Random(seed);
  const drawn = new Map<string, { relation: PrintedRelation; printed: KeyLine["printed"][number][] }>();
  for (const [version, { relations }] of versions.entries()) {
    for (const ofScheme of byScheme(relations)) {
      random.shuffle(ofScheme);
      for (const relation of ofScheme.slice(0, sample)) {
        const key = keyOf(relation);
        const line = drawn.get(key) ?? { relation, printed: [] };
        // Of a relation that one version printed twice, the likelier line.
        const before = line.printed.findIndex((one) => one.version === version);
        const { probability } = relation;
        if (before < 0) line.printed.push({ version, probability });
        else if (line.printed[before]!.probability < probability) line.printed[before] = { version, probability };
        drawn.set(key, line);
      }
    }
  }
  // What the sample of one version has and another printed too counts for both.
  for (const [version, { relations }] of versions.entries()) {
    for (const relation of relations) {
      const line = drawn.get(keyOf(relation));
      if (line !== undefined && !line.printed.some((one) => one.version === version))
        line.printed.push({ version, probability: relation.probability });
    }
  }
  const all = [
    ...[...drawn.values()].map(({ relation, printed }) => ({ relation, printed, planted: null })),
    ...planted.map((relation) => ({ relation, printed: [], planted: relation.right })),
  ];
  random.shuffle(all);
  const lines = all.map(({ relation }, at): SheetLine => {
    const { documentId, scheme, head, tail, evidence } = relation;
    return {
      ...{ documentId, scheme, relation: relation.relation, head, tail, evidence },
      id: at + 1,
      text: evidence ?? textOf(documentId) ?? "",
    };
  });
  const key = all.map(
    ({ relation, printed, planted }, at): KeyLine => ({ id: at + 1, scheme: relation.scheme, printed, planted }),
  );
  const name = createHash("sha256")
    .update(JSON.stringify([seed, lines]))
    .digest("hex")
    .slice(0, 8);
  return { name, lines, key };
}

function byScheme(relations: readonly RelationOfVersion[]): RelationOfVersion[][] {
  const schemes = new Map<string, RelationOfVersion[]>();
  for (const relation of relations) {
    const list = schemes.get(relation.scheme) ?? [];
    list.push(relation);
    schemes.set(relation.scheme, list);
  }
  return [...schemes.keys()].sort().map((scheme) => schemes.get(scheme)!);
}

function keyOf({ documentId, scheme, relation, head, tail }: PrintedRelation): string {
  return JSON.stringify([documentId, scheme, relation, head.toLowerCase(), tail.toLowerCase()]);
}

export const SHEET_COLUMNS = ["id", "scheme", "head", "relation", "tail", "text", "document", "judgement"] as const;

/** The rules of the schemes that occur, each once. */
export function rulesOf({ lines }: Pick<Sheet, "lines">): readonly (readonly [scheme: string, rule: string])[] {
  return [...new Set(lines.map(({ scheme }) => scheme))].sort().map((scheme) => [scheme, judgingRule(scheme)]);
}

/** As a table with tabs between its columns. */
export function sheetTable(sheet: Sheet): string {
  const head = [
    `# sheet ${sheet.name}`,
    "# Write right or wrong into the last column of each line, by these rules; judge by the text alone.",
    ...rulesOf(sheet).map(([scheme, rule]) => `# rule of ${scheme}: ${rule}`),
  ];
  const rows = sheet.lines.map(({ id, scheme, head: from, relation, tail, text, documentId }) =>
    [id, scheme, from, relation, tail, text, documentId, ""].map((cell) => String(cell).replaceAll(/[\t\r\n]+/g, " ")),
  );
  return `${head.join("\n")}\n${stringify([SHEET_COLUMNS, ...rows], { delimiter: "\t" })}`;
}
