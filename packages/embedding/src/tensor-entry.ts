/** Number formats that are read here, by their safetensors names, and the bytes of one value. */
export const storedBytes = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const
/** One of the number formats of `storedBytes`. */
export type StoredDtype = keyof typeof storedBytes

/** One tensor of a file. */
export interface TensorEntry {
  /** As the file names it: one of {@link StoredDtype}, or a format that is not read here. */
  readonly dtype: string
  readonly shape: readonly number[]
  /** In bytes from the start of the file. */
  readonly offset: number
  readonly byteLength: number
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

export function isStoredDtype(dtype: string): dtype is StoredDtype {
  return Object.hasOwn(storedBytes, dtype)
}
