/** What a server is told and what it tells: apart from the server, whose types would bring those of Node along. */
import type { EntrezSettings } from "../workflows/mining/entrez.ts";
import type { LoadSettings } from "../workflows/open-model.ts";

export interface ServedModelsOptions {
  /** Names or folders, the one that is used where a request names none first. Default: the embedded ones, the generative one first. */
  readonly models?: readonly string[] | undefined;
  readonly load?: LoadSettings | undefined;
  /** Sequences of one model that are decoded at once. Default 16. */
  readonly sequences?: number | undefined;
  /** Bytes for the keys and values of all models, divided evenly. Default: half of the memory that is free. */
  readonly cacheMemory?: number | undefined;
  /** Most requests that wait in front of a model. Default 64. */
  readonly mostWaiting?: number | undefined;
}

export interface ServeOptions extends ServedModelsOptions {
  /** Default 127.0.0.1. Another one needs keys. */
  readonly host?: string | undefined;
  /** 0 takes a free one. Default 8080. */
  readonly port?: number | undefined;
  /** Hashes of keys, one a line (api-keys.ts). Default: everyone may ask, which only a loopback address allows. */
  readonly apiKeyFile?: string | undefined;
  /** Folder of a knowledge graph that `biogpt mine` made, to be asked under /v1/graph. Default: none. */
  readonly graphFolder?: string | undefined;
  /** Lets `/pubmed/{ids}` fetch articles from PubMed, as these settings say. Default: nothing is fetched. */
  readonly network?: EntrezSettings | undefined;
  /** Folder in which trainings are, at most three deep, to be looked at under /v1/runs. Default: none. */
  readonly runsFolder?: string | undefined;
  /** Where jobs are kept. Default: there are none. */
  readonly dataFolder?: string | undefined;
  /** Seconds until a request is given up. Default 600. */
  readonly timeout?: number | undefined;
  /** Seconds that requests have to end when the server is told to. Default 30. */
  readonly drain?: number | undefined;
  /** Lines under this level are left out. Default `info`: a line a request. */
  readonly logLevel?: "debug" | "info" | "warn" | "error" | undefined;
  /** Where log lines go, each with its end. Default: nowhere. */
  readonly log?: ((line: string) => void) | undefined;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Fulfilled when all models are loaded. @throws what loading one failed with */
  readonly ready: Promise<void>;
  /** Fulfilled when the server has ended. */
  readonly closed: Promise<void>;
  /** Lets open requests end, then closes. */
  close(): Promise<void>;
}
