/**
 * The original DDI corpus: XML (a sentence's text, entities and pairs in attributes) or BRAT (.txt beside .ann).
 *
 * Texts    XML has sentences only; they are joined by one space, which gives the JSON's text but for a dozen documents of
 *          MEDLINE whose title the JSON writes without its brackets. BRAT's text is taken as it is.
 * Left out negative pairs, and the copies for the drug-name task ("Test for DrugNER task").
 */
import { createHash } from "node:crypto";
import { SaxesParser } from "saxes";
import { BiogptError } from "../../base/errors.ts";
import { archiveEntries } from "../../files/archive.ts";
import { codePointLength, utf16IndexOf } from "../code-points.ts";
import { parseWholeXml } from "../xml.ts";
import type { DrugDrugDocument, DrugMention, InteractionTriple } from "./drug-drug.ts";
import { decodeText, readBytes, type SourceFile, type SplitName, type Surprise, withSlashes } from "./task-files.ts";

/** The documents of the training part that BioGPT's valid.json holds, by folder and file name. */
export const DDI_VALIDATION: ReadonlySet<string> = new Set([
  ...(
    "Isocarboxazid Desmopressin Atorvastatin Naltrexone Fludrocortisone Netilmicin Naproxen Diclofenac Guaifenesin Carboplatin Cefotetan " +
    "Chloroprocaine Diethylstilbestrol Fenofibrate Cimetidine Aliskiren Azathioprine Atropine Dolasetron Cabergoline Adinazolam " +
    "Dexamethasone Lovastatin Piperacillin Droperidol Naratriptan Chlordiazepoxide Dexfenfluramine Vardenafil Gabapentin Dopamine " +
    "Frovatriptan Lenalidomide Imipramine Nimodipine Carteolol Chlorthalidone Bretylium"
  )
    .split(" ")
    .map((drug) => `DrugBank/${drug}_ddi`),
  "DrugBank/Coagulation factor VIIa_ddi",
  ...[1115367, 2981680, 4038510, 15986716, 7786695, 11085305, 11198959, 7794883, 6537219, 2857099, 6545279].map(
    (pmid) => `MedLine/${pmid}`,
  ),
]);

interface NamedBytes {
  readonly name: string;
  readonly bytes: () => Uint8Array;
}

export interface OriginalDdi {
  readonly splits: Readonly<Partial<Record<SplitName, readonly DrugDrugDocument[]>>>;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
}

/** @returns undefined when the files hold nothing of the format, loose or in a zip */
export function readDdiOriginal(files: readonly string[], format: "xml" | "brat"): OriginalDdi | undefined {
  const ending = format === "xml" ? ".xml" : ".ann";
  let source: SourceFile | undefined;
  let parts: NamedBytes[] = files.map((name) => ({ name, bytes: () => readBytes(name).bytes }));
  if (!parts.some(({ name }) => splitOf(name) !== undefined && name.endsWith(ending))) {
    parts = [];
    for (const path of files.filter((file) => file.endsWith(".zip"))) {
      const file = readBytes(path);
      const entries = archiveEntries(file.bytes, path);
      if (!entries.some(({ name }) => splitOf(name) !== undefined && name.endsWith(ending))) continue;
      source = { name: path, sha256: file.sha256 };
      parts = entries.map((entry) => ({ name: entry.name, bytes: () => entry.read() }));
      break;
    }
  }
  const wanted = parts
    .filter(({ name }) => name.endsWith(ending) && splitOf(name) !== undefined && !name.includes("DrugNER"))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (wanted.length === 0) return undefined;

  const texts = new Map(parts.filter(({ name }) => name.endsWith(".txt")).map((part) => [part.name, part]));
  const splits: Record<SplitName, DrugDrugDocument[]> = { train: [], valid: [], test: [] };
  const hash = createHash("sha256");
  const untyped: string[] = [];
  let unrelated = 0;
  const read = ({ name, bytes }: NamedBytes): string => {
    const content = bytes();
    hash.update(content);
    return decodeText({ path: name, bytes: content });
  };
  for (const part of wanted) {
    const stem = part.name.slice(0, -ending.length);
    const text = texts.get(`${stem}.txt`);
    if (format === "brat" && text === undefined) {
      throw new BiogptError("corpora/brat", {
        what: `${part.name} has no text file beside it.`,
        fix: "A BRAT document is a pair of .txt and .ann files.",
      });
    }
    const name = withSlashes(stem).split("/").slice(-2).join("/");
    const document =
      format === "xml"
        ? readDdiXml(read(part), part.name, () => untyped.push(name))
        : readBrat(read(text!), read(part), name, part.name);
    const split = DDI_VALIDATION.has(name) ? "valid" : splitOf(part.name)!;
    if (format === "brat" && split === "test" && document.triples.length === 0) unrelated++;
    else splits[split].push(document);
  }
  const surprises: Surprise[] = [];
  if (untyped.length > 0) {
    surprises.push({
      code: "ddi/untyped-pair",
      text: `Pairs without a type are read as "int": ${untyped.join(", ")}.`,
    });
  }
  if (unrelated > 0) {
    surprises.push({
      code: "ddi/name-task-documents",
      text: `${unrelated} test documents without relations are left out: BRAT's folder holds the drug-name task's as well.`,
    });
  }
  const all: SourceFile = source ?? { name: `${wanted.length} ${ending} files`, sha256: hash.digest("hex") };
  return { splits, files: [all], surprises };
}

