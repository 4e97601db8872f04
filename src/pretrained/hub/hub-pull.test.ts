/** Downloads from a server that breaks off, lies and refuses. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { testTerminal } from "../../cli/commands/test-terminal.fixture.ts";
import { run } from "../../cli/main.ts";
import { safeParts } from "./hub-cache.ts";
import { filesWeRead, pullModel } from "./hub-pull.ts";
import { COMMIT, type FakeHub, FILES, failure, fakeHub, LARGE, NAME, optionsFor } from "./hub-server.fixture.ts";

const isBytes = (url = ""): boolean => url.startsWith("/cdn/");
const gets = (hub: FakeHub) => hub.seen.filter(({ method, url }) => method === "GET" && isBytes(url));

test("a model lands in the cache as huggingface_hub lays it out", async () => {
  await using hub = await fakeHub(FILES);
  const options = optionsFor(hub);
  const progress: { done: number; total?: number }[] = [];
  const { folder, commit, files } = await pullModel(NAME, { ...options, progress: (report) => progress.push(report) });
  const root = join(options.environment.HF_HOME!, "hub", "models--test--model");
  expect([commit, folder]).toEqual([COMMIT, join(root, "snapshots", COMMIT)]);
  expect(files.map(({ name, cached }) => [name, cached])).toEqual([
    ["config.json", false],
    ["vocab.json", false],
    ["pytorch_model.bin", false],
  ]);
  expect(readFileSync(join(root, "refs", "main"), "utf8")).toBe(COMMIT);
  expect(readdirSync(folder).sort()).toEqual(["config.json", "pytorch_model.bin", "vocab.json"]);
  // Git's name of "{}" and the SHA-256 of the weights, known from `git hash-object` and `sha256sum`.
  expect(readlinkSync(join(folder, "config.json"))).toBe("../../blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b");
  expect(readlinkSync(join(folder, "pytorch_model.bin"))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
  expect(readFileSync(join(folder, "pytorch_model.bin"))).toEqual(LARGE);
  expect(readdirSync(join(root, "blobs")).some((name) => name.endsWith(".incomplete"))).toBe(false);
  const total = LARGE.length + 2 + 7;
  expect(progress.at(-1)).toMatchObject({ done: total, total, unit: "bytes" });
  const before = hub.seen.length;
  const again = await pullModel(NAME, options);
  expect(again.files.every(({ cached }) => cached)).toBe(true);
  expect(hub.seen.slice(before).filter(({ method }) => method === "GET").length).toBe(1); // the list of files
  expect((await pullModel(NAME, { ...options, all: true })).files.map(({ name }) => name)).toContain("extra.h5");
});

test("a connection that breaks off is taken up again where it stopped", async () => {
  await using hub = await fakeHub(FILES);
  hub.misbehave = ({ url, method, headers }, response) => {
    if (!isBytes(url) || method !== "GET" || gets(hub).length > 9) return false;
    const start = Number(/\d+/.exec(headers.range ?? "")?.[0] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": LARGE.length - start,
      ...(start > 0 ? { "content-range": `bytes ${start}-${LARGE.length - 1}/${LARGE.length}` } : {}),
    });
    response.write(LARGE.subarray(start, start + 10_000), () => setTimeout(() => response.destroy(), 20));
    return true;
  };
  const { folder } = await pullModel(NAME, optionsFor(hub));
  expect(readFileSync(join(folder, "pytorch_model.bin"))).toEqual(LARGE);
  // Ten times, more than the four tries that a server gets which sends nothing.
  const ranges = Array.from({ length: 9 }, (_, i) => `bytes=${10_000 * (i + 1)}-`);
  expect(gets(hub).map(({ range }) => range)).toEqual([undefined, ...ranges]);
});

test("what an earlier process left is taken up; a server that ignores ranges is read from the start", async () => {
  for (const ignores of [false, true]) {
    await using hub = await fakeHub(FILES);
    const options = optionsFor(hub);
    const blobs = join(options.environment.HF_HOME!, "hub", "models--test--model", "blobs");
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, `${sha256(LARGE)}.incomplete`), LARGE.subarray(0, 40_000));
    hub.misbehave = ({ url, method }, response) => {
      if (!ignores || !isBytes(url) || method !== "GET") return false;
      response.writeHead(200, { "content-length": LARGE.length }).end(LARGE);
      return true;
    };
    const { folder } = await pullModel(NAME, options);
    expect(readFileSync(join(folder, "pytorch_model.bin"))).toEqual(LARGE);
    expect(gets(hub).map(({ range }) => range)).toEqual(["bytes=40000-"]);
  }
});

test("wrong bytes are thrown away: once, it starts again; twice, it gives up", async () => {
  for (const [lies, succeeds] of [
    [1, true],
    [5, false],
  ] as const) {
    await using hub = await fakeHub(FILES);
    hub.misbehave = ({ url, method }, response) => {
      if (!isBytes(url) || method !== "GET" || gets(hub).length > lies) return false;
      const wrong = Buffer.from(LARGE);
      wrong[99] = wrong[99]! ^ 1;
      response.writeHead(200, { "content-length": wrong.length }).end(wrong);
      return true;
    };
    const options = optionsFor(hub);
    if (succeeds)
      expect(readFileSync(join((await pullModel(NAME, options)).folder, "pytorch_model.bin"))).toEqual(LARGE);
    else {
      expect((await failure(pullModel(NAME, options))).code).toBe("pretrained/checksum");
      const blobs = readdirSync(join(options.environment.HF_HOME!, "hub", "models--test--model", "blobs"));
      expect(blobs.filter((name) => name.startsWith(sha256(LARGE)))).toEqual([]);
      expect(gets(hub).length).toBe(2);
    }
  }
});

test("a small file with wrong bytes is noticed too", async () => {
  await using hub = await fakeHub(FILES);
  hub.misbehave = ({ url, method }, response) => {
    if (!url?.endsWith("config.json") || method !== "GET") return false;
    response.end("[]");
    return true;
  };
  expect((await failure(pullModel(NAME, optionsFor(hub)))).code).toBe("pretrained/checksum");
});

test("a server that sends more, less or another part than it should", async () => {
  const wholeThenMore = Buffer.concat([LARGE, LARGE]);
  for (const [status, headers, bytes, code] of [
    [200, {}, wholeThenMore, "pretrained/bad-answer"],
    [200, {}, LARGE.subarray(0, 10), "pretrained/no-network"],
    [206, { "content-range": "bytes 7-10/11" }, LARGE, "pretrained/bad-answer"],
    [302, { location: "/cdn/pytorch_model.bin" }, Buffer.alloc(0), "pretrained/bad-answer"],
    [302, { location: "file:///etc/passwd" }, Buffer.alloc(0), "pretrained/bad-answer"],
  ] as const) {
    await using hub = await fakeHub(FILES);
    hub.misbehave = ({ url, method }, response) => {
      if (!isBytes(url) || method !== "GET") return false;
      response.writeHead(status, headers).end(bytes);
      return true;
    };
    const { code: found, message } = await failure(pullModel(NAME, optionsFor(hub)));
    expect([found, message]).toEqual([code, expect.any(String)]);
  }
});

test("an endless body is cut at the size that was promised", async () => {
  await using hub = await fakeHub(FILES);
  hub.misbehave = ({ url, method }, response) => {
    if (!isBytes(url) || method !== "GET") return false;
    response.writeHead(200);
    const more = (): void => {
      if (response.destroyed) return;
      response.write(Buffer.alloc(65_536));
      setImmediate(more);
    };
    more();
    return true;
  };
  expect((await failure(pullModel(NAME, optionsFor(hub)))).code).toBe("pretrained/bad-answer");
});

test("a server that falls silent is left and asked again", async () => {
  await using hub = await fakeHub(FILES);
  hub.misbehave = ({ url, method }, response) => {
    if (!isBytes(url) || method !== "GET" || gets(hub).length > 1) return false;
    response.writeHead(200, { "content-length": LARGE.length });
    response.write(LARGE.subarray(0, 1000)); // and nothing more
    return true;
  };
  const { folder } = await pullModel(NAME, optionsFor(hub));
  expect(readFileSync(join(folder, "pytorch_model.bin"))).toEqual(LARGE);
  expect(gets(hub).at(-1)!.range).toBe("bytes=1000-");
});

for (const [status, headers, code, text, requests] of [
  [401, {}, "pretrained/unauthorized", "set HF_TOKEN", 1],
  [
    403,
    { "x-error-code": "GatedRepo", "x-error-message": "Access is restricted" },
    "pretrained/gated",
    "Access is restricted",
    1,
  ],
  [403, {}, "pretrained/unauthorized", "HTTP 403", 1],
  [404, { "x-error-code": "RepoNotFound" }, "pretrained/not-found", "RepoNotFound", 1],
  [418, {}, "pretrained/bad-answer", "HTTP 418", 1],
  [429, { "retry-after": "0" }, "pretrained/no-network", "HTTP 429", 4],
  [500, {}, "pretrained/no-network", "HTTP 500", 4],
] as const) {
  test(`HTTP ${status} ${JSON.stringify(headers)} is ${code}`, async () => {
    await using hub = await fakeHub(FILES);
    hub.misbehave = (_, response) => {
      response.writeHead(status, headers).end();
      return true;
    };
    const found = await failure(pullModel(NAME, optionsFor(hub)));
    expect([found.code, found.message]).toEqual([code, expect.stringContaining(text)]);
    expect(hub.seen.length).toBe(requests);
  });
}

test("a server that recovers is not noticed", async () => {
  await using hub = await fakeHub(FILES);
  hub.misbehave = (_, response, seen) => {
    if (seen.length % 4 >= 2) return false; //                two bad answers, two good ones
    response.writeHead(503).end();
    return true;
  };
  expect(readFileSync(join((await pullModel(NAME, optionsFor(hub))).folder, "pytorch_model.bin"))).toEqual(LARGE);
});

test("nobody listens", async () => {
  const hub = await fakeHub(FILES);
  await hub[Symbol.asyncDispose]();
  const found = await failure(pullModel(NAME, optionsFor(hub)));
  expect([found.code, found.message]).toEqual(["pretrained/no-network", expect.stringContaining("ECONNREFUSED")]);
});

test("a hub that never answered is given up after two tries, one that did after all", async () => {
  await using hub = await fakeHub(FILES);
  const options = { ...optionsFor(hub), retry: { attempts: 4, firstDelay: 5, longestDelay: 20, stall: 200 } };
  hub.misbehave = () => true; // takes the request and says nothing
  expect((await failure(pullModel(NAME, options))).message).toContain("could not be reached in 2 tries");
  const before = hub.seen.length;
  hub.misbehave = (_, __, seen) => seen.length > before + 1; // answers once
  expect((await failure(pullModel(NAME, options))).message).toContain("could not be reached in 4 tries");
});

test("answers that no hub gives", async () => {
  for (const body of [
    "<html>log in</html>",
    "{}",
    "null",
    '{"sha":"main","siblings":[]}',
    `{"sha":"${COMMIT}","siblings":[{}]}`,
  ]) {
    await using hub = await fakeHub(FILES);
    hub.misbehave = (_, response) => {
      response.end(body);
      return true;
    };
    expect((await failure(pullModel(NAME, optionsFor(hub)))).code, body).toBe("pretrained/bad-answer");
  }
});

test("the token goes to the endpoint and to nobody else", async () => {
  await using other = await fakeHub(FILES);
  await using hub = await fakeHub(FILES, () => other.endpoint);
  const { folder } = await pullModel(NAME, optionsFor(hub, { HF_TOKEN: "hf_secret" }));
  expect(readFileSync(join(folder, "pytorch_model.bin"))).toEqual(LARGE);
  expect(new Set(hub.seen.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_secret"]));
  expect(other.seen.map(({ url, authorization }) => [url, authorization])).toEqual([
    ["/cdn/pytorch_model.bin", undefined],
  ]);
});

test("names that lead out of the cache are refused before anything is fetched", async () => {
  for (const name of [
    "../../evil",
    "/etc/passwd",
    "a/../../b",
    "a\\..\\b",
    "c:evil",
    "a//b",
    "a\0b",
    "trailing.",
    "x".repeat(300),
  ]) {
    expect(() => safeParts(name), name).toThrow(expect.objectContaining({ code: "pretrained/unsafe-name" }));
    await using hub = await fakeHub({ "config.json": "{}", [name]: "evil" });
    expect((await failure(pullModel(NAME, { ...optionsFor(hub), all: true }))).code).toBe("pretrained/unsafe-name");
    expect(hub.seen.length).toBe(1);
  }
  expect((await failure(pullModel("../evil"))).code).toBe("pretrained/bad-name");
  expect((await failure(pullModel(NAME, { revision: "../../x" }))).code).toBe("pretrained/unsafe-name");
});

test("a file that is too large to be true", async () => {
  await using hub = await fakeHub(FILES);
  hub.misbehave = ({ method, url }, response) => {
    if (method !== "HEAD" || !url?.endsWith(".bin")) return false;
    response.writeHead(200, { "x-linked-etag": `"${"0".repeat(64)}"`, "x-linked-size": "900000000000000" }).end();
    return true;
  };
  expect((await failure(pullModel(NAME, optionsFor(hub)))).code).toBe("pretrained/too-large");
});

test("where links cannot be made, the snapshot holds copies", async () => {
  await using hub = await fakeHub(FILES);
  const makeLink = (): Promise<void> => Promise.reject(Object.assign(new Error("no right to"), { code: "EPERM" }));
  const { folder } = await pullModel(NAME, { ...optionsFor(hub), makeLink });
  expect(lstatSync(join(folder, "config.json")).isFile()).toBe(true);
  expect(readFileSync(join(folder, "pytorch_model.bin"))).toEqual(LARGE);
});

test("two processes at once fetch each file once", async () => {
  await using hub = await fakeHub(FILES);
  const options = optionsFor(hub);
  const [first, second] = await Promise.all([pullModel(NAME, options), pullModel(NAME, options)]);
  expect(first.folder).toBe(second.folder);
  expect(gets(hub).length).toBe(1);
  expect(readdirSync(join(options.environment.HF_HOME!, "hub", ".locks", "models--test--model"))).toEqual([]);
});

test("a process that is killed midway leaves what the next one goes on with", async () => {
  await using hub = await fakeHub(FILES);
  const options = optionsFor(hub);
  hub.misbehave = ({ url, method }, response) => {
    if (!isBytes(url) || method !== "GET" || gets(hub).length > 1) return false;
    response.writeHead(200, { "content-length": LARGE.length });
    response.write(LARGE.subarray(0, 50_000)); // and nothing more
    return true;
  };
  const main = new URL("../../../dist/pretrained/hub/hub.js", import.meta.url).href;
  const script = `const { pullModel } = await import(${JSON.stringify(main)}); await pullModel(${JSON.stringify(NAME)})`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, ...options.environment },
    stdio: "inherit",
  });
  const exited = once(child, "exit");
  const blobs = join(options.environment.HF_HOME!, "hub", "models--test--model", "blobs");
  const incomplete = join(blobs, `${sha256(LARGE)}.incomplete`);
  while (child.exitCode === null && !(existsSync(incomplete) && statSync(incomplete).size === 50_000)) await delay(20);
  expect(child.exitCode).toBe(null);
  child.kill("SIGKILL");
  await exited;
  const { folder } = await pullModel(NAME, options); // its lock is stale: the process is gone
  expect(readFileSync(join(folder, "pytorch_model.bin"))).toEqual(LARGE);
  expect(gets(hub).at(-1)!.range).toBe("bytes=50000-");
});

test("stopping: at once, also while waiting, and the rest stays for later", async () => {
  await using hub = await fakeHub(FILES);
  hub.misbehave = ({ url, method }, response) => {
    if (!isBytes(url) || method !== "GET") return false;
    response.writeHead(200, { "content-length": LARGE.length });
    response.write(LARGE.subarray(0, 20_000));
    return true;
  };
  const options = optionsFor(hub);
  const controller = new AbortController();
  const progress = ({ done }: { done: number }): void => {
    if (done > 20_000) controller.abort();
  };
  const started = performance.now();
  const stopped = await failure(
    pullModel(NAME, { ...options, signal: controller.signal, progress, retry: { stall: 30_000 } }),
  );
  expect([stopped.code, performance.now() - started < 20_000]).toEqual(["aborted", true]);
  const blobs = join(options.environment.HF_HOME!, "hub", "models--test--model", "blobs");
  expect(statSync(join(blobs, `${sha256(LARGE)}.incomplete`)).size).toBe(20_000);
});

test("which files are fetched: one form of the weights, safetensors first", () => {
  const small = [
    "config.json",
    "merges.txt",
    "vocab.json",
    "task.json",
    "thresholds.json",
    "reading.json",
    "relations.json",
    "README.md",
  ];
  expect(filesWeRead([...small, "pytorch_model.bin", "flax_model.msgpack", "onnx/model.onnx"])).toEqual([
    ...small,
    "pytorch_model.bin",
  ]);
  expect(filesWeRead([...small, "pytorch_model.bin", "model.safetensors"])).toEqual([...small, "model.safetensors"]);
  const shards = [
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
  ];
  expect(filesWeRead([...shards, "pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json"])).toEqual(shards);
});

test("BioMedGPT-10B: its weights in parts and what lies beside them; what is published elsewhere is named, licences are shown once", async () => {
  const card = "---\nlicense: apache-2.0\n---\n";
  const parts = { "biomedgpt_10b.pth.1": "one", "biomedgpt_10b.pth.2": "two" };
  await using hub = await fakeHub({ "README.md": card, "llm/config.json": "{}", "demo.ipynb": "{}", ...parts });
  const { environment } = optionsFor(hub);
  const before = process.env;
  process.env = { ...before, ...environment, BIOGPT_CACHE: join(environment.HF_HOME!, "biogpt") };
  try {
    const terminal = testTerminal();
    expect(await run(["pull", "PharMolix/BioMedGPT-10B", "--json"], terminal)).toBe(0);
    const { files, missing, licences } = JSON.parse(terminal.out.join(""));
    expect(files.map(({ name }: { name: string }) => name)).toEqual([
      "README.md",
      "llm/config.json",
      ...Object.keys(parts),
    ]);
    const [esm, lm] = ["facebook/esm2_t36_3B_UR50D", "PharMolix/BioMedGPT-LM-7B"];
    expect(missing.sort()).toEqual([
      `llm/tokenizer.model (from ${lm})`,
      `protein/config.json (from ${esm})`,
      `protein/vocab.txt (from ${esm})`,
    ]);
    expect(licences).toHaveLength(2);
    const notes = terminal.notes.join("\n");
    expect(notes).toMatch(/note: it needs besides, in .*: protein\/config\.json \(from facebook/);
    expect(notes).toMatch(/under all of these terms:\n {2}apache-2\.0 .*\n {2}Llama 2 Community/);
    const second = testTerminal();
    expect(await run(["pull", "PharMolix/BioMedGPT-10B"], second)).toBe(0);
    expect(second.notes.join("\n")).not.toContain("terms");
  } finally {
    process.env = before;
  }
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
