/** What a pickle is read into (pickle.ts). Objects are shared where the pickle shares them, and may form cycles. */

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | PickleDict
  | PickleSet
  | PickleName
  | PickleRecord
  | PickleLeaf;

export class PickleTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A dict or OrderedDict. Keys are what Python hashes; strings and numbers as a rule. */
export class PickleDict {
  readonly entries: Map<PickleValue, PickleValue> = new Map();
}

export class PickleSet {
  readonly items: Set<PickleValue> = new Set();
}

/** `module.name`, for example `collections.OrderedDict`: a class or function that is never looked up. */
export class PickleName {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

/** An object of a class that we do not know: its arguments and state, as data. */
export class PickleRecord {
  readonly className: string;
  readonly args: readonly PickleValue[];
  state: PickleValue = null;
  readonly elements: PickleValue[] = [];
  readonly entries: Map<PickleValue, PickleValue> = new Map();
  constructor(className: string, args: readonly PickleValue[]) {
    this.className = className;
    this.args = args;
  }
}

/** Base of what a caller's own list makes of a call: a storage, a tensor. Opaque to the machine. */
export class PickleLeaf {
  /** Tells leaves apart from other objects for TypeScript, whose classes are compared by shape. */
  readonly leaf = true as const;
}
