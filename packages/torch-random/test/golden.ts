import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { randomInt63, type BitFamily, type Generator } from '@sluice/torch-random'

/** Values made by PyTorch 2.13.0+cpu; `meta` in each file says on which machine. The caller states their type. */
export const readGolden = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'))

/** The families with reference values. */
export const verifiedFamilies: readonly BitFamily[] = ['avx2', 'scalar']

/** Bit patterns as in the golden files: hexadecimal, most significant digit first. */
export function toHex(values: Float32Array | Float64Array): string[] {
  const size = values.BYTES_PER_ELEMENT
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
  const word =
    size === 4
      ? (i: number) => BigInt(view.getUint32(i * size, true))
      : (i: number) => view.getBigUint64(i * size, true)
  return Array.from(values, (_, i) =>
    word(i)
      .toString(16)
      .padStart(size * 2, '0'),
  )
}

export function sha256(values: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex')
}

/** Where the generator stands, as the golden files note it: the next draw of `random_()` in int64. */
export function nextInt63(generator: Generator): string {
  return randomInt63(generator).toString()
}
