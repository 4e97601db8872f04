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
