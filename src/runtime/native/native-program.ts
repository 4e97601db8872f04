/**
 * A compiled graph: one ONNX Runtime session. Runs are native calls on koffi's threads, so that the event loop goes on.
 *
 * A run holds its tensors and its session, so disposing them meanwhile is safe: they go when the run ends. Stopping a run
 * sets the terminate flag of its run options, which ONNX Runtime reads between two operators.
 */
import { abortedError, throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError, internalError } from "../../base/errors.ts";
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
import { ownedTensor } from "./host-tensor.ts";
import { PointerTable, StringTable } from "./native-memory.ts";
import { type NativeTensor, nativeTensor } from "./native-tensor.ts";
import { type Api, callAsync, check, create, type Pointer } from "./onnxruntime-api.ts";
import { sessionInputs, sessionOutputs } from "./value-info.ts";

/** Runs native work at once, or when the device has done what came before. */
export type Schedule = <T>(work: () => Promise<T>) => Promise<T>;

export interface ProgramParts {
  readonly api: Api;
  readonly session: bigint;
  readonly schedule: Schedule;
  /** Gives back what the session refers to, once it is released: mapped files, its device. */
  readonly release: () => void;
  /** Ends the collection of operator times and reads them; undefined when none are collected. */
  readonly endProfiling: ((session: bigint) => OperatorProfile[]) | undefined;
}

const RUNNING = { code: "runtime/run", what: "Running the graph" } as const;
const forgotten = new FinalizationRegistry<Counted>((native) => native.release());

/** A session and the tables of its names, in the order of the graph. */
class Session extends Counted {
  readonly handle: bigint;
  readonly api: Api;
  readonly schedule: Schedule;
  readonly inputNames: StringTable;
  readonly outputNames: StringTable;

  constructor(parts: ProgramParts, inputs: readonly TensorInfo[], outputs: readonly TensorInfo[]) {
    const { api, session } = parts;
    const inputNames = new StringTable(inputs.map(({ name }) => name));
    const outputNames = new StringTable(outputs.map(({ name }) => name));
    super(() => {
      api.ReleaseSession(session);
      inputNames[Symbol.dispose]();
      outputNames[Symbol.dispose]();
      parts.release();
    });
    this.api = api;
    this.handle = session;
    this.schedule = parts.schedule;
    this.inputNames = inputNames;
    this.outputNames = outputNames;
  }
}

export class NativeProgram implements Program {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #session: Session;
  readonly #endProfiling: ProgramParts["endProfiling"];
  #profile: OperatorProfile[] | undefined;
  #disposed = false;

  constructor(parts: ProgramParts) {
    this.inputs = sessionInputs(parts.api, parts.session);
    this.outputs = sessionOutputs(parts.api, parts.session);
    this.#session = new Session(parts, this.inputs, this.outputs);
    this.#endProfiling = parts.endProfiling;
    forgotten.register(this, this.#session, this);
  }

  async run(inputs: Inputs, outputs: Outputs = {}, signal?: AbortSignal): Promise<Record<string, DeviceTensor>> {
    const { api } = this.#alive();
    const given = orderOutputs(outputs, this.outputs, nativeTensor);
    using call = new Call(this.#session, orderInputs(inputs, this.inputs, nativeTensor), given);
    await call.run(signal);
    const results: Record<string, DeviceTensor> = {};
    this.outputs.forEach(({ name }, i) => {
      results[name] = given[i] ?? ownedTensor(api, call.outputValue(i));
    });
    return results;
  }

  bind(inputs: Inputs, outputs: Readonly<Record<string, DeviceTensor>>): BoundRun {
    this.#alive();
    const given = orderAllOutputs(outputs, this.outputs, nativeTensor);
    return new Call(this.#session, orderInputs(inputs, this.inputs, nativeTensor), given);
  }

  profile(): OperatorProfile[] {
    const { handle } = this.#alive();
    if (this.#endProfiling === undefined) {
      throw new BiogptError("runtime/no-profile", {
        what: "No operator times were collected.",
        fix: "Compile the graph with { profile: true }.",
      });
    }
    this.#profile ??= this.#endProfiling(handle);
    return this.#profile;
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten.unregister(this);
    this.#session.release();
  }

  #alive(): Session {
    if (this.#disposed) throw disposedError("A program");
    return this.#session;
  }
}

/** One set of arguments of a session: tables of native handles, and run options of its own. */
class Call implements BoundRun {
  readonly #session: Session;
  readonly #inputs: PointerTable;
  readonly #outputs: PointerTable;
  readonly #options: bigint;
  readonly #inputCount: number;
  readonly #outputCount: number;
  readonly #native: Counted;
  #running = false;
  #disposed = false;

  constructor(session: Session, inputs: readonly NativeTensor[], outputs: readonly (NativeTensor | undefined)[]) {
    const { api } = session;
    const inputTable = new PointerTable(inputs.map(({ value }) => value));
    const outputTable = new PointerTable(outputs.map((tensor) => tensor?.value ?? 0n));
    const options = create(api, RUNNING, (out) => api.CreateRunOptions(out));
    const holds = [...inputs, ...outputs].map((tensor) => tensor?.hold());
    session.retain();
    this.#session = session;
    this.#inputs = inputTable;
    this.#outputs = outputTable;
    this.#options = options;
    this.#inputCount = inputs.length;
    this.#outputCount = outputs.length;
    this.#native = new Counted(() => {
      api.ReleaseRunOptions(options);
      inputTable[Symbol.dispose]();
      outputTable[Symbol.dispose]();
      for (const hold of holds) hold?.release();
      session.release();
    });
    forgotten.register(this, this.#native, this);
  }

  async run(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.#disposed) throw disposedError("A bound run");
    if (this.#running) throw internalError("a bound run was started again before its end");
    const { api, handle, schedule, inputNames, outputNames } = this.#session;
    const stop = (): void => check(api, api.RunOptionsSetTerminate(this.#options), RUNNING);
    this.#running = true;
    this.#native.retain();
    signal?.addEventListener("abort", stop, { once: true });
    let status: Pointer;
    try {
      status = await schedule(() =>
        callAsync(
          api.Run,
          handle,
          this.#options,
          inputNames.address,
          this.#inputs.address,
          this.#inputCount,
          outputNames.address,
          this.#outputCount,
          this.#outputs.address,
        ),
      );
    } finally {
      this.#running = false;
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted) check(api, api.RunOptionsUnsetTerminate(this.#options), RUNNING);
      this.#native.release();
    }
    if (status === null) return;
    if (signal?.aborted) {
      api.ReleaseStatus(status);
      throw abortedError(signal);
    }
    check(api, status, RUNNING);
  }

  outputValue(index: number): bigint {
    return this.#outputs.get(index);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten.unregister(this);
    this.#native.release();
  }
}
