/** Folders in which a model's parts lie as they were published, each with a config of its own and none for the whole. */

export interface NeededFile {
  /** Within the folder. */
  readonly file: string;
  /** Files of which one is enough. Default: none. */
  readonly or?: readonly string[];
  /** Where it can be had, for people. */
  readonly from: string;
}

export interface FolderLayout {
  /** What is read of the folder, the weights apart. */
  readonly files: readonly NeededFile[];
  /** Of them, the configs by the field that they have in the config of the whole. */
  readonly configs: Readonly<Record<string, string>>;
  /** What else stands in that config, `model_type` among it. */
  readonly constants: Readonly<Record<string, unknown>>;
  /** Folder of the tokenizer, within the folder. */
  readonly tokenizer: string;
  /** What the weights are called and where they can be had, for people. */
  readonly weights: { readonly file: string; readonly from: string };
}
