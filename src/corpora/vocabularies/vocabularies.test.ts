/** Each kind of vocabulary from a small file in its form; forms as the sources of August 2026 and their manuals show them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import type { VocabularyConcept } from "./concept.ts";
import { annotatedCurie, biolinkCurie, canonicalPrefix, curieOf } from "./curie.ts";
import { readVocabulary, VOCABULARY_KINDS, vocabularyKind } from "./kinds.ts";

const file = join(temporaryFolder(), "vocabulary");

async function read(kind: string, content: string | Uint8Array): Promise<VocabularyConcept[]> {
  const concepts: VocabularyConcept[] = [];
  writeFileSync(file, content);
  for await (const concept of readVocabulary(vocabularyKind(kind), file)) concepts.push(concept);
  return concepts;
}

/** `name; synonyms; ~related; = alternatives` */
function brief({ id, name, synonyms, alternatives, type }: VocabularyConcept): string {
  const names = synonyms.map(({ text, scope }) => (scope === "exact" ? text : `~${text}`));
  return `${id} ${type ?? "?"}: ${[name ?? "-", ...names].join("; ")} = ${alternatives.join(" ")}`.trim();
}

const MESH_XML = `<?xml version="1.0"?>
<!DOCTYPE DescriptorRecordSet SYSTEM "https://www.nlm.nih.gov/databases/dtd/nlmdescriptorrecordset_20260101.dtd">
<DescriptorRecordSet LanguageCode="eng">
<DescriptorRecord DescriptorClass="1">
  <DescriptorUI>D003110</DescriptorUI>
  <DescriptorName><String>Colonic Neoplasms</String></DescriptorName>
  <SeeRelatedList><SeeRelatedDescriptor><DescriptorReferredTo><DescriptorUI>D016543</DescriptorUI></DescriptorReferredTo></SeeRelatedDescriptor></SeeRelatedList>
  <TreeNumberList><TreeNumber>C04.588.274.476.411.307.180</TreeNumber></TreeNumberList>
  <ConceptList>
    <Concept PreferredConceptYN="Y"><ConceptUI>M1</ConceptUI><ConceptName><String>Colonic Neoplasms</String></ConceptName>
      <RegistryNumberList><RegistryNumber>0</RegistryNumber></RegistryNumberList>
      <TermList><Term RecordPreferredTermYN="Y"><TermUI>T1</TermUI><String>Colonic Neoplasms</String></Term>
        <Term><TermUI>T2</TermUI><String>Neoplasms of Colon &amp; Caecum</String></Term></TermList></Concept>
    <Concept PreferredConceptYN="N"><TermList><Term><String>Colon Cancer</String></Term></TermList></Concept>
  </ConceptList>
</DescriptorRecord>
<DescriptorRecord DescriptorClass="1">
  <DescriptorUI>D001241</DescriptorUI><DescriptorName><String>Aspirin</String></DescriptorName>
  <TreeNumberList><TreeNumber>D02.455.426.559.389.657.410.595.176</TreeNumber></TreeNumberList>
  <ConceptList><Concept PreferredConceptYN="Y"><RegistryNumber>50-78-2</RegistryNumber>
    <TermList><Term><String>Aspirin</String></Term></TermList></Concept></ConceptList>
</DescriptorRecord>
</DescriptorRecordSet>`;

const SUPPLEMENTARY_XML = `<SupplementalRecordSet LanguageCode="eng"><SupplementalRecord SCRClass="3">
<SupplementalRecordUI>C565588</SupplementalRecordUI><SupplementalRecordName><String>Epidermolysis Bullosa With Diaphragmatic Hernia</String></SupplementalRecordName>
<ConceptList><Concept PreferredConceptYN="Y"><TermList><Term><String>EB with hernia</String></Term></TermList></Concept></ConceptList>
</SupplementalRecord></SupplementalRecordSet>`;

const MESH_ASCII = `*NEWRECORD
RECTYPE = D
MH = Calcimycin
ENTRY = A-23187|T109|T195|LAB|NRW|NLM (1991)|900308|abbcdef
ENTRY = Antibiotic A23187
MN = D03.633.100.221.173
RN = 52665-69-7
UI = D000001

*NEWRECORD
RECTYPE = C
NM = bevonium
SY = CG 201|T109|T121|NLM (2018)|171228|abcdef
RN = 33371-53-8
UI = C000002
`;

