/** Bold, dim and underlined text for terminals; plain text elsewhere and where NO_COLOR is set. */
export interface Styles {
  bold(text: string): string;
  dim(text: string): string;
  underline(text: string): string;
}

export function styles(terminal: boolean): Styles {
  const on = terminal && !process.env["NO_COLOR"];
  const wrap =
    (begin: number, end: number) =>
    (text: string): string =>
      on ? `\x1b[${begin}m${text}\x1b[${end}m` : text;
  return { bold: wrap(1, 22), dim: wrap(2, 22), underline: wrap(4, 24) };
}
