/** One server a folder of jobs: two would both go on with the same ones. */
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { withLock } from "../../files/file-lock.ts";

export interface HeldFolder {
  release(): Promise<void>;
}

/** Holds the folder until it is released; one whose holder was killed is taken over. @throws BiogptError `server/data-in-use` */
export async function holdFolder(folder: string): Promise<HeldFolder> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let hold = (): void => {};
  const held = new Promise<void>((resolve) => {
    hold = resolve;
  });
  const whole = withLock(
    join(folder, "server.lock"),
    async () => {
      hold();
      await released;
    },
    {
      onWait(holder) {
        throw new BiogptError("server/data-in-use", {
          what: `Another server${holder === undefined ? "" : ` (process ${holder.pid} on ${holder.host})`} keeps its jobs in ${folder}.`,
          fix: "Stop it, or name another folder with --data-dir.",
        });
      },
    },
  );
  await Promise.race([held, whole]);
  return {
    release: async () => {
      release();
      await whole;
    },
  };
}
