/**
 * JSON that a schema allows, byte by byte: where a text stands, and where it stands after one more byte.
 *
 *     value ─┬─ { ─ key ─ : ─ value ─ , … }          a place in the text is a Position; what comes after a value is its `next`, so a
 *            ├─ [ ─ value ─ , … ]                    chain of them is the stack of open objects and arrays
 *            ├─ " characters "
 *            └─ number, true, false, null, a text of an enum
 *
 * Named properties come in the order of the schema, optional ones may be missing. White space is at most one space at a place. Numbers have at most 15
 * digits before the point, 15 after it and 2 in their exponent, so that each is a number in JavaScript as well. Escapes are the short ones and \u of
 * whole characters, without surrogates. Every position can be brought to an end.
 *
 * Left out  duplicate names, which free objects may have (the last one counts, as JSON.parse has it)
 */
import { byteString } from "../../tokenizers/token-writing.ts";
import { type ArrayKind, heightOf, type ObjectKind, type ValueKind, type Values } from "./schema.ts";

/** Objects and arrays in one another in what is generated. */
export const DEEPEST_JSON = 64;
const MOST_DIGITS = 15;
const MOST_EXPONENT_DIGITS = 2;

/** Texts as a tree of their bytes. */
export interface LiteralNode {
  readonly id: number;
  readonly children: Map<number, LiteralNode>;
  /** Which of the texts ends here; -1: none. */
  leaf: number;
}

type NumberPart = "sign" | "zero" | "whole" | "point" | "fraction" | "e" | "exponent sign" | "exponent";

interface Nested {
  /** How many objects and arrays may still be opened within this place. */
  readonly room: number;
  readonly next: Position;
}

interface Spaced {
  /** Whether a space may come. */
  readonly space: boolean;
}

type At =
  | { readonly at: "end" }
  | ({ readonly at: "value"; readonly values: Values } & Nested & Spaced)
  /** In one of several texts; `after` says where each leads. */
  | { readonly at: "literal"; readonly node: LiteralNode; readonly after: readonly Position[] }
  /** In a text between quotation marks; `pending` are bytes of UTF-8 or digits of an escape that are still to come. */
  | {
      readonly at: "string";
      readonly minLength: number;
      readonly maxLength: number;
      readonly mode: "plain" | "escape" | "hex" | "utf8";
      /** Which bytes may come next in `utf8`, from low to high; in `hex` the digits so far. */
      readonly low: number;
      readonly high: number;
      readonly pending: number;
      readonly next: Position;
    }
  | {
      readonly at: "number";
      readonly part: NumberPart;
      readonly digits: number;
      readonly whole: boolean;
      readonly next: Position;
    }
  /** In an object, at the property `index` or a later one. */
  | ({ readonly at: "opened" | "property" | "continued"; readonly kind: ObjectKind; readonly index: number } & Nested &
      Spaced)
  | ({ readonly at: "colon"; readonly values: Values } & Nested & Spaced)
  | ({ readonly at: "first item" | "item end"; readonly kind: ArrayKind; readonly count: number } & Nested & Spaced);

/** Where a text stands. Equal places are one object as long as the grammar remembers them. */
export type Position = At & { readonly id: number };

/** Positions that are remembered: some 100 bytes each. */
const MOST_REMEMBERED = 50_000;
/** Nodes of trees of texts that are remembered. */
const MOST_NODES = 200_000;
/** Optional properties that can be left out at once, so that objects of thousands of them stay small here. */
const MOST_SKIPPED = 64;

export class JsonGrammar {
  readonly end: Position = { at: "end", id: 0 };
  readonly start: Position;
  #made = 1;
  readonly #known = new Map<string, Position>();
  readonly #numbers = new WeakMap<object, number>();
  readonly #tries = new Map<string, LiteralNode>();
  #nodes = 0;
  #objects = 0;

  constructor(values: Values) {
    this.start = this.#place({ at: "value", values, room: DEEPEST_JSON, next: this.end, space: true });
  }

