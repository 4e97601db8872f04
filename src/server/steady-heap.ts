/**
 * Keeps JavaScript's heap near what lives in it. By itself V8 lets garbage grow to twice or four times that before it collects all: of a server that lives for
 * days some forty megabytes that come and go, and that nobody can tell from a leak (docs/experiments.md, "An hour of requests").
 */
import { setFlagsFromString } from "node:v8";

/** Garbage that may gather, in percent of what lived after the last full collection. */
const GROWTH = 25;

/** For the whole process; collections come more often, each marking beside the program's own work. */
export function keepHeapSteady(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
