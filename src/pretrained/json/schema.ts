/**
 * The part of JSON Schema (2020-12) that generation can be held to, as the kinds of values it allows.
 *
 * Taken     type, properties, required, additionalProperties (false, true), items, minItems, maxItems, enum and const of scalars, minLength,
 *           maxLength, anyOf, $ref within the schema, $defs, definitions; true and {} for any value
 * Passed    title, description, default, examples and the like, which say nothing about a value
 * Refused   everything else, by name: a keyword that is not kept to would be a promise broken
 */
import { BiogptError } from "../../base/errors.ts";

/** A schema as it is written; checked by `compileSchema`. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** A kind of value. `Any` is a fresh value of whatever kind. */
export type ValueKind =
  | ObjectKind
  | ArrayKind
  | { readonly kind: "string"; readonly minLength: number; readonly maxLength: number }
  | { readonly kind: "number"; readonly whole: boolean }
  | { readonly kind: "literals"; readonly texts: readonly string[] };

export interface ObjectKind {
  readonly kind: "object";
  readonly properties: readonly Property[];
  /** Values of whatever name; undefined: only those of `properties`. */
  readonly others: Values | undefined;
}

export interface Property {
  readonly name: string;
  readonly values: Values;
  readonly required: boolean;
}

export interface ArrayKind {
  readonly kind: "array";
  readonly items: Values;
  readonly minItems: number;
  /** Infinity: no limit. */
  readonly maxItems: number;
}

/** What may stand at a place: one of several kinds. Filled after it is made, since schemas refer to themselves. */
export interface Values {
  kinds: readonly ValueKind[];
  /** Objects and arrays in one another that the smallest value needs; Infinity: none ends. */
  height: number;
}

/** Schemas within a schema. */
const MOST_SCHEMAS = 2000;
/** Schemas in one another, as they are written. */
const DEEPEST = 64;
/** Of one place, over all anyOf that lead there. */
const MOST_KINDS = 100;
/** Of all enums together. */
const MOST_LITERALS = 10_000;
const LONGEST_LITERAL = 10_000;
const LONGEST_NAME = 200;
/** Largest minItems, maxItems, minLength, maxLength. */
const MOST_COUNTED = 1_000_000;

const ANNOTATIONS = new Set([
  ...["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema"],
]);
const DEFINITIONS = new Set(["$defs", "definitions"]);
const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
type TypeName = (typeof TYPES)[number];
/** Which types a keyword says something about. */
const KEYWORDS: Readonly<Record<string, TypeName>> = {
  properties: "object",
  required: "object",
  additionalProperties: "object",
  items: "array",
  minItems: "array",
  maxItems: "array",
  minLength: "string",
  maxLength: "string",
};
const OTHERS = new Set(["type", "enum", "const", "anyOf", "$ref"]);

/**
 * @throws BiogptError `pretrained/json-schema` for what is not taken, has no value or is over a limit
 */
export function compileSchema(schema: unknown): Values {
  const root = new SchemaReader(schema).read();
  if (root.height > DEEPEST)
    throw refused("#", "allows no value that ends", "Let a schema that refers to itself stop.");
  return root;
}

class SchemaReader {
  readonly #schema: unknown;
  readonly #made = new Map<unknown, Values>();
  readonly #choices = new Map<Values, readonly Values[]>();
  readonly #any: Values = { kinds: [], height: 0 };
  #literals = 0;