  /** Where the text may stand after a byte; empty where it does not fit. Adds to `out`. */
  step(position: Position, byte: number, out: Set<Position>): void {
    if (byte === SPACE && "space" in position) {
      if (position.space) out.add(this.#place({ ...position, space: false }));
      return;
    }
    switch (position.at) {
      case "end":
        return;
      case "value":
        for (const kind of position.values.kinds)
          if (heightOf(kind) <= position.room) this.#begin(kind, byte, position, out);
        return;
      case "literal": {
        const child = position.node.children.get(byte);
        if (child !== undefined) this.#inLiteral(child, position.after, out);
        return;
      }
      case "string":
        this.#inString(position, byte, out);
        return;
      case "number":
        this.#inNumber(position, byte, out);
        return;
      case "opened":
      case "property":
      case "continued":
        this.#inObject(position, byte, out);
        return;
      case "colon":
        if (byte === COLON) out.add(this.#place({ ...position, at: "value", space: true }));
        return;
      case "first item":
      case "item end":
        this.#inArray(position, byte, out);
        return;
      default:
        position satisfies never;
    }
  }

  /** Whether nothing more must come. */
  mayEnd(position: Position): boolean {
    return position.at === "end" || (position.at === "number" && isWhole(position.part) && position.next.at === "end");
  }

  /** The same string after so many more characters. */
  afterCharacters(position: Position & { at: "string" }, characters: number): Position {
    const { minLength, maxLength } = position;
    return this.#place({
      ...position,
      minLength: Math.max(0, minLength - characters),
      maxLength: maxLength - characters,
    });
  }

