/**
 * Training in several processes through Open MPI, whose C library is called by FFI; without it nothing here is loaded.
 *
 *     mpirun -n 4 npx biogpt pretrain …       srun --mpi=pmix -n 4 npx biogpt pretrain …
 *
 * Gradients are added up in buckets on a native thread, so the event loop stays free. A lost process shows as an error code, as
 * a signal from mpirun, or as silence; each ends the run with an error that names the last checkpoint's place, as nothing can be waited for any more.
 *
 * Follows the ABI of Open MPI 4 and 5 (libmpi.so.40): handles are addresses of global objects, `MPI_COMM_WORLD` that of `ompi_mpi_comm_world`.
 * MPICH has other handles and is refused by the missing symbols. Leaves out GPUs' own collectives.
 */
import { availableParallelism, cpus } from "node:os";
import koffi from "koffi";
import { BiogptError } from "../../base/errors.ts";
import { configureNativeCalls } from "../../runtime/native/native-calls.ts";
import type { Parallel } from "./parallel.ts";

/** Floats of one all-reduce: 16 MB, enough for full bandwidth and small enough to be stopped in between. */
const BUCKET = 4 * 1024 * 1024;
/** What may pass between the fastest and the slowest process: a checkpoint of gigabytes on a slow disk. Seconds. */
const PATIENCE = 600;
/** mpirun kills a second after SIGTERM, so that much may not be waited for. Milliseconds. */
const GRACE = 300;
/** Calls come from one thread at a time, not always the same (mpi.h). */
const THREAD_SERIALIZED = 2;
const LIBRARIES = ["libmpi.so.40", "libmpi.so", "libmpi.40.dylib", "libmpi.dylib"];
const IN_PLACE = 1n;

export interface ProcessGroup extends Parallel, Disposable {
  /** Processes on this machine. */
  readonly localSize: number;
  /** After a failure: the group is not closed in order any more, which would wait for the others. */
  abandon(): void;
  /** Ends this process at once, without waiting for native threads. */
  leave(code: number): void;
}

/** Whether this process was started by mpirun, or by srun with PMIx. */
export function startedByMpi(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment["OMPI_COMM_WORLD_SIZE"] !== undefined || environment["PMIX_RANK"] !== undefined;
}

/**
 * Threads for each of several processes on one machine: its share of the cores, unless mpirun has already bound it to some.
 *
 * @param all what one process alone would use
 */
export function threadsOfShare(all: number, localSize: number): number {
  const bound = availableParallelism() < cpus().length;
  return bound ? all : Math.max(1, Math.floor(all / localSize));
}

/**
 * Joins the group that this process was started in.
 *
 * @param options.patience seconds to wait for the others in one exchange; default 600
 * @throws BiogptError `training/no-mpi` when the library is missing or is not Open MPI
 */
export function joinProcessGroup({
  signal,
  patience = PATIENCE,
}: {
  readonly signal?: AbortSignal | undefined;
  readonly patience?: number;
} = {}): ProcessGroup {
  return new OpenMpiGroup(bindOpenMpi(), signal, patience * 1000);
}

type Status = Promise<number>;

interface OpenMpi {
  readonly allReduceFloats: (values: Float32Array) => Status;
  readonly allReduceDoubles: (values: Float64Array) => Status;
  readonly errorText: (code: number) => string;
  readonly rank: number;
  readonly size: number;
  readonly finalize: () => void;
  readonly exit: (code: number) => void;
}

function bindOpenMpi(): OpenMpi {
  const library = loadLibrary();
  try {
    const world = library.symbol("ompi_mpi_comm_world");
    const [float, double] = [library.symbol("ompi_mpi_float"), library.symbol("ompi_mpi_double")];
    const sum = library.symbol("ompi_mpi_op_sum");
    const provided = new Int32Array(16); // typed arrays under 64 bytes may move while native code holds them
    library.func("int MPI_Init_thread(void *, void *, int, void *)")(null, null, THREAD_SERIALIZED, provided);
    // Errors come back as codes instead of ending the process.
    library.func("int MPI_Comm_set_errhandler(void *, void *)")(world, library.symbol("ompi_mpi_errors_return"));
    const read = (name: string): number => {
      const value = new Int32Array(16);
      library.func(`int ${name}(void *, void *)`)(world, value);
      return value[0]!;
    };
    const allReduce = library.func("int MPI_Allreduce(void *, void *, int, void *, void *, void *)");
    const reduce =
      (type: unknown) =>
      (values: Float32Array | Float64Array): Status =>
        new Promise((resolve, reject) => {
          allReduce.async(IN_PLACE, values, values.length, type, sum, world, (error: Error | null, code: number) => {
            if (error === null && values.length >= 0)
              resolve(code); // the callback holds the array until native code is done with it
            else reject(error);
          });
        });
    const errorString = library.func("int MPI_Error_string(int, void *, void *)");
    const finalize = library.func("int MPI_Finalize()");
    const exit = koffi.load(null).func("void _exit(int)");
    return {
      allReduceFloats: reduce(float),
      allReduceDoubles: reduce(double),
      rank: read("MPI_Comm_rank"),
      size: read("MPI_Comm_size"),
      errorText: (code) => {
        const [text, length] = [Buffer.alloc(512), new Int32Array(16)];
        errorString(code, text, length);
        return text.toString("utf8", 0, length[0]!);
      },
      finalize: () => finalize(),
      exit: (code) => exit(code),
    };
  } catch (error) {
    throw noMpi((error as Error).message, error);
  }
}

