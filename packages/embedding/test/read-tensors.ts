import { readFileSync } from 'node:fs'
import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'

/** A tensor of a fixture, its values widened to float32. */
export interface FixtureTensor {
  readonly dtype: 'f32' | 'f16' | 'bf16'
  readonly values: Float32Array
}

/** Reads a small safetensors file by its layout, independently of the package's own reader. */
export async function readTensors(path: string): Promise<ReadonlyMap<string, FixtureTensor>> {
  const file = readFileSync(path)
  const start = 8 + Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.toString('utf8', 8, start)) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >
  const tensors = new Map<string, FixtureTensor>()
  for (const [name, { dtype, data_offsets: offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const bytes = Uint8Array.from(file.subarray(start + offsets[0], start + offsets[1])).buffer
    tensors.set(name, widen(dtype, bytes))
  }
  return tensors
}

function widen(dtype: string, bytes: ArrayBuffer): FixtureTensor {
  if (dtype === 'F32') return { dtype: 'f32', values: new Float32Array(bytes) }
  if (dtype === 'I64') return { dtype: 'f32', values: Float32Array.from(new BigInt64Array(bytes), Number) }
  const bits = new Uint16Array(bytes)
  const values = new Float32Array(bits.length)
  if (dtype === 'F16') decodeFloat16(bits, values)
  else decodeBfloat16(bits, values)
  return { dtype: dtype === 'F16' ? 'f16' : 'bf16', values }
}
