/** The page: its built files, known since the server started, so that no path of a request is ever opened. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** dist/page, at the same place from src/server/ and from dist/server/. */
const WEB_FOLDER = fileURLToPath(new URL("../../dist/page/", import.meta.url));

export interface WebFiles {
  /** Whether the page was built. */
  readonly isThere: boolean;
  /**
   * The file of a path, or 304 where the client says that it has it; `/` and what may be a view of the page's own, a word alone, are its index.
   * Undefined: none.
   *
   * @param headers of the request
   */
  respond(path: string, headers: Headers): Promise<Response> | undefined;
}

interface WebFile {
  readonly bytes: () => Promise<Uint8Array<ArrayBuffer>>;
  readonly type: string;
  readonly tag: string;
}

/** @param folder of the built page */
export async function readWebFiles(folder: string = WEB_FOLDER): Promise<WebFiles> {
  const files = new Map<string, WebFile>();
  if (existsSync(folder)) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = new Uint8Array(await readFile(path));
      const tag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
      const name = posix.join("/", path.slice(folder.length).split(sep).join("/"));
      files.set(name, { bytes: () => Promise.resolve(bytes), type, tag });
    }
    for (const [name, file] of await rdkitFile()) files.set(name, file);
  }
  const index = files.get("/index.html");
  return {
    isThere: index !== undefined,
    respond(path, request) {
      // Names of built assets carry a hash of their content.
      const isAsset = path.startsWith("/assets/");
      const file = files.get(path) ?? (/^\/[a-z-]*$/.test(path) ? index : undefined);
      if (file === undefined) return undefined;
      const cache = isAsset ? "public, max-age=31536000, immutable" : "no-cache";
      const headers = { ETag: file.tag, "Cache-Control": cache };
      if (holds(request.get("If-None-Match"), file.tag))
        return Promise.resolve(new Response(null, { status: 304, headers }));
      const whole = { "Content-Type": file.type, ...headers };
      return file.bytes().then((bytes) => new Response(bytes, { headers: whole }));
    },
  };
}

/** Whether a list of entity tags, as If-None-Match has it, names this one; a weak tag (`W/`), as proxies that compress make it, counts too. */
function holds(tags: string | null, tag: string): boolean {
  if (tags === null) return false;
  return tags.split(",").some((one) => [tag, "*"].includes(one.trim().replace(/^W\//, "")));
}

/** RDKit's WebAssembly, as the package has it, under its version's name; read when it is asked for, as few visits need its 7 MB. */
async function rdkitFile(): Promise<[string, WebFile][]> {
  try {
    const path = createRequire(import.meta.url).resolve("@rdkit/rdkit/RDKit_minimal.wasm");
    const { version } = JSON.parse(await readFile(join(dirname(path), "../package.json"), "utf8")) as {
      version: string;
    };
    const bytes = async (): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await readFile(path));
    return [[`/assets/rdkit-${version}.wasm`, { bytes, type: TYPES[".wasm"]!, tag: `"rdkit-${version}"` }]];
  } catch {
    return []; // molecules are not drawn then
  }
}
