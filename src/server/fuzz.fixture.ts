/**
 * Requests made from /openapi.json: of its schemas, with slips. A request is nearly right (a field of another kind, a number out of its range, a name
 * that there is not), or not at all (bytes that are no text, JSON in JSON, another method, another type).
 *
 * What every answer is held to: a status that the document declares for the path; nothing of another request's text; no path of this machine.
 */
import { createHash } from "node:crypto";
import { expect } from "vitest";
import { Random } from "../base/random.ts";

type Json = unknown;
type Schema = Readonly<Record<string, Json>>;

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly { readonly name: string; readonly in: "path" | "query"; readonly schema: Schema }[];
  readonly body: Schema | undefined;
  readonly statuses: ReadonlySet<number>;
}

export interface FuzzRun {
  readonly url: string;
  readonly requests: number;
  readonly seed: number;
  /** Paths that no answer may hold. */
  readonly secretPaths: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests at once. Default 16. */
  readonly lanes?: number;
}

/** @returns how often each status came */
export async function fuzz(run: FuzzRun): Promise<ReadonlyMap<number, number>> {
  const { url, requests, seed, secretPaths, headers = {}, lanes = 16 } = run;
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
  const operations = operationsOf(document);
  expect(operations.length).toBeGreaterThan(15);
  const counts = new Map<number, number>();
  const markers = new Set<string>();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < requests) {
      const number = next++;
      const random = new Random(seed + number);
      const marker = markerOf(seed + number);
      markers.add(marker);
      const { operation, path, init } = requestOf(operations, random, marker);
      const said = `request ${number} of seed ${seed}: ${init.method} ${path} ${String(init.body).slice(0, 500)}`;
      const response = await fetch(url + path, {
        ...init,
        headers: { ...headers, ...init.headers, "x-request-timeout": "3" },
      });
      const text = await response.text().catch((error: unknown) => {
        // Lines that are cut by the deadline have no other way to say so: their head is out.
        if (response.headers.get("Content-Type") !== "application/jsonl") throw error;
        return "";
      });
      counts.set(response.status, (counts.get(response.status) ?? 0) + 1);
      const declared = operation?.statuses.has(response.status) === true || OTHER_STATUSES.has(response.status);
      expect(declared, `${response.status} for ${said}\n${text.slice(0, 300)}`).toBe(true);
      // A list of jobs tells of those that others made: that is what it is for.
      const isOfOthers = operation?.path.startsWith("/v1/jobs") === true;
      // A model may make up something like a marker, but hardly one that there is.
      const others = [...text.matchAll(/Zq[0-9a-f]{12}Y/g)].filter(([one]) => one !== marker && markers.has(one));
      if (!isOfOthers) expect(others, `for ${said}`).toEqual([]);
      for (const secret of secretPaths)
        expect(text.includes(secret), `${secret} in the answer for ${said}`).toBe(false);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return counts;
}

function markerOf(number: number): string {
  return `Zq${createHash("sha256").update(String(number)).digest("hex").slice(0, 12)}Y`;
}

/** Of paths and methods that are none. */
const OTHER_STATUSES = new Set([404, 405]);

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
}

function operationsOf({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const {
        parameters = [],
        requestBody,
        responses,
      } = operation as {
        parameters?: Operation["parameters"];
        requestBody?: { content: { "application/json": { schema: Schema } } };
        responses: object;
      };
      const body = requestBody?.content["application/json"].schema;
      return {
        path,
        method: method.toUpperCase(),
        parameters,
        body,
        statuses: new Set(Object.keys(responses).map(Number)),
      };
    }),
  );
}

interface Made {
  /** Undefined: its path or method is none of the document's. */
  readonly operation: Operation | undefined;
  readonly path: string;
  readonly init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string | Uint8Array;
  };
}

