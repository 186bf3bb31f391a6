const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0)
const alignment = 64

/**
 * The header of a `.npy` file, version 1.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param descr - numpy's dtype string, such as `<i4`.
 */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dimensions}), }`
  const unpadded = magic.byteLength + 2 + dictionary.length + 1
  const padding = Math.ceil(unpadded / alignment) * alignment - unpadded
  const text = new TextEncoder().encode(`${dictionary}${' '.repeat(padding)}\n`)
  const header = new Uint8Array(magic.byteLength + 2 + text.byteLength)
  header.set(magic)
  new DataView(header.buffer).setUint16(magic.byteLength, text.byteLength, true)
  header.set(text, magic.byteLength + 2)
  return header
}
