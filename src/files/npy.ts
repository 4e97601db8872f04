/**
 * NumPy's file of one array, version 1.0, little-endian float32 in row-major order, which `numpy.load` reads:
 *
 *     93 "NUMPY" 01 00 · length of the header, uint16 · a Python dictionary, filled with spaces to a multiple of 64 in all · the values
 *
 * Source   numpy.lib.format
 */
const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0);
const ALIGNMENT = 64;

/** What stands before the values of an array (rows, width). */
export function npyHeader(rows: number, width: number): Uint8Array {
  const said = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${width}), }`;
  const before = MAGIC.length + 2;
  const length = Math.ceil((before + said.length + 1) / ALIGNMENT) * ALIGNMENT - before;
  const header = new Uint8Array(before + length);
  header.set(MAGIC);
  new DataView(header.buffer).setUint16(MAGIC.length, length, true);
  header.set(new TextEncoder().encode(`${said.padEnd(length - 1)}\n`), before);
  return header;
}

/** The values of a row as they stand in the file, whatever the machine's own order of bytes. */
export function npyRow(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  return bytes;
}