function requestOf(operations: readonly Operation[], random: Random, marker: string): Made {
  const operation = pick(random, operations);
  const maker = new ValueMaker(random, marker);
  let path = operation.path.replace(/\{(\w+)\}/g, () => encoded(maker.word()));
  const query = operation.parameters.filter((one) => one.in === "query");
  const pairs = query
    .filter(() => random.next() < 0.6)
    .map(({ name, schema }) => [maybe(random, 0.9) ? name : maker.word(), maker.value(schema)]);
  if (maybe(random, 0.1)) pairs.push([maker.word(), maker.word()]);
  const inQuery = (value: Json): string => encoded(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
  if (pairs.length > 0) path += `?${pairs.map((pair) => pair.map(inQuery).join("=")).join("&")}`;
  if (maybe(random, 0.03)) path = `/${encoded(maker.word())}${path}`;
  const method = maybe(random, 0.97) ? operation.method : pick(random, ["GET", "POST", "PUT", "DELETE", "PATCH"]);
  const headers: Record<string, string> = {
    "Content-Type": maybe(random, 0.97) ? "application/json" : pick(random, TYPES),
  };
  if (operation.path === "/mcp" && method === "POST") {
    if (maybe(random, 0.95)) headers["Accept"] = "application/json, text/event-stream";
    return { operation, path, init: { method, headers, body: bodyOf(maker, TOOL_CALL, random) } };
  }
  if (method === "GET" || operation.body === undefined) return { operation, path, init: { method, headers: {} } };
  return { operation, path, init: { method, headers, body: bodyOf(maker, operation.body, random) } };
}

function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}

/** What the document does not say: JSON-RPC is another protocol within. */
const TOOL_CALL: Schema = {
  type: "object",
  required: ["jsonrpc", "id", "method", "params"],
  properties: {
    jsonrpc: { const: "2.0" },
    id: { type: "integer" },
    method: { enum: ["tools/call", "tools/list", "initialize", "ping", "resources/list"] },
    params: {
      type: "object",
      required: ["name", "arguments"],
      properties: {
        name: { enum: ["extract_relations", "find_entities", "answer_question", "graph_find", "graph_path", "none"] },
        arguments: {
          type: "object",
          required: ["text", "question", "context", "query", "from", "to"],
          properties: Object.fromEntries(
            ["text", "question", "context", "query", "from", "to", "scheme"].map((name) => [name, { type: "string" }]),
          ),
        },
      },
    },
  },
};

const TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", "a/b/c"];

