/** What Ctrl-C and SIGTERM do, once and twice. */
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { stopOnSignals } from "./main.ts";

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("the first %s asks for an orderly end, the second ends at once with %d", (name, code) => {
  const source = new EventEmitter();
  const exits: number[] = [];
  const { signal, stoppedWith } = stopOnSignals(source, (given) => exits.push(given));
  expect(signal.aborted).toBe(false);
  source.emit(name);
  expect(signal.aborted).toBe(true);
  expect(exits).toEqual([]);
  expect(stoppedWith()).toBe(code);
  source.emit(name);
  expect(exits).toEqual([code]);
});

test("Ctrl-C after SIGTERM does not wait either", () => {
  const source = new EventEmitter();
  const exits: number[] = [];
  const { stoppedWith } = stopOnSignals(source, (given) => exits.push(given));
  source.emit("SIGTERM");
  source.emit("SIGINT");
  expect(exits).toEqual([130]);
  expect(stoppedWith()).toBe(143);
});

test("Ctrl-C goes to the part of the work that took it, until it is given back; SIGTERM does not", () => {
  const source = new EventEmitter();
  const exits: number[] = [];
  const { signal, takeInterrupts } = stopOnSignals(source, (given) => exits.push(given));
  let stopped = 0;
  const release = takeInterrupts(() => stopped++);
  source.emit("SIGINT");
  source.emit("SIGINT");
  expect([stopped, signal.aborted, exits]).toEqual([2, false, []]);
  release();
  source.emit("SIGINT");
  expect([stopped, signal.aborted]).toEqual([2, true]);
  takeInterrupts(() => stopped++);
  source.emit("SIGINT");
  expect([stopped, exits]).toEqual([2, [130]]);
});
