/**
 * Reads Python pickles (protocols 2 to 5) as data: a stack machine that builds plain values and runs nothing.
 *
 * Follows Lib/pickletools.py of CPython. A name in the pickle (GLOBAL) is only a name; what calling it means is asked of
 * the `PickleMeaning` given by the caller, a closed list (torch-pickle.ts), and everything else becomes a `PickleRecord`.
 * Left out: the text opcodes of protocols 0 and 1, which PyTorch never wrote, extension codes and out-of-band buffers.
 */
import { BiogptError } from "../base/errors.ts";

import { PickleDict, PickleName, PickleRecord, PickleSet, PickleTuple, type PickleValue } from "./pickle-values.ts";

/** What the names of a pickle mean. Returning undefined makes a record of it. */
export interface PickleMeaning {
  call(path: string, args: readonly PickleValue[], charge: Charge): PickleValue | undefined;
  persistent(id: PickleValue): PickleValue;
}

/** Counts work that copies, so that a small pickle cannot ask for a lot of it. */
export type Charge = (values: number) => void;

/** The pickle of BioGPT-Large has 110 kB; fairseq's with optimizer and iterator state stay below 10 MB. */
export const MAX_PICKLE_BYTES: number = 64 * 2 ** 20;
/** Values made in all. 773 tensors take 40,000; four million take a second and some hundred megabytes. */
const MAX_VALUES = 4_000_000;
/** Python writes longer whole numbers for nothing that we read; BigInt parsing is quadratic. */
const MAX_INTEGER_BYTES = 256;
const MAX_NAME_LENGTH = 1024;

/** As pickletools.py names them. */
const OPCODE = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  POP: 0x30,
  POP_MARK: 0x31,
  DUP: 0x32,
  BINBYTES: 0x42,
  SHORT_BINBYTES: 0x43,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BINSTRING: 0x54,
  SHORT_BINSTRING: 0x55,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  BUILD: 0x62,
  GLOBAL: 0x63,
  DICT: 0x64,
  APPENDS: 0x65,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  LIST: 0x6c,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  NEWOBJ: 0x81,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  LONG4: 0x8b,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE8: 0x8d,
  BINBYTES8: 0x8e,
  EMPTY_SET: 0x8f,
  ADDITEMS: 0x90,
  FROZENSET: 0x91,
  NEWOBJ_EX: 0x92,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
  FRAME: 0x95,
  BYTEARRAY8: 0x96,
} as const;

const MARK = Symbol("mark");

/**
 * @param path names the file in errors
 * @throws BiogptError `checkpoints/bad-pickle`, `checkpoints/unsupported-pickle`, `checkpoints/pickle-too-large`
 */
export function readPickle(bytes: Uint8Array, path: string, meaning: PickleMeaning): PickleValue {
  if (bytes.length > MAX_PICKLE_BYTES)
    throw tooLarge(path, `${bytes.length} bytes; at most ${MAX_PICKLE_BYTES} are read`);
  return new PickleMachine(bytes, path, meaning).run();
}

