/** What a reader starts from: a language model, whose head goes; or a tagger or reader, which goes on where it finds the same. */
import { basename } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { TensorEntry } from "../../checkpoints/index.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { elementCount } from "../../graph/data-type.ts";
import { pairParameters } from "../../layers/pair-scores.ts";
import { CLASS_HEAD, type ModelConfig, type ModelFamily } from "../../models/family.ts";
import { type ClassifierCheckpoint, readClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { openModelFolder } from "../../pretrained/load/open-model-folder.ts";
import { tagClasses } from "../../tasks/entities/labels.ts";
import { readPairs } from "../../tasks/mention-relations/reader-folder.ts";
import { type ReaderScheme, scoreCount } from "../../tasks/mention-relations/reader-scheme.ts";
import { taskOfFolder } from "../../tasks/task-file.ts";

export interface ReaderBase {
  readonly family: ModelFamily;
  readonly config: ModelConfig;
  /** Where it was found. */
  readonly folder: string;
  readonly tokenizerFolder: string;
  /** First values of every parameter, with a head for these types and schemes. */
  initialValues(
    types: readonly string[],
    schemes: readonly ReaderScheme[],
    seed: number,
  ): (name: string) => Float32Array | Promise<Float32Array>;
}

/** @throws BiogptError `pretrained/…`, `checkpoints/…`, `models/…` */
export async function openReaderBase(folder: string, signal: AbortSignal | undefined): Promise<ReaderBase> {
  const tagger = await taggerIn(folder, signal);
  if (tagger === undefined) {
    const base = await openModelFolder(folder, { signal });
    return {
      ...{ family: base.family, config: base.config, folder: base.folder, tokenizerFolder: base.tokenizerFolder },
      initialValues: (types, schemes, seed) => valuesOf(base.entries, base.config, undefined, { types, schemes, seed }),
    };
  }
  const { family, config, entries } = tagger;
  return {
    ...{ family, config, folder, tokenizerFolder: folder },
    initialValues: (types, schemes, seed) => valuesOf(entries, config, tagger, { types, schemes, seed }),
  };
}

async function taggerIn(folder: string, signal: AbortSignal | undefined): Promise<ClassifierCheckpoint | undefined> {
  try {
    const found = await readClassifierFolder(folder, { signal });
    return found.kind === "tokens" ? found : undefined;
  } catch (error) {
    if (error instanceof BiogptError && error.code === "pretrained/no-classes") return undefined;
    throw error;
  }
}

interface Wanted {
  readonly types: readonly string[];
  readonly schemes: readonly ReaderScheme[];
  readonly seed: number;
}

function valuesOf(
  entries: ReadonlyMap<string, TensorEntry>,
  { width }: ModelConfig,
  tagger: ClassifierCheckpoint | undefined,
  { types, schemes, seed }: Wanted,
): (name: string) => Float32Array | Promise<Float32Array> {
  const classes = tagClasses(types);
  const sameNames = tagger !== undefined && tagger.classes.join() === classes.join();
  const pairs = new Map(
    pairParameters({ width, relations: scoreCount(schemes) }).map(({ name, shape }) => [name, shape]),
  );
  const samePairs =
    tagger !== undefined && JSON.stringify(taskOfFolder(tagger.folder).reader) === JSON.stringify(schemes);
  const known = samePairs ? readPairs(tagger.folder) : undefined;
  return async (name) => {
    const shape = pairs.get(name);
    if (shape !== undefined) return (await known)?.get(name)?.values ?? firstValues(name, shape, seed);
    // A head of zeros says the same of every word.
    if (name === CLASS_HEAD.weight && !sameNames) return new Float32Array(classes.length * width);
    if (name === CLASS_HEAD.bias && !sameNames) return new Float32Array(classes.length);
    return readFloat32(entries.get(name)!);
  };
}

/** Log-odds of a relation before anything is learnt: one pair in twelve is in one. */
const FIRST_ODDS = -2.5;

/** Uniform in ± sqrt(3 / inputs), so that what comes out varies as what goes in; the last layer says the same of every pair. */
function firstValues(name: string, shape: readonly number[], seed: number): Float32Array {
  const values = new Float32Array(elementCount(shape));
  if (name === "pairs.relations.bias") return values.fill(FIRST_ODDS);
  if (shape.length < 2 || name === "pairs.relations.weight" || name === "pairs.distance.weight") return values;
  let state = seed;
  for (const letter of basename(name)) state = (Math.imul(state, 31) + letter.charCodeAt(0)) | 0;
  const random = new Random(state);
  const bound = Math.sqrt(3 / shape[1]!);
  return values.map(() => (2 * random.next() - 1) * bound);
}
