/** A text file of an export: written in pieces of some size, appearing whole or not at all. */
import { createAtomicFile } from "../../files/atomic-file.ts";

export interface TextOutput {
  write(text: string): Promise<void>;
}

const PIECE = 1 << 18;

export async function writeText(path: string, fill: (output: TextOutput) => Promise<void>): Promise<void> {
  const file = await createAtomicFile(path);
  try {
    let pending: string[] = [];
    let length = 0;
    const flush = async (): Promise<void> => {
      if (length > 0) await file.handle.writeFile(pending.join(""));
      pending = [];
      length = 0;
    };
    await fill({
      write: async (text) => {
        pending.push(text);
        length += text.length;
        if (length >= PIECE) await flush();
      },
    });
    await flush();
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

const BREAKS = /[\t\r\n]+/g;

/** A line of a table parted by tabs: white space in cells is one space. */
export function tabLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map((cell) => (typeof cell === "string" ? cell.replace(BREAKS, " ") : String(cell ?? ""))).join("\t")}\n`;
}

/** Text of XML, without what XML 1.0 cannot write. */
export function xmlText(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r\x7f-\x9f])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
