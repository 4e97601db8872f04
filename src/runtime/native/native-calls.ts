/** Settings of koffi that hold for the whole process and must be made before its first library is loaded. */
import koffi from "koffi";

/**
 * Stack of native calls off the event loop. koffi's own default is 128 KiB, which drivers that compile shaders overrun:
 * the process then ends without a word. The pages become real only when they are touched.
 */
const STACK_BYTES = 8 * 1024 * 1024;

let configured = false;

/** To be called by whoever loads a library; the first call counts. */
export function configureNativeCalls(): void {
  if (configured) return;
  koffi.config({ async_stack_size: STACK_BYTES });
  configured = true;
}
