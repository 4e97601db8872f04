/** The body of a request: JSON within a limit, of the route's form, or an error that says which field is wrong. */
import { z } from "zod";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { RequestError } from "./errors.ts";

/**
 * @throws RequestError `server/content-type`, `server/body-too-large`, `server/json`, `server/request`; BiogptError `aborted` where the client leaves
 */
export async function readBody<Body>(request: Request, schema: z.ZodType<Body>, mostBytes: number): Promise<Body> {
  // A page of another origin can send forms and plain text unasked; JSON it can not.
  const type = (request.headers.get("Content-Type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type !== "application/json") {
    throw new RequestError(
      "server/content-type",
      {
        what: type === "" ? "The body has no type." : "The body is not JSON.",
        fix: "Send Content-Type: application/json.",
      },
      null,
    );
  }
  return checked(parsed(await bytesOf(request, mostBytes)), schema, null);
}

/** @throws RequestError `server/request` */
export function checked<Value>(value: unknown, schema: z.ZodType<Value>, where: string | null): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { what, fix, param } = slip(schema, result.error.issues, where);
  throw new RequestError("server/request", { what, fix }, param ?? where);
}

async function bytesOf(request: Request, mostBytes: number): Promise<Buffer> {
  const tooLarge = (): RequestError =>
    new RequestError(
      "server/body-too-large",
      {
        what: `The body has more than ${mostBytes} bytes.`,
        fix: "Send fewer documents at once, or make a job of them.",
      },
      null,
    );
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body?.getReader();
  if (Number(request.headers.get("Content-Length") ?? 0) > mostBytes) {
    await discarded(reader);
    throw tooLarge();
  }
  const read = (): ReturnType<NonNullable<typeof reader>["read"]> | undefined =>
    reader?.read().catch((cause: unknown) => {
      throw new BiogptError("aborted", { what: "The request broke off before its end.", cause });
    });
  for (let next = await read(); next !== undefined && !next.done; next = await read()) {
    bytes += next.value.length;
    if (bytes > mostBytes) {
      await discarded(reader);
      throw tooLarge();
    }
    pieces.push(next.value);
  }
  return Buffer.concat(pieces);
}

/** Milliseconds for which what is too much is taken and dropped. */
const DISCARD_MS = 1000;

/**
 * Takes what still comes, for a second. Where the line is closed on a client that is still writing, it is reset, and most clients then lose the answer that
 * says why.
 */
async function discarded(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  if (reader === undefined) return;
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), DISCARD_MS); // ends the read that waits, too
  try {
    while (!(await reader.read()).done);
  } catch {
    // Who has gone is answered as any other.
  } finally {
    clearTimeout(timer);
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's own words would repeat the text.
    throw new RequestError(
      "server/json",
      { what: "The body is no JSON.", fix: "Send one JSON object in UTF-8." },
      null,
    );
  }
}

type Issue = z.core.$ZodIssue;

/** The first thing that is wrong, in words that name the field and repeat nothing of its text. */
function slip(
  schema: z.ZodType,
  issues: readonly Issue[],
  where: string | null,
): { what: string; fix: string; param: string | null } {
  const issue = deepest(issues);
  const param = issue.path.length === 0 ? null : pathText(issue.path);
  const subject = param ?? where ?? "The body";
  if (issue.code === "unrecognized_keys") {
    const name = String(issue.keys[0]).slice(0, 60);
    const place = param === null ? "" : ` in ${param}`;
    return {
      what: `There is no field ${JSON.stringify(name)}${place}.`,
      fix: `/openapi.json lists the fields.${didYouMean(name, fieldsAt(schema, issue.path))}`,
      param: param === null ? name : `${param}.${name}`,
    };
  }
  const isMissing = issue.code === "invalid_type" && / received undefined$/.test(issue.message);
  const said = issue.message.replace(/^Invalid input: /, "is wrong: ").replace(/^Too /, "is too ");
  const what = `${subject} ${isMissing ? "is missing" : said}.`;
  return { what, fix: "/openapi.json says what it may be.", param };
}

/** Of a union the choice that came furthest. */
function deepest(issues: readonly Issue[]): Issue {
  const [first] = issues;
  if (first!.code !== "invalid_union" || first!.errors.length === 0) return first!;
  const inner = first!.errors.map((errors) => deepest(errors)).sort((a, b) => b.path.length - a.path.length)[0]!;
  if (inner.path.length === 0) return { ...first!, message: "has none of the forms it may have" } as Issue;
  return { ...inner, path: [...first!.path, ...inner.path] } as Issue;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${String(key).slice(0, 60)}`))
    .join("");
}

/** The fields that a schema has at a path; none where it is no plain object there. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    at = withoutWrapping(at);
    if (at instanceof z.ZodArray) at = at.element;
    else at = at instanceof z.ZodObject ? at.shape[String(key)] : undefined;
  }
  at = withoutWrapping(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function withoutWrapping(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodNullable) at = at.unwrap();
  return at;
}
