/** Typed arrays that grow. */

/** Copies an array into a longer one. */
export function widened<A extends Int32Array | Uint16Array | Uint8Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
