/**
 * A compiled graph in WebAssembly: one session, its weights given with each run.
 *
 * A run computes in the calling thread (with helpers where there are several threads) and cannot be stopped before its end; between two of them other
 * events of the thread have their turn.
 */
import type { Breath } from "../../base/breath.ts";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { orderAllOutputs, orderInputs, orderOutputs } from "../binding.ts";
import { Counted } from "../counted.ts";
import type {
  BoundRun,
  DeviceTensor,
  Inputs,
  OperatorProfile,
  Outputs,
  Program,
  TensorInfo,
} from "../device-interface.ts";
import { disposedError } from "../tensor-checks.ts";
import { ADDRESS_BYTES, allocateBytes, allocateTable, check, type OrtModule } from "./ort-module.ts";
import { dataTypeOf, WasmTensor, wasmTensor } from "./wasm-tensor.ts";

const RUNNING = { code: "runtime/run", what: "Running the graph" } as const;
const ASKING = { code: "runtime/compile", what: "Reading the graph's inputs and outputs" } as const;

export interface WasmProgramParts {
  readonly module: OrtModule;
  readonly session: number;
  /** Behind the graph's own inputs, in its order. */
  readonly weights: readonly WasmTensor[];
  readonly breath: Breath;
  readonly release: () => void;
}

interface Described extends TensorInfo {
  /** Address of the name, which belongs to the session's description. */
  readonly nameAddress: number;
}

class Session extends Counted {
  readonly module: OrtModule;
  readonly handle: number;
  readonly breath: Breath;
  readonly inputs: readonly Described[];
  readonly outputs: readonly Described[];
  readonly weights: readonly WasmTensor[];
  readonly inputNames: number;
  readonly outputNames: number;

  constructor({ module, session, weights, breath, release }: WasmProgramParts) {
    const [inputCount, outputCount] = counts(module, session);
    const inputs = Array.from({ length: inputCount }, (_, i) => describe(module, session, i));
    const outputs = Array.from({ length: outputCount }, (_, i) => describe(module, session, inputCount + i));
    const tables = [inputs, outputs].map((all) =>
      allocateTable(
        module,
        all.map(({ nameAddress }) => nameAddress),
      ),
    ) as [number, number];
    super(() => {
      module._OrtReleaseSession(session);
      for (const { nameAddress } of [...inputs, ...outputs]) module._OrtFree(nameAddress);
      for (const table of tables) module._free(table);
      for (const weight of weights) weight[Symbol.dispose]();
      release();
    });
    this.module = module;
    this.handle = session;
    this.breath = breath;
    this.inputs = inputs;
    this.outputs = outputs;
    this.weights = weights;
    [this.inputNames, this.outputNames] = tables;
  }
}

export class WasmProgram implements Program {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #session: Session;
  #disposed = false;

  constructor(parts: WasmProgramParts) {
    this.#session = new Session(parts);
    const { inputs, outputs, weights } = this.#session;
    const plain = ({ nameAddress: _, ...info }: Described): TensorInfo => info;
    this.inputs = inputs.slice(0, inputs.length - weights.length).map(plain);
    this.outputs = outputs.map(plain);
  }

  async run(inputs: Inputs, outputs: Outputs = {}, signal?: AbortSignal): Promise<Record<string, DeviceTensor>> {
    const session = this.#alive();
    const given = orderOutputs(outputs, this.outputs, wasmTensor);
    using call = new Call(session, orderInputs(inputs, this.inputs, wasmTensor), given);
    await call.run(signal);
    const results: Record<string, DeviceTensor> = {};
    this.outputs.forEach(({ name }, i) => {
      results[name] = given[i] ?? WasmTensor.owned(session.module, call.outputValue(i));
    });
    return results;
  }

  bind(inputs: Inputs, outputs: Readonly<Record<string, DeviceTensor>>): BoundRun {
    const given = orderAllOutputs(outputs, this.outputs, wasmTensor);
    return new Call(this.#alive(), orderInputs(inputs, this.inputs, wasmTensor), given);
  }

  profile(): OperatorProfile[] {
    throw new BiogptError("runtime/no-profile", {
      what: "No operator times are collected in WebAssembly.",
      fix: "Collect them on the cpu, where the same graph runs.",
    });
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#session.release();
  }

  #alive(): Session {
    if (this.#disposed) throw disposedError("A program");
    return this.#session;
  }
}

class Call implements BoundRun {
  readonly #session: Session;
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #given: readonly number[];
  readonly #native: Counted;
  #disposed = false;

  constructor(session: Session, inputs: readonly WasmTensor[], outputs: readonly (WasmTensor | undefined)[]) {
    const { module } = session;
    const all = [...inputs, ...session.weights];
    const given = outputs.map((tensor) => tensor?.value ?? 0);
    const tables = [
      allocateTable(
        module,
        all.map(({ value }) => value),
      ),
      allocateBytes(module, ADDRESS_BYTES * outputs.length),
    ] as const;
    const holds = [...inputs, ...outputs].map((tensor) => tensor?.hold());
    session.retain();
    this.#session = session;
    [this.#inputs, this.#outputs] = tables;
    this.#given = given;
    this.#native = new Counted(() => {
      for (const table of tables) module._free(table);
      for (const hold of holds) hold?.release();
      session.release();
    });
  }

  async run(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.#disposed) throw disposedError("A bound run");
    const { module, handle, inputs, outputs, inputNames, outputNames, breath } = this.#session;
    for (const [i, value] of this.#given.entries()) module.setValue(this.#outputs + ADDRESS_BYTES * i, value, "*");
    this.#native.retain();
    try {
      const ran = module._OrtRun(
        handle,
        inputNames,
        this.#inputs,
        inputs.length,
        outputNames,
        outputs.length,
        this.#outputs,
        0,
      );
      check(module, typeof ran === "number" ? ran : await ran, RUNNING);
      await breath.take();
    } finally {
      this.#native.release();
    }
    throwIfAborted(signal);
  }

  outputValue(index: number): number {
    return this.#session.module.getValue(this.#outputs + ADDRESS_BYTES * index, "*");
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#native.release();
  }
}

function counts(module: OrtModule, session: number): [inputs: number, outputs: number] {
  const places = allocateBytes(module, 2 * ADDRESS_BYTES);
  try {
    check(module, module._OrtGetInputOutputCount(session, places, places + ADDRESS_BYTES), ASKING);
    return [module.getValue(places, "*"), module.getValue(places + ADDRESS_BYTES, "*")];
  } finally {
    module._free(places);
  }
}

/** Its metadata: element type, number of axes, then for each axis the address of its name or 0, then for each its size. */
function describe(module: OrtModule, session: number, index: number): Described {
  const places = allocateBytes(module, 2 * ADDRESS_BYTES);
  let metadata = 0;
  try {
    check(module, module._OrtGetInputOutputMetadata(session, index, places, places + ADDRESS_BYTES), ASKING);
    const nameAddress = module.getValue(places, "*");
    metadata = module.getValue(places + ADDRESS_BYTES, "*");
    const at = (place: number): number => module.getValue(metadata + ADDRESS_BYTES * place, "*");
    const axes = at(1);
    const shape = Array.from({ length: axes }, (_, axis) => {
      const name = at(2 + axis);
      return name === 0 ? at(2 + axes + axis) : module.UTF8ToString(name);
    });
    return { name: module.UTF8ToString(nameAddress), dtype: dataTypeOf(at(0)), shape, nameAddress };
  } finally {
    if (metadata !== 0) module._OrtFree(metadata);
    module._free(places);
  }
}