  constructor(schema: unknown) {
    this.#schema = schema;
    this.#any.kinds = [
      { kind: "object", properties: [], others: this.#any },
      { kind: "array", items: this.#any, minItems: 0, maxItems: Number.POSITIVE_INFINITY },
      { kind: "string", minLength: 0, maxLength: Number.POSITIVE_INFINITY },
      { kind: "number", whole: false },
      { kind: "literals", texts: ["true", "false", "null"] },
    ];
  }

  read(): Values {
    const root = this.#values(this.#schema, "#", 0);
    for (const values of this.#choices.keys()) {
      values.kinds = this.#kindsOf(values);
      if (values.kinds.length > MOST_KINDS)
        throw refused("anyOf", `gives a place over ${MOST_KINDS} kinds of values`, "Take an enum for scalars.");
    }
    measure([...this.#made.values(), this.#any]);
    return root;
  }

  #values(schema: unknown, path: string, depth: number): Values {
    if (schema === true) return this.#any;
    if (schema === false) throw refused(path, "is false, which allows no value", "Leave it out.");
    if (typeof schema !== "object" || schema === null || Array.isArray(schema))
      throw refused(path, "is no schema", "A schema is an object, or true.");
    const made = this.#made.get(schema);
    if (made !== undefined) return made;
    if (depth > DEEPEST) throw refused(path, `is nested over ${DEEPEST} schemas deep`, "Flatten it.");
    if (this.#made.size >= MOST_SCHEMAS)
      throw refused("#", `holds over ${MOST_SCHEMAS} schemas`, "Make it smaller; $ref counts once.");
    const values: Values = { kinds: [], height: Number.POSITIVE_INFINITY };
    this.#made.set(schema, values);
    this.#fill(values, schema as Readonly<Record<string, unknown>>, path, depth + 1);
    return values;
  }

  #fill(values: Values, schema: Readonly<Record<string, unknown>>, path: string, depth: number): void {
    const names = Object.keys(schema).filter((name) => !ANNOTATIONS.has(name) && !DEFINITIONS.has(name));
    const unknown = names.find((name) => !OTHERS.has(name) && !Object.hasOwn(KEYWORDS, name));
    if (unknown !== undefined && !(unknown === "$id" && path === "#"))
      throw refused(path, `has the keyword ${shown(unknown)}, which generation cannot be held to`, "Leave it out.");
    for (const name of ["$ref", "anyOf", "const", "enum"] as const) {
      if (!Object.hasOwn(schema, name)) continue;
      const beside = names.find((other) => other !== name && other !== "$id" && !(other === "type" && isList(name)));
      if (beside !== undefined)
        throw refused(path, `has ${shown(beside)} beside ${name}, which would have to hold at once`, "Keep one.");
    }
    if (Object.hasOwn(schema, "$ref")) {
      this.#choices.set(values, [this.#values(this.#at(schema["$ref"], path), path, depth)]);
    } else if (Object.hasOwn(schema, "anyOf")) {
      const choices = expectList(schema["anyOf"], `${path}/anyOf`);
      this.#choices.set(
        values,
        choices.map((choice, i) => this.#values(choice, `${path}/anyOf/${i}`, depth)),
      );
    } else if (Object.hasOwn(schema, "const")) {
      values.kinds = [this.#literalsOf([schema["const"]], schema, `${path}/const`)];
    } else if (Object.hasOwn(schema, "enum")) {
      values.kinds = [this.#literalsOf(expectList(schema["enum"], `${path}/enum`), schema, `${path}/enum`)];
    } else if (names.length === 0 || (names.length === 1 && names[0] === "$id")) values.kinds = this.#any.kinds;
    else values.kinds = typesOf(schema, names, path).map((type) => this.#kind(type, schema, path, depth));
  }

  #kind(type: TypeName, schema: Readonly<Record<string, unknown>>, path: string, depth: number): ValueKind {
    switch (type) {
      case "object":
        return this.#object(schema, path, depth);
      case "array": {
        const [minItems, maxItems] = range(schema, "minItems", "maxItems", path);
        const items = this.#values(schema["items"] ?? true, `${path}/items`, depth);
        return { kind: "array", items, minItems, maxItems };
      }
      case "string": {
        const [minLength, maxLength] = range(schema, "minLength", "maxLength", path);
        return { kind: "string", minLength, maxLength };
      }
      case "number":
      case "integer":
        return { kind: "number", whole: type === "integer" };
      case "boolean":
        return { kind: "literals", texts: ["true", "false"] };
      case "null":
        return { kind: "literals", texts: ["null"] };
      default:
        return type satisfies never;
    }
  }

  #object(schema: Readonly<Record<string, unknown>>, path: string, depth: number): ObjectKind {
    const { properties = {}, required = [], additionalProperties = true } = schema;
    if (typeof properties !== "object" || properties === null || Array.isArray(properties))
      throw refused(`${path}/properties`, "is no object of schemas", "Give names with their schemas.");
    if (typeof additionalProperties !== "boolean")
      throw refused(
        `${path}/additionalProperties`,
        "is a schema",
        "Only true and false are taken: name the properties.",
      );
    const names = new Set(Object.keys(properties));
    if (!Array.isArray(required) || required.some((name) => typeof name !== "string"))
      throw refused(`${path}/required`, "is no list of names", "Give names of properties.");
    const nameless = required.find((name) => !names.has(name));
    if (nameless !== undefined)
      throw refused(
        `${path}/required`,
        `names ${shown(nameless)}, which properties does not describe`,
        "Add it there.",
      );
    const described = Object.entries(properties).map(([name, inner]): Property => {
      if (name.length > LONGEST_NAME)
        throw refused(`${path}/properties`, `has a name of over ${LONGEST_NAME} characters`, "Shorten it.");
      const values = this.#values(inner, `${path}/properties/${name}`, depth);
      return { name, values, required: required.includes(name) };
    });
    // Where properties are named, those alone are written: the result is valid whether or not others may be.
    return {
      kind: "object",
      properties: described,
      others: names.size === 0 && additionalProperties ? this.#any : undefined,
    };
  }

  #literalsOf(values: readonly unknown[], schema: Readonly<Record<string, unknown>>, path: string): ValueKind {
    this.#literals += values.length;
    if (this.#literals > MOST_LITERALS) throw refused(path, `brings over ${MOST_LITERALS} values`, "Give fewer.");
    const types = Object.hasOwn(schema, "type") ? typesOf(schema, ["type"], path) : TYPES;
    const fitting = values.filter((value) => {
      if (typeof value === "object" && value !== null)
        throw refused(path, "holds an object or an array", "Only texts, numbers, true, false and null are taken.");
      if (typeof value === "string" && value.length > LONGEST_LITERAL)
        throw refused(path, `holds a text of over ${LONGEST_LITERAL} characters`, "Shorten it.");
      return types.some((type) => isOf(value, type));
    });
    if (fitting.length === 0) throw refused(path, "holds no value of its type", "Give one.");
    return { kind: "literals", texts: [...new Set(fitting.map((value) => JSON.stringify(value)))] };
  }

  /** What `$ref` points to. */
  #at(reference: unknown, path: string): unknown {
    if (typeof reference !== "string" || !/^#(?:\/|$)/.test(reference))
      throw refused(
        `${path}/$ref`,
        "points out of the schema",
        "Only references from its root are followed: #/$defs/name.",
      );
    let found = this.#schema;
    for (const part of reference
      .slice(2)
      .split("/")
      .filter((_, i) => reference.length > 1 || i > 0)) {
      const key = decoded(part).replaceAll("~1", "/").replaceAll("~0", "~");
      const isHolder = typeof found === "object" && found !== null;
      if (!isHolder || !Object.hasOwn(found as object, key))
        throw refused(`${path}/$ref`, `points to ${shown(reference)}, where nothing is`, "Define it under $defs.");
      found = (found as Readonly<Record<string, unknown>>)[key];
    }
    return found;
  }

  /** All kinds that choices and references lead to, in their order; a circle of them adds none. */
  #kindsOf(values: Values): ValueKind[] {
    const found: ValueKind[] = [];
    const seen = new Set<Values>();
    const open = [values];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const choices = this.#choices.get(next);
      if (choices === undefined) found.push(...next.kinds);
      else open.push(...choices.toReversed());
    }
    return found;
  }
}

/** Objects and arrays in one another that the smallest value of a kind needs. */
export function heightOf(kind: ValueKind): number {
  if (kind.kind === "array") return 1 + (kind.minItems > 0 ? kind.items.height : 0);
  if (kind.kind !== "object") return 0;
  return 1 + kind.properties.reduce((most, { required, values }) => Math.max(most, required ? values.height : 0), 0);
}

/** Fills the heights: from Infinity down until nothing changes, at most as often as there are heights that count. */
function measure(all: readonly Values[]): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const values of all) {
      const height = values.kinds.reduce((least, kind) => Math.min(least, heightOf(kind)), Number.POSITIVE_INFINITY);
      if (height > DEEPEST || height >= values.height) continue;
      values.height = height;
      changed = true;
    }
  }
}

