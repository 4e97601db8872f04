/**
 * UMLS: MRCONSO.RRF (names), and beside it MRSTY.RRF (semantic types), in either order.
 *
 *     CUI|LAT|TS|LUI|STT|SUI|ISPREF|AUI|SAUI|SCUI|SDUI|SAB|TTY|CODE|STR|SRL|SUPPRESS|CVF|
 *     CUI|TUI|STN|STY|ATUI|CVF|
 *
 * Names that are not English, and suppressed ones, are left out. Source: UMLS Reference Manual, chapters 3.3.4 and 3.3.7.
 */
import { readLines } from "../../files/lines.ts";
import type { VocabularyConcept } from "./concept.ts";
import { curieOf } from "./curie.ts";
import { notOfKind, type VocabularyFile } from "./vocabulary-file.ts";

/** Semantic types by their tree numbers' or TUIs' use in the field: disorders, chemicals and drugs, genes, living beings, anatomy. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Disease: "T019 T020 T033 T037 T046 T047 T048 T049 T050 T184 T190 T191",
    Chemical: "T103 T104 T109 T114 T120 T121 T122 T123 T125 T126 T127 T130 T131 T195 T196 T197 T200",
    Gene: "T028 T116",
    Species: "T001 T002 T004 T005 T007 T008 T010 T011 T012 T013 T014 T015 T016 T194 T204",
    Anatomy: "T017 T018 T021 T022 T023 T024 T025 T026 T029 T030 T031",
  }).flatMap(([type, ids]) => ids.split(" ").map((id) => [id, type] as const)),
);

/** Sources whose codes are identifiers of the same meaning. */
const SOURCES: Readonly<Record<string, string>> = {
  MSH: "mesh",
  OMIM: "omim",
  HGNC: "hgnc",
  SNOMEDCT_US: "snomedct",
  NCI: "ncit",
  HPO: "hp",
  RXNORM: "rxnorm",
};

/** @throws BiogptError `corpora/vocabulary` */
export async function* readUmls(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  for await (const { text, number } of readLines(file.path, file.chunks)) {
    if (text === "") continue;
    const fields = text.split("|");
    const cui = fields[0]!;
    const isType = /^T\d{3}$/.test(fields[1] ?? "");
    if (!/^C\d{7}$/.test(cui) || fields.length < (isType ? 4 : 17)) {
      const why = "MRCONSO.RRF has 18 fields a line, MRSTY.RRF six; the first is a CUI.";
      throw notOfKind(file.path, `line ${number}`, `"${text.slice(0, 60)}" is no record`, why);
    }
    if (isType) {
      const type = TYPES.get(fields[1]!);
      if (type !== undefined) yield { id: `umls:${cui}`, name: undefined, synonyms: [], alternatives: [], type };
      continue;
    }
    const [, language, status, , form, , preferred, , , , , source, , code, name, , suppressed] = fields as [
      string,
      ...string[],
    ];
    if (language !== "ENG" || /^[EOY]$/.test(suppressed ?? "") || name === undefined || name === "") continue;
    const isPreferred = status === "P" && form === "PF" && preferred === "Y";
    const prefix = SOURCES[source ?? ""];
    const other =
      prefix === undefined || /^(MTHU|NOCODE|U\d)/.test(code ?? "") ? undefined : curieOf(code ?? "", prefix);
    yield {
      id: `umls:${cui}`,
      name: isPreferred ? name : undefined,
      synonyms: isPreferred ? [] : [{ text: name, scope: "exact", count: 1 }],
      alternatives: other === undefined ? [] : [other],
      type: undefined,
    };
  }
}
