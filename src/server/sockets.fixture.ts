/** Raw sockets that behave badly, and a server to try them on. */
import { connect } from "node:net";
import { serve } from "./serve.ts";

export const POST: Readonly<Record<string, string>> = { "Content-Type": "application/json" };

export interface BadServer {
  readonly url: string;
  /** Value of a metric of the server's own. */
  metric(name: string): Promise<number>;
  /** What its log has of failures. */
  problems(): string[];
  close(): Promise<void>;
}

export async function badServer(): Promise<BadServer> {
  const logged: string[] = [];
  const server = await serve({ port: 0, models: ["biogpt-mini"], log: (line) => void logged.push(line) });
  await server.ready;
  return {
    url: server.url,
    async metric(name) {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      const line = text.split("\n").find((one) => one.startsWith(`biogpt_${name} `));
      return Number(line?.split(" ").at(-1));
    },
    problems: () => logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 50),
    close: () => server.close(),
  };
}

/** The head of a completion. @param length of the body; undefined: none is said */
export function head(length: number | undefined): string {
  const said = length === undefined ? "" : `Content-Length: ${length}\r\n`;
  return `POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n${said}\r\n`;
}

export interface RawOptions {
  /** Milliseconds between the parts. Default 0. */
  readonly pause?: number;
  /** Milliseconds after the last part at which the line is closed. Default: when the server closes it, at most 90 s. */
  readonly leaveAfter?: number;
  /** Says that nothing more comes, after the last part. */
  readonly halfClose?: boolean;
  /** Leaves with a reset in place of an end. */
  readonly reset?: boolean;
  /** Whether what comes is read. Default true. */
  readonly reads?: boolean;
}

/** Writes parts to a socket as they are. @returns all that came back until the line was closed */
export function rawRequest(
  url: string,
  parts: readonly string[],
  { pause = 0, leaveAfter, halfClose = false, reset = false, reads = true }: RawOptions = {},
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", allowHalfOpen: true });
    let answer = "";
    let isOver = false;
    const done = (): void => {
      isOver = true;
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
      resolve(answer);
    };
    socket.setEncoding("latin1").setTimeout(90_000, done);
    if (reads) {
      socket.on("data", (piece) => {
        answer += piece;
      });
    }
    socket.on("error", done).on("end", done).on("close", done);
    const write = async (): Promise<void> => {
      for (const part of parts) {
        if (isOver) return;
        if (!socket.write(part)) await Promise.race([once(socket, "drain"), once(socket, "close")]);
        if (pause > 0) await new Promise((next) => setTimeout(next, pause));
      }
      if (halfClose) socket.end();
      if (leaveAfter !== undefined) setTimeout(done, leaveAfter);
    };
    socket.once("connect", () => void write());
  });
}

function once(socket: ReturnType<typeof connect>, event: string): Promise<void> {
  return new Promise((resolve) => void socket.once(event, () => resolve()));
}

/** @throws where it does not come to hold within 10 s */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not come to be within 10 s");
}