  #begin(kind: ValueKind, byte: number, { room, next }: Nested, out: Set<Position>): void {
    switch (kind.kind) {
      case "object":
        if (byte === OPEN_BRACE)
          out.add(this.#place({ at: "opened", kind, index: 0, room: room - 1, next, space: true }));
        return;
      case "array":
        if (byte === OPEN_BRACKET)
          out.add(this.#place({ at: "first item", kind, count: 0, room: room - 1, next, space: true }));
        return;
      case "string":
        if (byte === QUOTE) out.add(this.#string(kind.minLength, kind.maxLength, next));
        return;
      case "number":
        if (byte === MINUS) out.add(this.#number("sign", 0, kind.whole, next));
        else if (byte === ZERO) out.add(this.#number("zero", 1, kind.whole, next));
        else if (isDigit(byte)) out.add(this.#number("whole", 1, kind.whole, next));
        return;
      case "literals": {
        const trie = this.#trie(`v${this.#numberOf(kind)}`, kind.texts);
        const child = trie.children.get(byte);
        if (child !== undefined)
          this.#inLiteral(
            child,
            kind.texts.map(() => next),
            out,
          );
        return;
      }
      default:
        kind satisfies never;
    }
  }

  /** A text that is whole leads on; one that others go on from may do that as well (1 and 12). */
  #inLiteral(node: LiteralNode, after: readonly Position[], out: Set<Position>): void {
    if (node.leaf >= 0) out.add(after[node.leaf]!);
    if (node.children.size > 0) out.add(this.#place({ at: "literal", node, after }));
  }

  #inString(position: Position & { at: "string" }, byte: number, out: Set<Position>): void {
    const { mode, minLength, maxLength, pending, low, next } = position;
    const character = (): void => void out.add(this.#string(Math.max(0, minLength - 1), maxLength - 1, next));
    if (mode === "utf8") {
      if (byte < low || byte > position.high) return;
      if (pending === 1) character();
      else out.add(this.#place({ ...position, low: 0x80, high: 0xbf, pending: pending - 1 }));
    } else if (mode === "escape") {
      if (byte === U) out.add(this.#place({ ...position, mode: "hex", low: 0, pending: 4 }));
      else if (SHORT_ESCAPES.has(byte)) character();
    } else if (mode === "hex") {
      const digit = Number.parseInt(String.fromCharCode(byte), 16);
      // \ud800 to \udfff are halves of characters.
      if (Number.isNaN(digit) || (pending === 3 && low === 0xd && digit >= 8)) return;
      if (pending === 1) character();
      else out.add(this.#place({ ...position, low: 16 * low + digit, pending: pending - 1 }));
    } else if (byte === QUOTE) {
      if (minLength === 0) out.add(next);
    } else if (maxLength > 0 && byte >= SPACE) {
      if (byte === BACKSLASH) out.add(this.#place({ ...position, mode: "escape" }));
      else if (byte < 0x80) character();
      else {
        const [more, least, most] = continuation(byte);
        if (more > 0) out.add(this.#place({ ...position, mode: "utf8", low: least, high: most, pending: more }));
      }
    }
  }

  #inNumber(position: Position & { at: "number" }, byte: number, out: Set<Position>): void {
    const { part, digits, whole, next } = position;
    const goOn = (to: NumberPart, count: number): void => void out.add(this.#number(to, count, whole, next));
    if (isDigit(byte)) {
      if (part === "sign") goOn(byte === ZERO ? "zero" : "whole", 1);
      else if (part === "whole" || part === "fraction") {
        if (digits < MOST_DIGITS) goOn(part, digits + 1);
      } else if (part === "exponent") {
        if (digits < MOST_EXPONENT_DIGITS) goOn(part, digits + 1);
      } else if (part === "point") goOn("fraction", 1);
      else if (part !== "zero") goOn("exponent", 1);
      return;
    }
    if (!whole && byte === POINT && (part === "zero" || part === "whole")) goOn("point", 0);
    else if (!whole && (byte === E || byte === CAPITAL_E) && ["zero", "whole", "fraction"].includes(part)) goOn("e", 0);
    else if ((byte === MINUS || byte === PLUS) && part === "e") goOn("exponent sign", 0);
    else if (isWhole(part)) this.step(next, byte, out);
  }

  #inObject(position: Position & { at: "opened" | "property" | "continued" }, byte: number, out: Set<Position>): void {
    const { at, kind, index, room, next } = position;
    const { properties, others } = kind;
    const candidates = candidatesOf(kind, index, room);
    const isFull = candidates.length === 0 && (others === undefined || others.height > room);
    if (byte === CLOSE_BRACE) {
      if (at !== "property" && !properties.slice(index).some(({ required }) => required)) out.add(next);
    } else if (byte === COMMA) {
      if (at === "continued" && !isFull) out.add(this.#place({ ...position, at: "property", space: true }));
    } else if (byte === QUOTE && at !== "continued" && !isFull) {
      const after = (to: number, values: Values): Position => {
        const more = this.#place({ at: "continued", kind, index: to, room, next, space: true });
        return this.#place({ at: "colon", values, room, next: more, space: true });
      };
      if (others !== undefined) out.add(this.#string(0, Number.POSITIVE_INFINITY, after(0, others)));
      else {
        const names = candidates.map((i) => JSON.stringify(properties[i]!.name));
        const trie = this.#trie(`p${this.#numberOf(kind)} ${candidates.join()}`, names);
        const positions = candidates.map((i) => after(i + 1, properties[i]!.values));
        this.#inLiteral(trie.children.get(QUOTE)!, positions, out);
      }
    }
  }

  #inArray(position: Position & { at: "first item" | "item end" }, byte: number, out: Set<Position>): void {
    const { at, kind, count, room, next } = position;
    const { items, minItems, maxItems } = kind;
    if (byte === CLOSE_BRACKET && count >= minItems) out.add(next);
    if (count >= maxItems || items.height > room) return;
    // Without an upper limit there is no need to count on.
    const counted = maxItems === Number.POSITIVE_INFINITY ? Math.min(count + 1, minItems) : count + 1;
    const more = this.#place({ at: "item end", kind, count: counted, room, next, space: true });
    const item = this.#place({ at: "value", values: items, room, next: more, space: at === "item end" });
    if (at === "first item") this.step(item, byte, out);
    else if (byte === COMMA) out.add(item);
  }

  #string(minLength: number, maxLength: number, next: Position): Position {
    return this.#place({ at: "string", minLength, maxLength, mode: "plain", low: 0, high: 0, pending: 0, next });
  }

  #number(part: NumberPart, digits: number, whole: boolean, next: Position): Position {
    return this.#place({ at: "number", part, digits, whole, next });
  }

  #trie(key: string, texts: readonly string[]): LiteralNode {
    let root = this.#tries.get(key);
    if (root !== undefined) return root;
    const newNode = (): LiteralNode => {
      this.#nodes++;
      return { id: this.#objects++, children: new Map(), leaf: -1 };
    };
    if (this.#nodes > MOST_NODES) {
      this.#tries.clear();
      this.#nodes = 0;
    }
    root = newNode();
    for (const [i, text] of texts.entries()) {
      let node = root;
      for (const byte of byteString(text)) {
        let child = node.children.get(byte.charCodeAt(0));
        if (child === undefined) {
          child = newNode();
          node.children.set(byte.charCodeAt(0), child);
        }
        node = child;
      }
      node.leaf = i;
    }
    this.#tries.set(key, root);
    return root;
  }

  /** The position that is like this one. */
  #place(like: At & { id?: number }): Position {
    const key = this.#keyOf(like);
    let position = this.#known.get(key);
    if (position === undefined) {
      if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
      position = { ...like, id: this.#made++ };
      this.#known.set(key, position);
    }
    return position;
  }

  #keyOf(at: At): string {
    switch (at.at) {
      case "end":
        return "end";
      case "value":
      case "colon":
        return `${at.at} ${this.#numberOf(at.values)} ${at.room} ${at.space} ${at.next.id}`;
      case "literal":
        return `literal ${at.node.id} ${at.after[0]!.id}`;
      case "string":
        return `string ${at.mode} ${at.minLength} ${at.maxLength} ${at.low} ${at.high} ${at.pending} ${at.next.id}`;
      case "number":
        return `number ${at.part} ${at.digits} ${at.whole} ${at.next.id}`;
      case "opened":
      case "property":
      case "continued":
        return `${at.at} ${this.#numberOf(at.kind)} ${at.index} ${at.room} ${at.space} ${at.next.id}`;
      case "first item":
      case "item end":
        return `${at.at} ${this.#numberOf(at.kind)} ${at.count} ${at.room} ${at.space} ${at.next.id}`;
      default:
        return at satisfies never;
    }
  }

  #numberOf(object: object): number {
    let number = this.#numbers.get(object);
    if (number === undefined) {
      number = this.#objects++;
      this.#numbers.set(object, number);
    }
    return number;
  }
}

/** Properties that may come next: the optional ones up to the first that must, and that one. */
function candidatesOf({ properties }: ObjectKind, index: number, room: number): number[] {
  const found: number[] = [];
  for (let i = index; i < properties.length; i++) {
    const { values, required } = properties[i]!;
    if (values.height <= room && (required || found.length < MOST_SKIPPED)) found.push(i);
    if (required) break;
  }
  return found;
}

const code = (character: string): number => character.charCodeAt(0);
const [SPACE, QUOTE, COMMA, COLON, BACKSLASH, U] = [code(" "), code('"'), code(","), code(":"), code("\\"), code("u")];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [code("{"), code("}"), code("["), code("]")];
const [MINUS, PLUS, ZERO, POINT, E, CAPITAL_E] = [code("-"), code("+"), code("0"), code("."), code("e"), code("E")];
const SHORT_ESCAPES = new Set([...'"\\/bfnrt'].map(code));

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** Whether a number may end here. */
export function isWhole(part: NumberPart): boolean {
  return part === "zero" || part === "whole" || part === "fraction" || part === "exponent";
}

/** Of the first byte of a character: how many follow, and the least and most that the next may be; 0 where it begins none. */
function continuation(byte: number): readonly [more: number, low: number, high: number] {
  if (byte >= 0xc2 && byte < 0xe0) return [1, 0x80, 0xbf];
  // Overlong forms, surrogates and what lies beyond U+10FFFF are no characters.
  if (byte >= 0xe0 && byte < 0xf0) return [2, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf];
  if (byte >= 0xf0 && byte < 0xf5) return [3, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf];
  return [0, 0, 0];
}
