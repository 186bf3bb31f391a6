import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'

/** Values made by PyTorch 2.13.0+cpu; `meta` in each file says on which machine. The caller states their type. */
export const readGolden = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'))

export function sha256(values: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex')
}

/** Bit patterns of float32, in hexadecimal, most significant digit first. */
export function toHex(values: Float32Array): string[] {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return Array.from(bits, (word) => word.toString(16).padStart(8, '0'))
}

/** Float32 values from such bit patterns. */
export function fromHex(hex: readonly string[]): Float32Array {
  return new Float32Array(Uint32Array.from(hex, (word) => Number.parseInt(word, 16)).buffer)
}
