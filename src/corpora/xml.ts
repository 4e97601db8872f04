/** XML that is read whole, by a parser's events. */
import type { SaxesParser } from "saxes";
import { BiogptError } from "../base/errors.ts";

/**
 * @param name of the file or entry, for the error
 * @throws BiogptError `corpora/xml` where it is not well-formed; what a listener of the parser throws as its cause
 */
export function parseWholeXml(parser: Pick<SaxesParser, "write">, xml: string, name: string): void {
  try {
    parser.write(xml).close();
  } catch (cause) {
    throw new BiogptError("corpora/xml", {
      what: `${name} is not well-formed XML: ${(cause as Error).message}.`,
      fix: "Fetch the file again; it may be cut off.",
      cause,
    });
  }
}
