/**
 * The engine of this process: one environment with one global thread pool serves all devices, since two pools that wait
 * actively take each other's processors. A device that wants another number of threads, or to wait otherwise, than the
 * environment has gets sessions with pools of their own.
 *
 * All sessions also share one arena for intermediate values: programs that run by turns, as those of a training step do,
 * then need the largest of their peaks instead of the sum (measured: 193 MB instead of 296 with two programs).
 */
import { Counted } from "../counted.ts";
import type { Spinning } from "../device-interface.ts";
import { type Api, check, create, loadApi } from "./onnxruntime-api.ts";
import { switchTelemetryOff } from "./telemetry.ts";

const OPENING = { code: "runtime/open", what: "Starting ONNX Runtime" } as const;
/** ONNX Runtime's log level "fatal": every error reaches the caller as one of ours, so nothing needs to be printed. */
const LOG_FATAL_ONLY = 4;

/** OrtAllocatorType's OrtArenaAllocator. */
const ARENA_ALLOCATOR = 1;

/** Set by whoever starts the process, it stays as it is. */
const NO_FLASH_ATTENTION = "ORT_GQA_DISABLE_FLASH_ATTENTION";

export interface Threads {
  readonly threads: number;
  readonly spin: Spinning;
}

export class Environment extends Counted {
  readonly api: Api;
  readonly handle: bigint;
  readonly pool: { readonly threads: number; readonly spin: boolean };

  constructor(api: Api, pool: Threads) {
    // ONNX Runtime 1.30's flash form of GroupQueryAttention takes twice the time of its plain one on processors (docs/experiments.md).
    process.env[NO_FLASH_ATTENTION] ??= "1";
    const threading = create(api, OPENING, (out) => api.CreateThreadingOptions(out));
    // Only a pool that is a session's own can be told to stop spinning when a run ends.
    const shared = pool.spin === "in-runs" ? { threads: 1, spin: false } : { ...pool, spin: pool.spin };
    check(api, api.SetGlobalIntraOpNumThreads(threading, shared.threads), OPENING);
    check(api, api.SetGlobalSpinControl(threading, shared.spin ? 1 : 0), OPENING);
    // Denormal numbers cost a hundred times the time of others and carry nothing here.
    check(api, api.SetGlobalDenormalAsZero(threading), OPENING);
    const handle = create(api, OPENING, (out) =>
      api.CreateEnvWithGlobalThreadPools(LOG_FATAL_ONLY, "biogpt", threading, out),
    );
    api.ReleaseThreadingOptions(threading);
    switchTelemetryOff(api, handle);
    const arena = create(api, OPENING, (out) => api.CreateCpuMemoryInfo(ARENA_ALLOCATOR, 0, out));
    check(api, api.CreateAndRegisterAllocator(handle, arena, null), OPENING);
    api.ReleaseMemoryInfo(arena);
    super(() => {
      current = undefined;
      api.ReleaseEnv(handle);
    });
    this.api = api;
    this.handle = handle;
    this.pool = shared;
  }

  /** The settings of sessions that compute with these threads. */
  applyThreads(sessionOptions: bigint, wanted: Threads): void {
    const { api, pool } = this;
    if (pool.threads === wanted.threads && pool.spin === wanted.spin) {
      check(api, api.DisablePerSessionThreads(sessionOptions), OPENING);
      return;
    }
    check(api, api.SetIntraOpNumThreads(sessionOptions, wanted.threads), OPENING);
    const set = (name: string, value: string): void =>
      check(api, api.AddSessionConfigEntry(sessionOptions, name, value), OPENING);
    set("session.intra_op.allow_spinning", wanted.spin === false ? "0" : "1");
    if (wanted.spin === "in-runs") set("session.force_spinning_stop", "1");
    set("session.set_denormal_as_zero", "1");
  }
}

let current: Environment | undefined;

/** The environment, made with these threads if there is none. The caller releases it. */
export function shareEnvironment(wanted: Threads): Environment {
  current = current?.retain() ?? new Environment(loadApi(), wanted);
  return current;
}
