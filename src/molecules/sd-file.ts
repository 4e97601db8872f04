/** MOL and SD files: blocks of atoms and bonds, each with a title line, records of an SD file apart by `$$$$`. */

export interface MolRecord {
  /** The title line; often empty. */
  readonly name: string;
  /** Up to and with `M  END`, which is what `smilesOfMolBlock` reads. */
  readonly block: string;
}

/** Whether a text is of this kind and no SMILES: a counts line and an end. */
export function isMolText(text: string): boolean {
  return /V[23]000\s*$/m.test(text) && /^M {2}END\s*$/m.test(text);
}

/** The records of a MOL or SD file; data fields after a block are left out. */
export function molRecords(text: string): MolRecord[] {
  return text
    .split(/^\$\$\$\$\s*$\n?/m)
    .filter((record) => record.trim() !== "")
    .map((record) => {
      const end = /^M {2}END\s*$/m.exec(record);
      const block = end === null ? record : record.slice(0, end.index + end[0].length);
      return { name: record.split(/\r?\n/, 1)[0]!.trim(), block: `${block.trimEnd()}\n` };
    });
}
