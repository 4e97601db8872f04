/** ONNX Runtime's telemetry, which Windows builds send unless they are told not to. Nothing here reports to anybody. */
import { type Api, check } from "./onnxruntime-api.ts";

/** @param environment the handle of a new environment, before any session */
export function switchTelemetryOff(api: Api, environment: bigint): void {
  check(api, api.DisableTelemetryEvents(environment), {
    code: "runtime/open",
    what: "Switching off ONNX Runtime's telemetry",
  });
}
