import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { withLock } from "./file-lock.ts";
import { temporaryFolder } from "./scratch.fixture.ts";

test("a lock: waits for the living, takes over from the dead and the silent, keeps out a second", async () => {
  const path = join(temporaryFolder(), "locks", "x.lock");
  const order: string[] = [];
  let second: Promise<void> | undefined;
  await withLock(path, async () => {
    order.push("first in");
    await new Promise<void>((resolve) => {
      const onWait = (): void => {
        order.push("waits");
        resolve();
      };
      second = withLock(path, async () => void order.push("second"), { pollEvery: 5, onWait });
    });
    await delay(30);
    order.push("first out");
  });
  await second;
  expect(order).toEqual(["first in", "waits", "first out", "second"]);
  expect(existsSync(path)).toBe(false);

  writeFileSync(path, JSON.stringify({ token: "x", pid: 2 ** 22 + 1, host: hostname() })); // a process that cannot be
  expect(await withLock(path, async () => "dead", { pollEvery: 5 })).toBe("dead");
  writeFileSync(path, JSON.stringify({ token: "x", pid: process.pid, host: hostname() })); // an earlier process of our number
  expect(await withLock(path, async () => "earlier", { pollEvery: 5 })).toBe("earlier");
  writeFileSync(path, JSON.stringify({ token: "x", pid: process.pid, host: "elsewhere" }));
  utimesSync(path, new Date(0), new Date(0));
  expect(await withLock(path, async () => "silent", { pollEvery: 5 })).toBe("silent");
  writeFileSync(path, JSON.stringify({ token: "x", pid: 1, host: "elsewhere" }));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await expect(withLock(path, async () => "never", { pollEvery: 5, signal: controller.signal })).rejects.toMatchObject({
    code: "aborted",
  });

  // Forty that find it stale together: one at a time all the same.
  utimesSync(path, new Date(0), new Date(0));
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 40 }, () =>
      withLock(
        path,
        async () => {
          most = Math.max(most, ++inside);
          await delay(2);
          inside--;
        },
        { pollEvery: 3 },
      ),
    ),
  );
  expect(most).toBe(1);
});

test("who does not want to wait learns who holds it, and leaves it alone", async () => {
  const path = join(temporaryFolder(), "x.lock");
  await withLock(path, async () => {
    const refused = withLock(path, async () => "never", {
      onWait: (holder) => {
        throw new Error(`held by ${holder?.pid} on ${holder?.host}`);
      },
    });
    await expect(refused).rejects.toThrow(`held by ${process.pid} on ${hostname()}`);
    expect(existsSync(path)).toBe(true);
  });
  expect(existsSync(path)).toBe(false);
});
