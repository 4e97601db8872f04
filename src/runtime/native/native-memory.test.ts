/** A server makes tables of pointers for every prompt: what one leaves behind adds up. */
import koffi from "koffi";
import { expect, test } from "vitest";
import { configureNativeCalls } from "./native-calls.ts";
import { PointerTable } from "./native-memory.ts";

/** Bytes in use of the C library's heaps; undefined where it does not tell. */
function bytesInUse(): (() => number) | undefined {
  if (process.platform !== "linux") return undefined;
  configureNativeCalls();
  const names = [
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost",
  ];
  const answer = koffi.struct(Object.fromEntries(names.map((name) => [name, "size_t"])));
  try {
    const mallinfo2 = koffi.load(null).func("mallinfo2", answer, []) as unknown as () => { uordblks: number | bigint };
    return () => Number(mallinfo2().uordblks);
  } catch {
    return undefined; // musl, or glibc before 2.33
  }
}

test("a table of pointers holds what it was given and leaves nothing behind", (context) => {
  const inUse = bytesInUse();
  if (inUse === undefined) return context.skip();
  const values = [1n, 2n ** 63n, 3n];
  const make = (): void => {
    using table = new PointerTable(values);
    expect(values.map((_, i) => table.get(i))).toEqual(values);
  };
  for (let i = 0; i < 100; i++) make();
  const before = inUse();
  for (let i = 0; i < 20_000; i++) new PointerTable(values)[Symbol.dispose]();
  expect((inUse() - before) / 20_000).toBeLessThan(5);
});