/** @param name a path with either separator: entries of a zip have slashes, files on Windows backslashes */
export function splitOf(name: string): SplitName | undefined {
  const folders = withSlashes(name);
  if (/(?:^|\/)Train\//.test(folders)) return "train";
  return /(?:^|\/)Test\//.test(folders) ? "test" : undefined;
}

/** @param onUntyped called for a positive pair without a type (one of the corpus; BRAT calls it INT) */
export function readDdiXml(xml: string, name: string, onUntyped: () => void = () => {}): DrugDrugDocument {
  const parser = new SaxesParser({ fileName: name });
  let id = "";
  let text = "";
  let shift = 0;
  let limit = 0; //  of the present sentence, in code points as its offsets are
  let indexOf = utf16IndexOf("");
  const mentions: DrugMention[] = [];
  const named = new Map<string, string>();
  const triples = new Map<string, InteractionTriple>();
  const sentences = new Map<string, { passage: number; start: number; end: number }[]>();
  parser.on("opentag", ({ name: tag, attributes }) => {
    const attribute = (key: string): string => String(attributes[key] ?? "");
    if (tag === "document") id = attribute("id");
    else if (tag === "sentence") {
      const sentence = attribute("text").trimEnd();
      if (text !== "") text += " ";
      shift = text.length;
      limit = codePointLength(sentence);
      indexOf = utf16IndexOf(sentence);
      text += sentence.replaceAll(/[\r\n]/g, " ");
    } else if (tag === "entity") {
      named.set(attribute("id"), attribute("text"));
      // "4-19" or, for a name in two places, "4-10;15-19": the last index is inclusive; the whole stretch is taken.
      const numbers = attribute("charOffset").split(/[-;]/).map(Number);
      const [start, end] = [numbers[0], numbers.at(-1)];
      if (start === undefined || end === undefined || !(start >= 0 && end >= start && end < limit)) return;
      mentions.push({
        start: shift + indexOf(start),
        end: shift + indexOf(end + 1),
        text: attribute("text"),
        type: attribute("type"),
      });
    } else if (tag === "pair" && attribute("ddi") === "true") {
      const [drug, target] = [named.get(attribute("e1")), named.get(attribute("e2"))];
      if (drug === undefined || target === undefined) return;
      const type = attribute("type");
      if (type === "") onUntyped();
      const triple = { drug, target, interaction: type || "int" };
      const key = JSON.stringify(triple);
      const stated = sentences.get(key) ?? [];
      const sentence = { passage: 0, start: shift, end: shift + indexOf(limit) };
      if (stated.at(-1)?.start !== shift) stated.push(sentence);
      sentences.set(key, stated);
      triples.set(key, { ...triple, sentences: stated });
    }
  });
  parseWholeXml(parser, xml, name);
  return { id, text, triples: [...triples.values()], mentions };
}

/** Reads a BRAT pair; annotations of other kinds (events, notes) are left out. */
export function readBrat(text: string, annotations: string, id: string, name: string): DrugDrugDocument {
  const indexOf = utf16IndexOf(text);
  const mentions = new Map<string, DrugMention>();
  const triples = new Map<string, InteractionTriple>();
  for (const [index, line] of annotations.split(/\r?\n/).entries()) {
    const [key, fields, wording] = line.split("\t");
    if (key?.startsWith("T") === true) {
      const [type, ...offsets] = (fields ?? "").split(/[ ;]/);
      const numbers = offsets.map(Number);
      const [start, end] = [numbers[0], numbers.at(-1)];
      if (type === undefined || wording === undefined || start === undefined || end === undefined || !(end >= start)) {
        throw new BiogptError("corpora/brat", {
          what: `${name}, line ${index + 1}: "${line.slice(0, 60)}" is no mention.`,
        });
      }
      mentions.set(key, { start: indexOf(start), end: indexOf(end), text: wording, type: type.toLowerCase() });
    } else if (key?.startsWith("R") === true) {
      const [type, first, second] = (fields ?? "").split(" ");
      const [drug, target] = [mentions.get(first?.slice(5) ?? ""), mentions.get(second?.slice(5) ?? "")];
      if (type === undefined || drug === undefined || target === undefined) {
        throw new BiogptError("corpora/brat", {
          what: `${name}, line ${index + 1}: "${line.slice(0, 60)}" joins mentions that are not there.`,
        });
      }
      const triple = { drug: drug.text, target: target.text, interaction: type.toLowerCase() };
      triples.set(JSON.stringify(triple), triple);
    }
  }
  return { id, text, triples: [...triples.values()], mentions: [...mentions.values()] };
}