const CTD = `# CTD Diseases
# Fields:
# DiseaseName,DiseaseID,AltDiseaseIDs,Definition,ParentIDs,TreeNumbers,ParentTreeNumbers,Synonyms,SlimMappings
#
"Tooth Agenesis, Selective, 6",MESH:C567755,OMIM:613097|DO:DOID:0112090,"A ""rare"" form",MESH:D000848,C07/C567755,C07,STHAG6|Oligodontia 6,
`;

const CTD_CHEMICALS = `# Fields:
# ChemicalName\tChemicalID\tCasRN\tDefinition\tParentIDs\tTreeNumbers\tParentTreeNumbers\tSynonyms
Aspirin\tMESH:D001241\t50-78-2\t\t\t\t\tAcetylsalicylic Acid|Acid, Acetylsalicylic
`;

const CHEBI_NAMES = `id\tcompound_id\tname\ttype\tstatus_id\tadapted\tlanguage_code\tascii_name
1\t15365\t2-(acetyloxy)benzoic acid\tIUPAC NAME\t1\tfalse\ten\t2-(acetyloxy)benzoic acid
2\t15365\tAcetylsalicylsäure\tSYNONYM\t1\tfalse\tde\tAcetylsalicylsaeure
`;
const CHEBI_COMPOUNDS = `ID\tSTATUS\tCHEBI_ACCESSION\tSOURCE\tPARENT_ID\tNAME\tDEFINITION
15365\tC\tCHEBI:15365\tChEBI\tnull\tacetylsalicylic acid\tnull
2882\tC\tCHEBI:2882\tKEGG\t15365\tAspirin\tnull
`;

const GENE_INFO = `#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\tdescription\ttype_of_gene\tSymbol_from_nomenclature_authority\tFull_name_from_nomenclature_authority\tNomenclature_status\tOther_designations
9606\t7157\tTP53\t-\tBCC7|LFS1\tMIM:191170|HGNC:HGNC:11998|Ensembl:ENSG00000141510|AllianceGenome:HGNC:11998\t17\t17p13.1\ttumor protein p53\tprotein-coding\tTP53\ttumor protein p53\tO\tcellular tumor antigen p53|p53 tumor suppressor
`;

const HGNC = `hgnc_id\tsymbol\tname\talias_symbol\talias_name\tprev_symbol\tentrez_id\tensembl_gene_id\tomim_id\tuniprot_ids
HGNC:11998\tTP53\ttumor protein p53\t"p53|LFS1"\t\tTRP53\t7157\tENSG00000141510\t191170\tP04637
`;

const DRUGBANK = `DrugBank ID,Accession Numbers,Common name,CAS,UNII,Synonyms,Standard InChI Key
DB00945,APRD00264,Acetylsalicylic acid,50-78-2,R16CO5Y76E,"2-Acetoxybenzoic acid | Acide acétylsalicylique | ""ASA"", plain",BSYNRYMUTXBXSQ-UHFFFAOYSA-N
`;

const MRCONSO = `C0004057|ENG|P|L0004057|PF|S0007491|Y|A0020808||M0001845|D001241|MSH|MH|D001241|Aspirin|0|N|256|
C0004057|ENG|S|L0000884|PF|S0007492|Y|A0020809||M0001845|D001241|MSH|ET|D001241|Acetylsalicylic Acid|0|N|256|
C0004057|GER|P|L0000001|PF|S0000001|Y|A0000001||||MSHGER|MH|D001241|Aspirin DE|3|N||
C0004057|ENG|S|L0000002|PF|S0000002|Y|A0000002||||X|PT|1|withdrawn|0|O||
`;

const OBO = `format-version: 1.2

[Term]
id: DOID:0040093
name: drug-induced lupus erythematosus ! a comment
alt_id: DOID:1
def: "A lupus \\"caused\\" by drugs." [url:https\\://x]
synonym: "DIL" EXACT OMO:0003012 []
synonym: "lupus, \\"medicamentous\\"" RELATED []
xref: MESH:C000730515
xref: MIM:PS152700
xref: ICD10CM:M32.0
xref: SNOMEDCT_US_2025_09_01:80258006

[Term]
id: DOID:2
name: gone
is_obsolete: true

[Typedef]
id: part_of
name: part of
`;