class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #path: string;
  readonly #meaning: PickleMeaning;
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  #at = 0;
  #made = 0;

  constructor(bytes: Uint8Array, path: string, meaning: PickleMeaning) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#path = path;
    this.#meaning = meaning;
  }

  run(): PickleValue {
    for (;;) {
      const opcode = this.#bytes[this.#take(1)]!;
      if (opcode === OPCODE.STOP) return this.#pop();
      this.#charge(1);
      const value = this.#step(opcode);
      if (value !== undefined) this.#stack.push(value);
    }
  }

  /** @returns what the opcode pushes; undefined for one that only changes what is there */
  #step(opcode: number): PickleValue | undefined {
    switch (opcode) {
      case OPCODE.PROTO:
        return this.#protocol(this.#uint8());
      case OPCODE.FRAME:
        this.#take(8);
        return undefined;
      case OPCODE.MARK:
        this.#stack.push(MARK);
        return undefined;
      case OPCODE.POP:
        if (this.#stack.at(-1) === MARK) this.#stack.pop();
        else this.#pop();
        return undefined;
      case OPCODE.POP_MARK:
        this.#popToMark();
        return undefined;
      case OPCODE.DUP:
        return this.#top();
      case OPCODE.NONE:
        return null;
      case OPCODE.NEWTRUE:
        return true;
      case OPCODE.NEWFALSE:
        return false;
      case OPCODE.BININT1:
        return this.#uint8();
      case OPCODE.BININT2:
        return this.#view.getUint16(this.#take(2), true);
      case OPCODE.BININT:
        return this.#view.getInt32(this.#take(4), true);
      case OPCODE.LONG1:
        return this.#integer(this.#uint8());
      case OPCODE.LONG4:
        return this.#integer(this.#view.getInt32(this.#take(4), true));
      case OPCODE.BINFLOAT:
        return this.#view.getFloat64(this.#take(8), false);
      case OPCODE.SHORT_BINUNICODE:
        return this.#text(this.#uint8());
      case OPCODE.BINUNICODE:
        return this.#text(this.#uint32());
      case OPCODE.BINUNICODE8:
        return this.#text(this.#uint64());
      case OPCODE.SHORT_BINSTRING:
        return this.#text(this.#uint8());
      case OPCODE.BINSTRING:
        return this.#text(this.#uint32());
      case OPCODE.SHORT_BINBYTES:
        return this.#slice(this.#uint8());
      case OPCODE.BINBYTES:
        return this.#slice(this.#uint32());
      case OPCODE.BINBYTES8:
      case OPCODE.BYTEARRAY8:
        return this.#slice(this.#uint64());
      case OPCODE.EMPTY_LIST:
        return [];
      case OPCODE.LIST:
        return this.#popToMark();
      case OPCODE.APPEND:
        return this.#append([this.#pop()]);
      case OPCODE.APPENDS:
        return this.#append(this.#popToMark());
      case OPCODE.EMPTY_TUPLE:
        return new PickleTuple([]);
      case OPCODE.TUPLE:
        return new PickleTuple(this.#popToMark());
      case OPCODE.TUPLE1:
      case OPCODE.TUPLE2:
      case OPCODE.TUPLE3:
        return new PickleTuple(this.#popMany(opcode - OPCODE.TUPLE1 + 1));
      case OPCODE.EMPTY_DICT:
        return new PickleDict();
      case OPCODE.DICT: {
        const dict = new PickleDict();
        this.#setItems(dict, this.#popToMark());
        return dict;
      }
      case OPCODE.SETITEM:
        return this.#setTop(this.#popMany(2));
      case OPCODE.SETITEMS:
        return this.#setTop(this.#popToMark());
      case OPCODE.EMPTY_SET:
        return new PickleSet();
      case OPCODE.ADDITEMS:
        return this.#addTop(this.#popToMark());
      case OPCODE.FROZENSET: {
        const set = new PickleSet();
        this.#addItems(set, this.#popToMark());
        return set;
      }
      case OPCODE.BINGET:
        return this.#recall(this.#uint8());
      case OPCODE.LONG_BINGET:
        return this.#recall(this.#uint32());
      case OPCODE.BINPUT:
        return this.#remember(this.#uint8());
      case OPCODE.LONG_BINPUT:
        return this.#remember(this.#uint32());
      case OPCODE.MEMOIZE:
        return this.#remember(this.#memo.size);
      case OPCODE.GLOBAL:
        return this.#name(this.#line(), this.#line());
      case OPCODE.STACK_GLOBAL: {
        const [module, name] = this.#popMany(2);
        return this.#name(module!, name!);
      }
      case OPCODE.REDUCE: {
        const [callable, args] = this.#popMany(2);
        return this.#call(callable!, args!);
      }
      case OPCODE.NEWOBJ: {
        const [type, args] = this.#popMany(2);
        return this.#call(type!, args!);
      }
      case OPCODE.NEWOBJ_EX: {
        const [type, args, keywords] = this.#popMany(3);
        const made = this.#call(type!, args!);
        if (made instanceof PickleRecord && keywords instanceof PickleDict) made.state = keywords;
        return made;
      }
      case OPCODE.BUILD: {
        const state = this.#pop();
        const target = this.#top();
        if (target instanceof PickleRecord) target.state = state; // attributes of dicts and tensors say nothing we need
        return undefined;
      }
      case OPCODE.BINPERSID:
        return this.#meaning.persistent(this.#pop());
      default:
        throw unsupported(
          this.#path,
          `it holds the opcode 0x${opcode.toString(16).padStart(2, "0")} at byte ${this.#at - 1}`,
        );
    }
  }

  #protocol(version: number): undefined {
    if (version < 2 || version > 5) throw unsupported(this.#path, `it has protocol ${version}; 2 to 5 are read`);
  }

  /** Calling a name gives what the closed list says, else a record; calling anything else is no pickle of ours. */
  #call(callable: PickleValue, args: PickleValue): PickleValue {
    if (!(args instanceof PickleTuple)) throw this.#bad("arguments are not a tuple");
    if (callable instanceof PickleName) {
      return this.#meaning.call(callable.path, args.items, this.#charge) ?? new PickleRecord(callable.path, args.items);
    }
    if (callable instanceof PickleRecord)
      return new PickleRecord(`${callable.className.slice(0, MAX_NAME_LENGTH)}()`, args.items);
    throw this.#bad("something that is not a name is called");
  }

  #append(items: readonly PickleValue[]): undefined {
    const target = this.#top();
    const list = Array.isArray(target) ? target : target instanceof PickleRecord ? target.elements : undefined;
    if (list === undefined) throw this.#bad("items are appended to something that is not a list");
    for (const item of items) list.push(item);
  }

  #setTop(items: readonly PickleValue[]): undefined {
    const target = this.#top();
    if (!(target instanceof PickleDict || target instanceof PickleRecord))
      throw this.#bad("items are set on something that is not a dict");
    this.#setItems(target, items);
  }

  #setItems(target: PickleDict | PickleRecord, items: readonly PickleValue[]): void {
    if (items.length % 2 !== 0) throw this.#bad("a dict has a key without a value");
    for (let i = 0; i < items.length; i += 2) target.entries.set(items[i]!, items[i + 1]!);
  }

  #addTop(items: readonly PickleValue[]): undefined {
    const target = this.#top();
    if (!(target instanceof PickleSet)) throw this.#bad("items are added to something that is not a set");
    this.#addItems(target, items);
  }

  #addItems(target: PickleSet, items: readonly PickleValue[]): void {
    for (const item of items) target.items.add(item);
  }

  #name(module: PickleValue, name: PickleValue): PickleName {
    if (typeof module !== "string" || typeof name !== "string") throw this.#bad("a name is not text");
    if (module.length + name.length > MAX_NAME_LENGTH) throw this.#bad("a name is longer than 1024 characters");
    return new PickleName(`${module}.${name}`);
  }

  #remember(index: number): undefined {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#bad(`memo ${index} is asked for before it is set`);
    return value;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#bad("a value is missing on the stack");
    return value as PickleValue;
  }

  #popMany(count: number): PickleValue[] {
    const values = this.#stack.splice(Math.max(0, this.#stack.length - count));
    if (values.length < count || values.includes(MARK)) throw this.#bad("a value is missing on the stack");
    return values as PickleValue[];
  }

  #popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.#bad("a mark is missing on the stack");
    return this.#stack.splice(mark).slice(1) as PickleValue[];
  }

  #uint8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  #integer(length: number): number | bigint {
    if (length < 0 || length > MAX_INTEGER_BYTES)
      throw this.#bad(`a whole number has ${length} bytes; at most ${MAX_INTEGER_BYTES} are read`);
    const start = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i]!);
    if (length > 0 && this.#bytes[start + length - 1]! >= 128) value -= 1n << BigInt(8 * length); // two's complement
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  #text(length: number): string {
    return this.#utf8.decode(this.#slice(length));
  }

  #slice(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0 || end - this.#at > MAX_NAME_LENGTH) throw this.#bad("a name does not end");
    const text = this.#text(end - this.#at);
    this.#at++;
    return text;
  }

  /** Moves past `length` bytes and gives the index of the first. */
  #take(length: number): number {
    const start = this.#at;
    if (!(start + length <= this.#bytes.length)) throw this.#bad("it ends early");
    this.#at = start + length;
    return start;
  }

  readonly #charge: Charge = (values) => {
    this.#made += values;
    if (this.#made > MAX_VALUES) throw tooLarge(this.#path, `more than ${MAX_VALUES} values`);
  };

  #bad(what: string): BiogptError {
    return badPickle(this.#path, `${what} (byte ${this.#at})`);
  }
}

export function badPickle(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/bad-pickle", {
    what: `${path}: the pickle is damaged: ${what}.`,
    fix: "Fetch the file again, or save it again with torch.save.",
  });
}

function unsupported(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/unsupported-pickle", {
    what: `${path}: the pickle cannot be read: ${what}.`,
    why: "We read pickles as data, with a closed list of opcodes.",
    fix: "Save the file again with torch.save of PyTorch 1.6 or later, or as safetensors.",
  });
}

function tooLarge(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/pickle-too-large", {
    what: `${path}: the pickle is too large: ${what}.`,
    why: "A checkpoint's pickle lists names and shapes only; its weights lie beside it.",
    fix: "Save the weights alone: torch.save(model.state_dict(), file).",
  });
}