function typesOf(schema: Readonly<Record<string, unknown>>, names: readonly string[], path: string): TypeName[] {
  if (!Object.hasOwn(schema, "type")) return [...new Set(names.map((name) => KEYWORDS[name]!))];
  const given = schema["type"];
  const types = Array.isArray(given) ? given : [given];
  const wrong = types.find((type) => !TYPES.includes(type));
  if (types.length === 0 || wrong !== undefined)
    throw refused(`${path}/type`, `is ${shown(wrong)}`, `A type is one of ${TYPES.join(", ")}, or several in a list.`);
  const distinct = [...new Set(types as TypeName[])];
  return distinct.filter((type) => !(type === "integer" && distinct.includes("number")));
}

function isOf(value: unknown, type: TypeName): boolean {
  if (type === "null") return value === null;
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function isList(name: string): boolean {
  return name === "enum" || name === "const";
}

/** Two limits of which the second is none where it is absent. */
function range(schema: Readonly<Record<string, unknown>>, low: string, high: string, path: string): [number, number] {
  const [least = 0, most = Number.POSITIVE_INFINITY] = [low, high].map((name) => {
    const value = schema[name];
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_COUNTED) return value;
    throw refused(`${path}/${name}`, "is out of its range", `Give a whole number up to ${MOST_COUNTED}.`);
  });
  if (least > most) throw refused(`${path}/${low}`, `is over ${high}`, "Swap them.");
  return [least, most];
}

function expectList(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw refused(path, "is no list of at least one", "Give one.");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}

export function refused(path: string, what: string, fix: string): BiogptError {
  return new BiogptError("pretrained/json-schema", { what: `${path.slice(0, 200)} of the JSON schema ${what}.`, fix });
}
