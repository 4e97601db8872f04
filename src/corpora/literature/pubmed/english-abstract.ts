/** The abstract of a record that has none of its own: PubMed shows an English one of another party (PIP, KIE) in its place. */
import type { OtherAbstract } from "../../document.ts";

/** The party's name, which stands before its text and is none of it: a model would take "PIP" for a chemical. */
const PARTY = /^(?:PIP|KIE|AAMC|NASA|AIDS):\s*/;

/** "" where there is none; a summary for lay readers is none. */
export function englishAbstract(others: readonly OtherAbstract[] = []): string {
  const abstract = others.find(({ language = "eng", type }) => language === "eng" && type !== "plain-language-summary");
  return abstract?.text.replace(PARTY, "") ?? "";
}