function bodyOf(maker: ValueMaker, schema: Schema, random: Random): string | Uint8Array {
  const text = JSON.stringify(maker.value(schema)) ?? "";
  const slip = random.next();
  if (slip < 0.9) return text;
  if (slip < 0.93) return text.slice(0, Math.floor(random.next() * text.length)); // cut off
  if (slip < 0.95) return Uint8Array.from({ length: 64 }, () => Math.floor(random.next() * 256));
  if (slip < 0.97) return JSON.stringify(text); // JSON in JSON
  if (slip < 0.98) return "[".repeat(5000);
  return text.replace(/"/, '"\\u0000\\ud800');
}

/** Values of a schema, with slips. */
class ValueMaker {
  readonly #random: Random;
  readonly #marker: string;
  #budget = 60;

  constructor(random: Random, marker: string) {
    this.#random = random;
    this.#marker = marker;
  }

  value(schema: Schema | boolean): Json {
    const random = this.#random;
    if (--this.#budget < 0 || typeof schema === "boolean" || maybe(random, 0.12)) return this.any(2);
    const choices = (schema["anyOf"] ?? schema["oneOf"]) as Schema[] | undefined;
    if (choices !== undefined) return this.value(pick(random, choices));
    if (Object.hasOwn(schema, "const")) return schema["const"];
    if (Array.isArray(schema["enum"])) return pick(random, schema["enum"]);
    const type = Array.isArray(schema["type"]) ? pick(random, schema["type"] as string[]) : schema["type"];
    switch (type) {
      case "object":
        return this.#object(schema);
      case "array": {
        const count = Math.floor(random.next() * 4);
        return Array.from({ length: count }, () => this.value((schema["items"] ?? true) as Schema));
      }
      case "string":
        return this.#text(schema);
      case "integer":
      case "number":
        return this.#number(schema);
      case "boolean":
        return maybe(random, 0.5);
      case "null":
        return null;
      default:
        return this.any(2);
    }
  }

  word(): string {
    return pick(this.#random, [
      ...[
        "x",
        "1",
        "biogpt-mini",
        "..",
        "../../etc/passwd",
        "%2e%2e",
        "__proto__",
        "constructor",
        "a b",
        "é",
        "\u0000",
      ],
      ...["9".repeat(40), `${this.#marker}`, "/", "?", "C:\\x", "-1", "{}", "toString", "true"],
    ]);
  }

  any(depth: number): Json {
    const random = this.#random;
    const kind = Math.floor(random.next() * (depth > 0 ? 9 : 7));
    if (kind === 0) return null;
    if (kind === 1) return maybe(random, 0.5);
    if (kind === 2) return pick(random, NUMBERS);
    if (kind === 3) return this.word();
    if (kind === 4) return `/srv/${this.#marker}/x`;
    if (kind === 5) return "a".repeat(Math.floor(random.next() * 300));
    if (kind === 6) return "";
    if (kind === 7) return Array.from({ length: Math.floor(random.next() * 4) }, () => this.any(depth - 1));
    return Object.fromEntries(
      Array.from({ length: Math.floor(random.next() * 4) }, () => [this.word(), this.any(depth - 1)]),
    );
  }

  #object(schema: Schema): Json {
    const random = this.#random;
    const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
    const required = new Set((schema["required"] ?? []) as string[]);
    const entries = Object.entries(properties)
      .filter(([name]) => (required.has(name) ? maybe(random, 0.95) : maybe(random, 0.25)))
      .map(([name, inner]): [string, Json] => [name, SHORT[name]?.(random) ?? this.value(inner)]);
    if (maybe(random, 0.08)) entries.push([this.word(), this.any(1)]);
    return Object.fromEntries(entries);
  }

  #text(schema: Schema): string {
    const random = this.#random;
    const most = Number(schema["maxLength"] ?? 100);
    if (maybe(random, 0.04) && most < 5000) return "b".repeat(most + 1);
    const texts = [
      "Aspirin causes bleeding.",
      "",
      " ",
      this.#marker,
      `${this.#marker} & "q" <b>`,
      "\u{1f9ea}\ud800",
      "µ\u0000",
    ];
    return pick(random, [...texts, this.word()]);
  }

  #number(schema: Schema): number {
    const random = this.#random;
    const [low, high] = [Number(schema["minimum"] ?? 0), Number(schema["maximum"] ?? 10)];
    if (maybe(random, 0.15)) return pick(random, [low - 1, high + 1, low + 0.5, ...NUMBERS]);
    const value = low + random.next() * Math.min(high - low, 8);
    return schema["type"] === "integer" ? Math.floor(value) : value;
  }
}

const NUMBERS = [0, -1, 1e308, -0, 0.1, 2 ** 53, 1e-300, 4294967296];

/** What would make right requests long. */
const SHORT: Readonly<Record<string, ((random: Random) => Json) | undefined>> = {
  max_tokens: (random) => (maybe(random, 0.9) ? 1 + Math.floor(3 * random.next()) : undefined),
  max_output_tokens: () => 2,
  max_completion_tokens: () => 2,
  n: (random) => (maybe(random, 0.8) ? 1 + Math.floor(3 * random.next()) : undefined),
  follow: () => false,
};

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[Math.floor(random.next() * values.length)]!;
}

function maybe(random: Random, probability: number): boolean {
  return random.next() < probability;
}
