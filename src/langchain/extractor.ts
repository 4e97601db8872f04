/** Names and relations of a text as a LangChain Runnable, to stand behind a loader or before whatever uses relations. */
import { Runnable, type RunnableConfig } from "@langchain/core/runnables";
import { BiogptError } from "../base/errors.ts";
import { BiogptClient } from "../client/client.ts";
import type { ClientOptions } from "../client/requests.ts";
import type { RelationsSettings, WireDocument, WireRelation } from "../server/contract.ts";

/** A text, a document of the server's contract, or one of LangChain's: its `pageContent`, named by `metadata.id` or `metadata.source`. */
export type ExtractorInput =
  | string
  | WireDocument
  | {
      readonly pageContent: string;
      readonly metadata?: Readonly<Record<string, unknown>>;
      readonly id?: string | undefined;
    };

export interface ExtractorOptions extends ClientOptions, RelationsSettings {
  /** Default: a client of the other options. */
  readonly client?: BiogptClient | undefined;
}

/**
 * @example
 *     const relations = await new BiogptExtractor().invoke("Cisplatin caused acute renal failure.");
 */
export class BiogptExtractor extends Runnable<ExtractorInput, readonly WireRelation[]> {
  override lc_namespace: string[] = ["biogpt", "extractor"];
  readonly #client: BiogptClient;
  readonly #settings: RelationsSettings;

  static override lc_name(): string {
    return "BiogptExtractor";
  }

  constructor(options: ExtractorOptions = {}) {
    super();
    const { client, model, scheme, decoding, beams, threshold, ...clientOptions } = options;
    this.#client = client ?? new BiogptClient(clientOptions);
    this.#settings = { model, scheme, decoding, beams, threshold };
  }

  /** @throws RequestError; BiogptError of the server's reason where it leaves the document out */
  override async invoke(input: ExtractorInput, options?: Partial<RunnableConfig>): Promise<readonly WireRelation[]> {
    return this._callWithConfig(
      async (given: ExtractorInput, config) => {
        const request = { ...this.#settings, documents: [documentOf(given)] };
        const { relations, problems } = await this.#client.relations(request, { signal: config?.signal });
        const [problem] = problems;
        if (problem !== undefined) throw new BiogptError(problem.code, { what: problem.what });
        return relations;
      },
      input,
      options,
    );
  }
}

function documentOf(input: ExtractorInput): WireDocument {
  if (typeof input === "string") return { id: "text", text: input };
  if (!("pageContent" in input)) return input;
  const { pageContent, metadata = {} } = input;
  const id = input.id ?? metadata["id"] ?? metadata["source"];
  return { id: typeof id === "string" && id !== "" ? id : "text", text: pageContent };
}
