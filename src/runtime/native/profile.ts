/**
 * Time by operator. ONNX Runtime writes a trace in Chrome's format to a file; it goes to a folder of its own below the
 * system's temporary one and is removed with the program.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import type { OperatorProfile } from "../device-interface.ts";
import { type Api, check, create } from "./onnxruntime-api.ts";

const PROFILING = { code: "runtime/profile", what: "Collecting operator times" } as const;

export class ProfileFile {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "biogpt-profile-"));

  /** Has sessions made with these options write a trace. */
  enable(api: Api, sessionOptions: bigint): void {
    const prefix = Buffer.from(`${join(this.#folder, "trace")}\0`, process.platform === "win32" ? "utf16le" : "utf8");
    const path = koffi.alloc("uint8_t", prefix.length) as bigint;
    try {
      koffi.encode(path, "uint8_t", prefix, prefix.length);
      check(api, api.EnableProfiling(sessionOptions, path), PROFILING);
    } finally {
      koffi.free(path);
    }
  }

  /** Ends the collection. */
  end(api: Api, session: bigint): OperatorProfile[] {
    const allocator = create(api, PROFILING, (out) => api.GetAllocatorWithDefaultOptions(out));
    const address = create(api, PROFILING, (out) => api.SessionEndProfiling(session, allocator, out));
    const path = koffi.decode.string(address);
    check(api, api.AllocatorFree(allocator, address), PROFILING);
    return summarize(JSON.parse(readFileSync(path, "utf8")) as readonly TraceEvent[]);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One event of a trace; those of category "Node" whose name ends in "_kernel_time" are executions of operators. */
export interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: { readonly op_name?: string };
}

/** Executions and time by operator, longest first. */
export function summarize(events: readonly TraceEvent[]): OperatorProfile[] {
  const totals = new Map<string, { count: number; microseconds: number }>();
  for (const { cat, name, dur = 0, args } of events) {
    const operator = args?.op_name;
    if (cat !== "Node" || operator === undefined || !name.endsWith("_kernel_time")) continue;
    const total = totals.get(operator) ?? { count: 0, microseconds: 0 };
    total.count++;
    total.microseconds += dur;
    totals.set(operator, total);
  }
  return [...totals]
    .map(([operator, { count, microseconds }]) => ({ operator, count, totalMilliseconds: microseconds / 1000 }))
    .sort((left, right) => right.totalMilliseconds - left.totalMilliseconds);
}
