import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { readWebFiles } from "./web-files.ts";

test("who has a file already is told so, without the file; a view is the index; other paths are none", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<p>page</p>");
  writeFileSync(join(folder, "assets", "main-1.js"), "run()");
  const web = await readWebFiles(`${folder}/`);
  expect(web.isThere).toBe(true);
  const get = async (path: string, tags?: string): Promise<Response> =>
    (await web.respond(path, new Headers(tags === undefined ? {} : { "If-None-Match": tags })))!;
  for (const path of ["/", "/runs", "/index.html", "/assets/main-1.js"]) {
    const whole = await get(path);
    expect(whole.status).toBe(200);
    const text = await whole.text();
    expect(text).toBe(path.endsWith(".js") ? "run()" : "<p>page</p>");
    const tag = whole.headers.get("ETag")!;
    for (const tags of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const same = await get(path, tags);
      expect([same.status, await same.text()], tags).toEqual([304, ""]);
      for (const name of ["ETag", "Cache-Control"]) expect(same.headers.get(name)).toBe(whole.headers.get(name));
    }
    for (const tags of ['"other"', tag.slice(1, -1), ""]) expect((await get(path, tags)).status, tags).toBe(200);
  }
  expect(web.respond("/assets/none.js", new Headers())).toBeUndefined();
  expect(web.respond("/../secret.js", new Headers())).toBeUndefined();
});