function loadLibrary(): ReturnType<typeof koffi.load> {
  configureNativeCalls();
  const failures: string[] = [];
  for (const name of LIBRARIES) {
    try {
      return koffi.load(name, { global: true }); // its own plugins look for its symbols
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw noMpi(failures[0] ?? "it was not found");
}

function noMpi(why: string, cause?: unknown): BiogptError {
  return new BiogptError("training/no-mpi", {
    what: "This process was started by MPI, but Open MPI's library cannot be used.",
    why: `${why}.`,
    fix: "Install Open MPI 4 or 5 (`apt-get install openmpi-bin`) on every machine, or start without mpirun.",
    cause,
  });
}

class OpenMpiGroup implements ProcessGroup {
  readonly rank: number;
  readonly size: number;
  readonly localSize: number;
  #broken = false;
  readonly #mpi: OpenMpi;
  readonly #signal: AbortSignal | undefined;
  readonly #patience: number;

  constructor(mpi: OpenMpi, signal: AbortSignal | undefined, patience: number) {
    this.#mpi = mpi;
    this.#signal = signal;
    this.#patience = patience;
    this.rank = mpi.rank;
    this.size = mpi.size;
    this.localSize = Number(process.env["OMPI_COMM_WORLD_LOCAL_SIZE"] ?? mpi.size);
  }

  async sumInPlace(values: Float32Array): Promise<void> {
    for (let start = 0; start < values.length; start += BUCKET) {
      await this.#exchange(() => this.#mpi.allReduceFloats(values.subarray(start, start + BUCKET)));
    }
  }

  async sum(values: readonly number[]): Promise<number[]> {
    const sums = new Float64Array(Math.max(8, values.length)); // at least 64 bytes
    sums.set(values);
    await this.#exchange(() => this.#mpi.allReduceDoubles(sums));
    return [...sums.subarray(0, values.length)];
  }

  abandon(): void {
    this.#broken = true;
  }

  leave(code: number): void {
    this.#mpi.exit(code);
  }

  [Symbol.dispose](): void {
    if (!this.#broken) this.#mpi.finalize();
  }

  async #exchange(start: () => Status): Promise<void> {
    if (this.#broken) throw this.#lost("it was lost before");
    const timers: NodeJS.Timeout[] = [];
    const silence = new Promise<string>((resolve) => {
      timers.push(
        setTimeout(resolve, this.#patience, `nothing was heard of the others for ${this.#patience / 1000} seconds`),
      );
    });
    let told: (() => void) | undefined;
    const stopped = new Promise<string>((resolve) => {
      told = () =>
        timers.push(setTimeout(resolve, GRACE, "this process was told to end while it waited for the others"));
      if (this.#signal?.aborted) told();
      else this.#signal?.addEventListener("abort", told, { once: true });
    });
    try {
      const ended = await Promise.race([start(), silence, stopped]);
      if (ended !== 0) throw this.#lost(typeof ended === "string" ? ended : this.#mpi.errorText(ended));
    } finally {
      for (const timer of timers) clearTimeout(timer);
      if (told !== undefined) this.#signal?.removeEventListener("abort", told);
    }
  }

  #lost(why: string): BiogptError {
    this.#broken = true;
    return new BiogptError("training/peer-lost", {
      what: `Process ${this.rank} of ${this.size} lost the others: ${why}.`,
      why: "Every update needs the gradients of all processes; one of them has died, hangs or was stopped.",
      fix: "Its own message says why. Start again with --resume: the last checkpoint is whole.",
    });
  }
}
