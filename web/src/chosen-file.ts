/** The text of a file that was chosen in a field. */

/** Undefined where another one was chosen before this was read: a large file must not overtake it. */
export async function chosenText(field: HTMLInputElement): Promise<string | undefined> {
  const file = field.files?.[0];
  const text = (await file?.text()) ?? "";
  return field.files?.[0] === file ? text : undefined;
}
