import type { ElementType } from './columns.ts'

/** The typed arrays of the element types: bits for f16 and bf16. */
export interface ElementArrays {
  readonly int32: Int32Array
  readonly uint16: Uint16Array
  readonly int64: BigInt64Array
  readonly f32: Float32Array
  readonly f16: Uint16Array
  readonly bf16: Uint16Array
}

/** A view of `elements` elements from `offset` on; nothing is copied. */
export function viewElements(
  element: ElementType,
  buffer: ArrayBufferLike,
  offset: number,
  elements: number,
): ElementArrays[ElementType] {
  switch (element) {
    case 'int32':
      return new Int32Array(buffer, offset, elements)
    case 'int64':
      return new BigInt64Array(buffer, offset, elements)
    case 'f32':
      return new Float32Array(buffer, offset, elements)
    case 'uint16':
    case 'f16':
    case 'bf16':
      return new Uint16Array(buffer, offset, elements)
  }
}

/** The bytes of a typed array. */
export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
