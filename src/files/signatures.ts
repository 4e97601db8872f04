/** Kinds of files that are told by their first bytes and are no text: archives, Office documents, PDF, images, databases. */

export interface Signature {
  /** With its article, for a sentence: "a PDF". */
  readonly name: string;
  readonly isArchive: boolean;
  /** What to do instead. */
  readonly fix: string;
}

/** Bytes that `signatureOf` wants to see: an Office document's first entries stand within them, and a tar file's mark. */
export const SIGNATURE_BYTES = 512;

const UNPACK = "Unpack it first and name the files in it.";
const SAVE_AS_TABLE = "Save the table as CSV (UTF-8) with columns `title` and `abstract`.";
const SAVE_AS_TEXT = "Save its text as plain text (.txt, UTF-8).";
const GET_TEXT =
  "Get the article's XML from PubMed Central, or extract the text, for example with `pdftotext -layout`, and look at it.";

const SIGNATURES: readonly (readonly [magic: string, name: string, isArchive: boolean, fix: string])[] = [
  ["BZh", "bzip2", true, UNPACK],
  ["\xfd7zXZ", "xz", true, UNPACK],
  ["\x28\xb5\x2f\xfd", "Zstandard", true, UNPACK],
  ["7z\xbc\xaf", "a 7-Zip archive", true, UNPACK],
  ["Rar!", "a RAR archive", true, UNPACK],
  ["%PDF", "a PDF", false, GET_TEXT],
  ["\xd0\xcf\x11\xe0", "an old Office document (.doc, .xls, .ppt)", false, `${SAVE_AS_TEXT} ${SAVE_AS_TABLE}`],
  ["{\\rtf", "RTF", false, SAVE_AS_TEXT],
  ["\x89PNG", "a PNG image", false, "Text in pictures is not read."],
  ["\xff\xd8\xff", "a JPEG image", false, "Text in pictures is not read."],
  ["GIF8", "a GIF image", false, "Text in pictures is not read."],
  ["II*\0", "a TIFF image", false, "Text in pictures is not read."],
  ["MM\0*", "a TIFF image", false, "Text in pictures is not read."],
  ["SQLite format 3", "an SQLite database", false, "Export the table as CSV or JSON Lines."],
  [
    "PAR1",
    "a Parquet file",
    false,
    "Export it as JSON Lines, for example with DuckDB: COPY … TO 'x.jsonl' (FORMAT json).",
  ],
];

/** What Office programs' zip archives hold. */
const OFFICE: readonly (readonly [mark: RegExp, name: string, fix: string])[] = [
  [/word\//, "a Word document (.docx)", SAVE_AS_TEXT],
  [/xl\//, "an Excel workbook (.xlsx)", SAVE_AS_TABLE],
  [/ppt\//, "a PowerPoint presentation (.pptx)", SAVE_AS_TEXT],
  [/mimetypeapplication\/vnd\.oasis\.opendocument\.spreadsheet/, "an OpenDocument table (.ods)", SAVE_AS_TABLE],
  [/mimetypeapplication\/vnd\.oasis/, "an OpenDocument text or presentation", SAVE_AS_TEXT],
  [/mimetypeapplication\/epub/, "an EPUB book", SAVE_AS_TEXT],
  [/\[Content_Types\]\.xml|_rels\//, "an Office document (.docx, .xlsx, .pptx)", `${SAVE_AS_TEXT} ${SAVE_AS_TABLE}`],
];

/** A zip archive that is no Office document. */
export function isPlainZip(first: Buffer): boolean {
  return first.toString("latin1", 0, 4) === "PK\x03\x04" && signatureOf(first)?.isArchive === true;
}

/** @param first the first bytes of a file, `SIGNATURE_BYTES` of them where there are as many */
export function signatureOf(first: Buffer): Signature | undefined {
  const text = first.toString("latin1", 0, SIGNATURE_BYTES);
  if (text.startsWith("PK\x03\x04")) {
    const office = OFFICE.find(([mark]) => mark.test(text));
    return office === undefined
      ? { name: "a zip archive", isArchive: true, fix: UNPACK }
      : { name: office[1], isArchive: false, fix: office[2] };
  }
  if (text.slice(257, 262) === "ustar") return { name: "a tar archive", isArchive: true, fix: UNPACK };
  const known = SIGNATURES.find(([magic]) => text.startsWith(magic));
  return known === undefined ? undefined : { name: known[1], isArchive: known[2], fix: known[3] };
}
