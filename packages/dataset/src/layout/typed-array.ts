import type { ElementType } from './columns.ts'

/** A typed array over any element type: bits for f16 and bf16. */
export type ElementArray = Int32Array | Uint16Array | BigInt64Array | Float32Array

/** A view of `elements` elements from `offset` on; nothing is copied. */
type View = (buffer: ArrayBuffer, offset: number, elements: number) => ElementArray

const bits: View = (buffer, offset, elements) => new Uint16Array(buffer, offset, elements)

/** How each element type is viewed. */
export const viewElements: Readonly<Record<ElementType, View>> = {
  int32: (buffer, offset, elements) => new Int32Array(buffer, offset, elements),
  int64: (buffer, offset, elements) => new BigInt64Array(buffer, offset, elements),
  f32: (buffer, offset, elements) => new Float32Array(buffer, offset, elements),
  uint16: bits,
  f16: bits,
  bf16: bits,
}

/** The bytes of a typed array. */
export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
