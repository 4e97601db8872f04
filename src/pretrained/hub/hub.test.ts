/** From names and paths to folders; downloads are tested in hub-pull.test.ts. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeSafetensors } from "../../checkpoints/write-safetensors.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { embeddedModels, pullModel, resolveModel } from "./hub.ts";
import { hubSettings } from "./hub-cache.ts";
import { COMMIT, FILES, failure, fakeHub, NAME, optionsFor } from "./hub-server.fixture.ts";

test("offline: what is whole in the cache is found, what is not is said", async () => {
  const folder = await wholeModel();
  await using hub = await fakeHub({
    "config.json": "{}",
    "model.safetensors": readFileSync(join(folder, "model.safetensors")),
  });
  const online = optionsFor(hub);
  const off = { ...online, environment: { ...online.environment, HF_HUB_OFFLINE: "1" } };
  const missing = await failure(resolveModel(NAME, off));
  expect([missing.code, missing.message]).toEqual([
    "pretrained/offline",
    expect.stringContaining(`biogpt pull ${NAME}`),
  ]);
  expect((await failure(pullModel(NAME, off))).code).toBe("pretrained/offline");
  expect(hub.seen.length).toBe(0);
  const fetched = await resolveModel(NAME, online);
  const requests = hub.seen.length;
  expect(requests).toBeGreaterThan(0);
  expect([await resolveModel(NAME, off), await resolveModel(NAME, online)]).toEqual([fetched, fetched]);
  expect(await resolveModel(NAME, { ...off, revision: COMMIT })).toBe(fetched);
  expect(hub.seen.length).toBe(requests); // a whole cached model asks nothing of the network
});

test("names: folders first, then our own models, then short names and the hub; a slip is pointed out", async () => {
  const folder = await wholeModel();
  expect(await resolveModel(folder)).toBe(folder);
  const file = join(folder, "model.safetensors");
  expect(await resolveModel(file)).toBe(file);
  for (const { name, folder: embedded } of embeddedModels()) expect(await resolveModel(name)).toBe(embedded);
  await using hub = await fakeHub(FILES);
  const options = optionsFor(hub);
  expect(
    await resolveModel("BioGPT-large", options).then((path) => path.includes("models--microsoft--BioGPT-Large/")),
  ).toBe(true);
  for (const [name, code, text] of [
    ["biogtp", "pretrained/unknown-model", 'Did you mean "biogpt"?'],
    ["no such thing", "pretrained/unknown-model", "organisation/name"],
    ["./none", "pretrained/no-such-path", "./none"],
  ] as const) {
    const found = await failure(resolveModel(name, options));
    expect([found.code, found.message]).toEqual([code, expect.stringContaining(text)]);
  }
});

test("a folder that holds half a model says what is missing", async () => {
  const folder = temporaryFolder();
  const missing = async (): Promise<string> => (await failure(resolveModel(folder))).message;
  expect(await missing()).toContain("config.json; weights (model.safetensors");
  writeFileSync(
    join(folder, "model.safetensors.index.json"),
    JSON.stringify({ weight_map: { a: "one.safetensors", b: "two.safetensors" } }),
  );
  writeFileSync(join(folder, "one.safetensors"), "x");
  expect(await missing()).toMatch(/Missing: config\.json; two\.safetensors\./);
  writeFileSync(join(folder, "config.json"), "{}");
  writeFileSync(join(folder, "two.safetensors"), "");
  expect(await missing()).toMatch(/Missing: two\.safetensors\./);
});

test("settings come from the variables that huggingface_hub reads", async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, "token"), "hf_file\n");
  expect(await hubSettings({ HF_HOME: home })).toEqual({
    cache: join(home, "hub"),
    endpoint: "https://huggingface.co",
    token: "hf_file",
    offline: false,
  });
  const set = {
    HF_HOME: home,
    HF_HUB_CACHE: "/c",
    HF_TOKEN: "t",
    HF_ENDPOINT: "https://mirror/",
    TRANSFORMERS_OFFLINE: "yes",
  };
  expect(await hubSettings(set)).toEqual({ cache: "/c", endpoint: "https://mirror", token: "t", offline: true });
  expect((await hubSettings({ XDG_CACHE_HOME: "/x", HF_TOKEN_PATH: "/none" })).cache).toBe(
    join("/x", "huggingface", "hub"),
  );
  expect((await failure(hubSettings({ HF_ENDPOINT: "ftp://hub" }))).code).toBe("pretrained/bad-endpoint");
});

async function wholeModel(): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "config.json"), "{}");
  await writeSafetensors(join(folder, "model.safetensors"), [
    { name: "a", dtype: "float32", shape: [512], data: new Float32Array(512) },
  ]);
  return folder;
}
