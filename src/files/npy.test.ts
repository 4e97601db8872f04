/** Wanted bytes: `numpy.save` of numpy 2.4 for `numpy.array([[1, -2.5], [0.1, 3]], "float32")`. */
import { expect, test } from "vitest";
import { npyHeader, npyRow } from "./npy.ts";

test("an array is byte for byte numpy's", () => {
  const said = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
  const header = Buffer.concat([
    Buffer.from("934e554d50590100", "hex"),
    Buffer.from([118, 0]),
    Buffer.from(`${said.padEnd(117)}\n`),
  ]);
  expect(Buffer.from(npyHeader(2, 2)).equals(header)).toBe(true);
  expect(header.length % 64).toBe(0);
  expect(Buffer.from(npyRow(Float32Array.of(1, -2.5))).toString("hex")).toBe("0000803f000020c0");
  expect(Buffer.from(npyRow(Float32Array.of(0.1, 3))).toString("hex")).toBe("cdcccc3d00004040");
});
