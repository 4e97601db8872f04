/**
 * PubMed XML (gzip) to documents, in MB of XML a second: our reader, its slow twin on saxes, and gunzip alone, in turns.
 *
 *     npx tsc -p tsconfig.json --noEmit false --outDir tmp/bench && taskset -c 0 node tmp/bench/bench/pubmed-xml.js [FILE.xml.gz]
 *
 * Without a file it makes 120 MB of records with the make-up of a 2021 update file (abstract, authors, MeSH, references).
 * Prints medians, ratios and the peak of resident memory. `taskset -c 0` holds all threads to one core.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { Random } from "../src/base/random.ts";
import { readPubmedXml } from "../src/corpora/literature/pubmed/pubmed-xml.ts";
import { openBytes } from "../src/files/bytes.ts";

const ROUNDS = 5;
const random = new Random(1);
const word = (): string => random.integer(3e7).toString(36);
const words = (count: number): string => Array.from({ length: count }, word).join(" ");
const times = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join("\n");

function record(pmid: number): string {
  return `<PubmedArticle>
    <MedlineCitation Status="MEDLINE" Owner="NLM">
        <PMID Version="1">${pmid}</PMID>
        <DateRevised><Year>2021</Year><Month>01</Month><Day>09</Day></DateRevised>
        <Article PubModel="Print-Electronic">
            <Journal><ISSN IssnType="Electronic">1520-4995</ISSN><JournalIssue CitedMedium="Internet"><PubDate><Year>2021</Year></PubDate></JournalIssue><Title>${words(3)}</Title></Journal>
            <ArticleTitle>${words(12)} <i>${words(2)}</i> &lt; 5 α.</ArticleTitle>
            <Abstract>${["BACKGROUND", "METHODS", "RESULTS"].map((label) => `<AbstractText Label="${label}" NlmCategory="${label}">${words(70)} (<i>P</i> &lt; 0.05).</AbstractText>`).join("\n")}</Abstract>
            <AuthorList CompleteYN="Y">${times(
              6,
              () => `
                <Author ValidYN="Y">
                    <LastName>${word()}</LastName>
                    <ForeName>${word()}</ForeName>
                    <Initials>AB</Initials>
                    <AffiliationInfo>
                        <Affiliation>${words(15)}</Affiliation>
                    </AffiliationInfo>
                </Author>`,
            )}</AuthorList>
            <Language>eng</Language>
            <PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>
        </Article>
        <MeshHeadingList>${times(
          12,
          (i) => `
            <MeshHeading>
                <DescriptorName UI="D00${i}" MajorTopicYN="N">${words(2)}</DescriptorName>
                <QualifierName UI="Q00${i}" MajorTopicYN="Y">${word()}</QualifierName>
            </MeshHeading>`,
        )}</MeshHeadingList>
    </MedlineCitation>
    <PubmedData>
        <History>${times(4, () => '<PubMedPubDate PubStatus="pubmed"><Year>2021</Year><Month>1</Month><Day>9</Day></PubMedPubDate>')}</History>
        <ArticleIdList><ArticleId IdType="pubmed">${pmid}</ArticleId><ArticleId IdType="doi">10.1/${word()}</ArticleId></ArticleIdList>
        <ReferenceList>${times(
          20,
          () => `
            <Reference>
                <Citation>${words(12)}</Citation>
                <ArticleIdList>
                    <ArticleId IdType="pubmed">${random.integer(3e7)}</ArticleId>
                </ArticleIdList>
            </Reference>`,
        )}</ReferenceList>
    </PubmedData>
</PubmedArticle>`;
}

/** Written as a stream, so that the memory measured below is the readers'. */
async function makeFile(folder: string): Promise<string> {
  const path = join(folder, "made.xml.gz");
  const pool = Array.from({ length: 400 }, (_, i) => record(i + 1));
  function* parts(): Generator<string> {
    yield '<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n';
    for (let size = 0, i = 0; size < 120e6; i++) {
      yield `${pool[i % pool.length]!}\n`;
      size += pool[i % pool.length]!.length;
    }
    yield "</PubmedArticleSet>\n";
  }
  await pipeline(Readable.from(parts()), createGzip(), createWriteStream(path));
  return path;
}

interface Outcome {
  readonly bytes: number;
  readonly documents: number;
  readonly characters: number;
}

async function gunzip(path: string): Promise<Outcome> {
  let bytes = 0;
  for await (const piece of createReadStream(path).pipe(createGunzip({ chunkSize: 1 << 18 }))) bytes += piece.length;
  return { bytes, documents: 0, characters: 0 };
}

const reader =
  (parser: "fast" | "saxes") =>
  async (path: string): Promise<Outcome> => {
    const { chunks } = await openBytes(path);
    let documents = 0;
    let characters = 0;
    for await (const { passages } of readPubmedXml(path, chunks, { parser })) {
      documents++;
      for (const { text } of passages) characters += text.length;
    }
    return { bytes: 0, documents, characters };
  };

const folder = await mkdtemp(join(tmpdir(), "biogpt-bench-"));
try {
  const path = process.argv[2] ?? (await makeFile(folder));
  const { bytes } = await gunzip(path);
  const contenders = { "our reader": reader("fast"), "saxes twin": reader("saxes"), "gunzip alone": gunzip };
  const seconds: Record<string, number[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const cpuSeconds: typeof seconds = structuredClone(seconds);
  const outcomes: Record<string, Outcome> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = performance.now();
      const cpu = process.cpuUsage();
      outcomes[name] = await run(path);
      const { user, system } = process.cpuUsage(cpu);
      seconds[name]!.push((performance.now() - start) / 1000);
      cpuSeconds[name]!.push((user + system) / 1e6); // all threads: what one core alone would need
    }
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
  const own = median(cpuSeconds["our reader"]!);
  console.log(`${(bytes / 1e6).toFixed(0)} MB of XML, median of ${ROUNDS} rounds in turns`);
  for (const [name, list] of Object.entries(seconds)) {
    const cpu = median(cpuSeconds[name]!);
    const rate = (time: number): string => (bytes / 1e6 / time).toFixed(1).padStart(7);
    const { documents, characters } = outcomes[name]!;
    console.log(
      `${name.padEnd(14)}${rate(cpu)} MB a CPU second, ${rate(median(list))} by the clock, ${(cpu / own).toFixed(2)} of our time; ${documents} documents, ${characters} characters`,
    );
  }
  console.log(`peak resident memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
} finally {
  await rm(folder, { recursive: true });
}
