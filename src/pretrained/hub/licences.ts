/**
 * Under which terms a fetched model may be used: what its card and files say, and what the model that it was trained on from adds.
 *
 * A card names one licence; that of a base model binds too and is often left unsaid. Shown once for each model, until the terms change: what was shown
 * stands in `licences-shown.json` of the cache folder.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { defaultCacheFolder } from "../load/cached-copy.ts";

export interface Licence {
  /** "apache-2.0", "Llama 2 Community License Agreement". */
  readonly name: string;
  /** Who says so, or what it comes from. */
  readonly from: string;
}

const LLAMA_2: Licence = {
  name: "Llama 2 Community License Agreement and its Acceptable Use Policy (ai.meta.com/llama/license)",
  from: "Llama 2, which the model was trained on from",
};

/** Models whose cards leave out what their base adds. */
const INHERITED: Readonly<Record<string, readonly Licence[]>> = {
  "pharmolix/biomedgpt-lm-7b": [LLAMA_2],
  "pharmolix/biomedgpt-10b": [LLAMA_2],
};

/** Files that are terms. */
const TERMS = /^(?:LICEN[CS]E|USE_POLICY|NOTICE)(?:\.\w+)?$/;
/** A card's front matter has some kilobytes. */
const CARD_CHARACTERS = 20_000;

/** @param folder of the fetched model */
export async function licencesOf(name: string, folder: string): Promise<Licence[]> {
  const card = await readFile(join(folder, "README.md"), "utf8").catch(() => "");
  const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card.slice(0, CARD_CHARACTERS))?.[1] ?? "";
  const said = /^licen[cs]e(?:_name)?:[ \t]*["']?([^"'\r\n]+)/m.exec(frontMatter)?.[1]?.trim();
  const files = (await readdir(folder).catch(() => [])).filter((file) => TERMS.test(file)).sort();
  const isOfLlama2 = /^base_model:(?:[ \t]*|(?:\r?\n[ \t]*-[ \t]*))["']?[^\r\n]*llama-2/im.test(frontMatter);
  const inherited = INHERITED[name.toLowerCase()] ?? (isOfLlama2 ? [LLAMA_2] : []);
  return [
    ...(said === undefined ? [] : [{ name: said, from: "its card" }]),
    ...files.map((file) => ({ name: file, from: "a file in its folder" })),
    ...inherited,
  ];
}

/**
 * Lines for people on terms that were not shown before; they count as shown from now on.
 *
 * A cache folder that cannot be written only means that they are shown again.
 */
export async function unseenLicences(
  name: string,
  licences: readonly Licence[],
  cacheFolder: string = defaultCacheFolder(),
): Promise<string[]> {
  if (licences.length === 0) return [];
  const path = join(cacheFolder, "licences-shown.json");
  const shown = await readFile(path, "utf8").then(
    (text) => JSON.parse(text) as Record<string, string>,
    () => ({}) as Record<string, string>,
  );
  const hash = createHash("sha256").update(JSON.stringify(licences)).digest("hex").slice(0, 16);
  if (shown[name] === hash) return [];
  await mkdir(cacheFolder, { recursive: true })
    .then(() => writeFileAtomically(path, `${JSON.stringify({ ...shown, [name]: hash }, null, 2)}\n`))
    .catch(() => {});
  return [
    `${name} may be used under all of these terms:`,
    ...licences.map((licence) => `  ${licence.name} (${licence.from})`),
  ];
}
