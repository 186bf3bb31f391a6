import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from '@sluice/torch-random'

/** How a table's values are stored in a file. In memory they are always float32, which holds all three exactly. */
export type TableDtype = 'f32' | 'f16' | 'bf16'

/** Names and sizes of the formats in safetensors and ONNX (`TensorProto.DataType`). */
export const storedFormats = {
  f32: { safetensors: 'F32', onnx: 1, bytes: 4 },
  f16: { safetensors: 'F16', onnx: 10, bytes: 2 },
  bf16: { safetensors: 'BF16', onnx: 16, bytes: 2 },
} as const

/** Float32 values as they are stored in `dtype`; f32 is the array itself, the others are their bits. */
export function encodeValues(values: Float32Array, dtype: TableDtype): Float32Array | Uint16Array {
  if (dtype === 'f32') return values
  const bits = new Uint16Array(values.length)
  const encode = dtype === 'f16' ? encodeFloat16 : encodeBfloat16
  encode(values, bits)
  return bits
}

/** Rounds float32 values to `dtype`, in place. */
export function roundValues(values: Float32Array, dtype: TableDtype): void {
  if (dtype === 'f32') return
  const [encode, decode] = dtype === 'f16' ? [encodeFloat16, decodeFloat16] : [encodeBfloat16, decodeBfloat16]
  const bits = new Uint16Array(Math.min(values.length, pieceLength))
  for (let start = 0; start < values.length; start += pieceLength) {
    const piece = values.subarray(start, start + pieceLength)
    encode(piece, bits.subarray(0, piece.length))
    decode(bits.subarray(0, piece.length), piece)
  }
}

const pieceLength = 1 << 16
