/**
 * Keys of clients, of which only hashes lie on the disk: one a line, `sha256:HEX name`; `#` begins a comment.
 *
 *     key=$(openssl rand -hex 24); echo "sha256:$(printf %s "$key" | sha256sum | cut -d' ' -f1) alice" >> keys
 *
 * A plain hash is enough for keys that are random; a word that a person made up is guessed from it, so such keys are of no use here.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { BiogptError } from "../base/errors.ts";

interface KeyHash {
  readonly hash: Buffer;
  readonly name: string;
}

const LINE = /^sha256:(?<hash>[0-9a-f]{64})(?:\s+(?<name>[\w.@-]{1,64}))?$/;
/** Largest file of keys, bytes. */
const LARGEST_FILE = 1 << 20;

export class ApiKeys {
  readonly #keys: readonly KeyHash[];

  constructor(keys: readonly KeyHash[]) {
    this.#keys = keys;
  }

  /** The name of the client whose key it is; undefined for none. Every line is compared, so the time tells nothing. */
  clientOf(key: string): string | undefined {
    const hash = createHash("sha256").update(key).digest();
    let found: string | undefined;
    for (const one of this.#keys) if (timingSafeEqual(one.hash, hash)) found = one.name;
    return found;
  }
}

/** @throws BiogptError `server/api-keys` naming the line that is no hash of a key; `files/…` */
export async function readApiKeys(path: string): Promise<ApiKeys> {
  const content = await readFile(path, "utf8");
  const wrong = (what: string): BiogptError =>
    new BiogptError("server/api-keys", {
      what,
      why: "Keys stand in the file as hashes, so that whoever reads it has none.",
      fix: "Write sha256:HEX NAME a line, HEX by `printf %s KEY | sha256sum`.",
    });
  if (content.length > LARGEST_FILE) throw wrong(`${path} has more than ${LARGEST_FILE} characters.`);
  const keys: KeyHash[] = [];
  for (const [index, line] of content.split("\n").entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const groups = LINE.exec(line.trim())?.groups;
    if (groups === undefined) throw wrong(`Line ${index + 1} of ${path} is no hash of a key.`);
    keys.push({ hash: Buffer.from(groups["hash"]!, "hex"), name: groups["name"] ?? `key-${index + 1}` });
  }
  if (keys.length === 0) throw wrong(`${path} holds no key.`);
  return new ApiKeys(keys);
}
