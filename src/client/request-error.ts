/** What the server says of a request that failed, with the code, the reason and the way out that the command line would print. */
import { BiogptError } from "../base/errors.ts";
import type { WireError } from "../server/contract.ts";

export class RequestError extends BiogptError {
  /** HTTP status. */
  readonly status: number;
  /** `x-request-id`, by which the server's log has it. */
  readonly requestId: string | undefined;
  /** The field of the request at fault, where one is. */
  readonly param: string | undefined;

  constructor(status: number, requestId: string | undefined, { code, what, why, fix, param }: WireError["error"]) {
    super(code, { what, ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) });
    this.status = status;
    this.requestId = requestId;
    this.param = param ?? undefined;
  }
}

/** The error of a response; one that is not the server's own (a proxy's page) is told by its status. */
export async function errorOf(response: Response): Promise<RequestError> {
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const body = (await response.json().catch(() => undefined)) as Partial<WireError> | undefined;
  const error = body?.error;
  if (typeof error?.code === "string" && typeof error.what === "string")
    return new RequestError(response.status, requestId, error);
  const what = `${response.url} answers ${response.status}, and not as biogpt does.`;
  const fix = "Give the address of `biogpt serve` as baseUrl.";
  const unknown = { message: what, type: "server_error", code: "client/answer", param: null, what, fix };
  return new RequestError(response.status, requestId, unknown);
}