test.each([
  [
    "mesh",
    MESH_XML,
    [
      "mesh:D003110 Disease: Colonic Neoplasms; Colonic Neoplasms; Neoplasms of Colon & Caecum; ~Colon Cancer =",
      "mesh:D001241 Chemical: Aspirin; Aspirin = cas:50-78-2",
    ],
  ],
  [
    "mesh",
    SUPPLEMENTARY_XML,
    ["mesh:C565588 Disease: Epidermolysis Bullosa With Diaphragmatic Hernia; EB with hernia ="],
  ],
  [
    "mesh",
    MESH_ASCII,
    [
      "mesh:D000001 Chemical: Calcimycin; A-23187; Antibiotic A23187 = cas:52665-69-7",
      "mesh:C000002 ?: bevonium; CG 201 = cas:33371-53-8",
    ],
  ],
  [
    "medic",
    "C567755|613097||Tooth Agenesis, Selective, 6|STHAG6\r\nC||Diseases\n",
    ["mesh:C567755 Disease: Tooth Agenesis, Selective, 6; STHAG6 = omim:613097", "mesh:C Disease: Diseases ="],
  ],
  [
    "medic",
    CTD,
    ["mesh:C567755 Disease: Tooth Agenesis, Selective, 6; STHAG6; Oligodontia 6 = omim:613097 doid:0112090"],
  ],
  ["ctd", CTD_CHEMICALS, ["mesh:D001241 Chemical: Aspirin; Acetylsalicylic Acid; Acid, Acetylsalicylic = cas:50-78-2"]],
  ["chebi", CHEBI_NAMES, ["chebi:15365 Chemical: -; 2-(acetyloxy)benzoic acid ="]],
  [
    "chebi",
    CHEBI_COMPOUNDS,
    ["chebi:15365 Chemical: acetylsalicylic acid =", "chebi:15365 Chemical: -; Aspirin = chebi:2882"],
  ],
  [
    "chebi",
    OBO.replaceAll("DOID:", "CHEBI:"),
    [
      'chebi:0040093 Chemical: drug-induced lupus erythematosus; DIL; ~lupus, "medicamentous" = chebi:1 mesh:C000730515 omim.ps:PS152700',
    ],
  ],
  [
    "ncbigene",
    GENE_INFO,
    [
      "ncbigene:7157 Gene: TP53; BCC7; LFS1; tumor protein p53; TP53; ~cellular tumor antigen p53; ~p53 tumor suppressor = omim:191170 hgnc:11998 ensembl:ENSG00000141510",
    ],
  ],
  [
    "hgnc",
    HGNC,
    [
      "hgnc:11998 Gene: TP53; tumor protein p53; p53; LFS1; ~TRP53 = ncbigene:7157 ensembl:ENSG00000141510 uniprot:P04637 omim:191170",
    ],
  ],
  [
    "drugbank",
    DRUGBANK,
    [
      'drugbank:DB00945 Chemical: Acetylsalicylic acid; 2-Acetoxybenzoic acid; Acide acétylsalicylique; "ASA", plain = cas:50-78-2',
    ],
  ],
  [
    "umls",
    MRCONSO,
    ["umls:C0004057 ?: Aspirin = mesh:D001241", "umls:C0004057 ?: -; Acetylsalicylic Acid = mesh:D001241"],
  ],
  ["umls", "C0004057|T121|A1.4.1.1.1|Pharmacologic Substance|AT17648347||\n", ["umls:C0004057 Chemical: - ="]],
  [
    "obo",
    OBO,
    [
      'doid:0040093 Disease: drug-induced lupus erythematosus; DIL; ~lupus, "medicamentous" = doid:1 mesh:C000730515 omim.ps:PS152700',
    ],
  ],
  [
    "obo",
    'id\tlabel\txref\n"DOID:0112248"\t"17-beta ""x"" deficiency"\t"MIM:264300"\n',
    ['doid:0112248 Disease: 17-beta "x" deficiency = omim:264300'],
  ],
  [
    "pubtator",
    "1|t|DM and DM\n1|a|colon or breast cancer\n1\t0\t2\tDM\tSpecificDisease\tD009223\n1\t7\t9\tDM\tSpecificDisease\tD009223\n1\t10\t32\tcolon or breast cancer\tCompositeMention\tD003110|D001943\n1\t0\t2\tDM\tDisease\t-1\n",
    [
      "mesh:D009223 Disease: -; DM =",
      "mesh:D003110 Disease: -; colon or breast cancer =",
      "mesh:D001943 Disease: -; colon or breast cancer =",
    ],
  ],
])("%s: names, scopes, types and other identifiers of its form %#", async (kind, content, wanted) => {
  const concepts = await read(kind, content);
  expect(concepts.map(brief)).toEqual(wanted);
  expect((await read(kind, gzipSync(content))).map(brief)).toEqual(wanted);
});

