/** What the readers of config.json do alike. */
import type { z } from "zod";

/** The fields that a family's schema asks for. @param refuse told which field is missing or wrong, and why; it throws */
export function configFields<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
  refuse: (why: string) => never,
): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  return refuse(`${issue.path.join(".") || "the whole"}: ${issue.message}`);
}
