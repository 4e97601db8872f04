/** A folder with a tiny tagger that takes every word for a chemical: its bias says so, whatever the states are. Words are single letters. */
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { CLASS_HEAD } from "../models/family.ts";
import { familyOfConfig } from "../models/registry.ts";
import { saveClassifierFolder } from "../pretrained/heads/classifier-folder.ts";
import { LETTERS, TINY, writeVocabulary } from "../pretrained/tiny-model.fixture.ts";
import { tagClasses } from "../tasks/entities/labels.ts";
import { writeTaskFile } from "../tasks/task-file.ts";

export async function taggerFolder(): Promise<string> {
  const folder = temporaryFolder();
  const classes = tagClasses(["Chemical", "Disease"]);
  const family = familyOfConfig({ model_type: "biogpt" });
  const shapes = new Map(family.tensors(TINY).map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)]));
  shapes.set(CLASS_HEAD.weight, classes.length * TINY.width);
  await saveClassifierFolder(folder, {
    ...{ family, config: TINY, kind: "tokens", classes },
    async value(name) {
      if (name === CLASS_HEAD.bias) return Float32Array.from([0, 9, 0, 0, 0]); // O, then B and I of each type
      return new Float32Array(shapes.get(name)!).fill(name.endsWith(".gain") ? 1 : 0.01);
    },
  });
  writeVocabulary(folder, LETTERS);
  const reading = { copies: 2, samePositions: false, tokens: 8, context: 0 } as const;
  await writeTaskFile(folder, { task: "entities", entities: reading });
  return folder;
}