test("the names that a corpus annotates are counted", async () => {
  const line = (start: number): string => `1\t${start}\t${start + 2}\tDM\tDisease\tD009223\n`;
  const [concept] = await read("pubtator", `1|t|DM DM DM\n${line(0)}${line(3)}${line(6)}`);
  expect(concept?.synonyms).toEqual([{ text: "DM", scope: "exact", count: 3 }]);
});

test.each([
  ["medic", "no bars here\n", "line 1"],
  ["medic", "C1|2||Name\nC2 and nothing else\n", "line 2"],
  ["ncbigene", "#tax_id\tGeneID\tSymbol\n9606\tseven\tTP53\n", '"seven" is no GeneID'],
  ["hgnc", "symbol\tname\nTP53\tx\n", "without hgnc_id"],
  ["drugbank", "DrugBank ID,Common name\nDB1,x\n", '"DB1" is no DrugBank id'],
  ["drugbank", 'DrugBank ID,Common name\nDB00001,"x\n', "is no CSV"],
  ["umls", "C0004057|ENG|P\n", "is no record"],
  ["obo", "just text\n", "no stanza"],
  ["obo", "[Term]\nid: A:1\nsynonym: DIL\n", "line 3"],
  ["mesh", "<html>no</html>", "other XML"],
  ["mesh", "MH = early\n", "before the first record"],
  ["chebi", "a\tb\nc\td\n", "without chebi_accession or id"],
])("%s refuses a file of another kind, naming the place: %j", async (kind, content, named) => {
  await expect(read(kind, content)).rejects.toMatchObject({
    code: "corpora/vocabulary",
    message: expect.stringContaining(named),
  });
});

test("an unknown kind is told with the near one", () => {
  expect(() => vocabularyKind("mech")).toThrow(/mesh/);
  expect(() => vocabularyKind("constructor")).toThrow(/no kind of vocabulary/);
});

test("no kind crashes on any text: concepts, or an error of ours", async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc
      .constantFrom(MESH_XML, MESH_ASCII, CTD, CHEBI_NAMES, GENE_INFO, HGNC, DRUGBANK, MRCONSO, OBO)
      .chain((sample) =>
        fc
          .tuple(fc.nat(sample.length - 1), fc.nat(40), fc.string({ maxLength: 10 }))
          .map(([at, cut, put]) => sample.slice(0, at) + put + sample.slice(at + cut)),
      ),
  );
  const kinds = fc.constantFrom(...Object.keys(VOCABULARY_KINDS));
  await fc.assert(
    fc.asyncProperty(kinds, text, async (kind, content) => {
      const result = await read(kind, content).catch((error: unknown) => error);
      if (!Array.isArray(result)) expect(result).toMatchObject({ name: "BiogptError", kind: "input" });
    }),
    { numRuns: 60 },
  );
});

test("identifiers become CURIEs with the Bioregistry's prefixes, and Biolink's spelling comes back", () => {
  expect(
    ["MESH:D1", "MSH:D1", "OMIM:5", "MIM:PS5", "DOID:7", "HGNC:HGNC:5", "UMLS_CUI:C1", "SNOMEDCT_US_2025_09_01:8"].map(
      (id) => curieOf(id, undefined),
    ),
  ).toEqual(["mesh:D1", "mesh:D1", "omim:5", "omim.ps:PS5", "doid:7", "hgnc:5", "umls:C1", "snomedct:8"]);
  expect(curieOf("-1", "mesh")).toBeUndefined();
  expect(["D003866", "C565588", "613097"].map((id) => annotatedCurie(id, "Disease"))).toEqual([
    "mesh:D003866",
    "mesh:C565588",
    "omim:613097",
  ]);
  expect([
    annotatedCurie("7157", "Gene"),
    annotatedCurie("9606", "Species"),
    annotatedCurie("CVCL_0030", "CellLine"),
  ]).toEqual(["ncbigene:7157", "ncbitaxon:9606", "cellosaurus:0030"]);
  expect([biolinkCurie("mesh:D1"), biolinkCurie("ncbigene:7157"), biolinkCurie("other:1")]).toEqual([
    "MESH:D1",
    "NCBIGene:7157",
    "other:1",
  ]);
  expect(canonicalPrefix("Strange Words")).toBe("strange_words");
});
