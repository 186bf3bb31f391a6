/** How ids lie in a flat file, little-endian. */
export interface IdEncoding {
  readonly bytes: 1 | 2 | 4 | 8
  readonly signed: boolean
}

/** Ids as numbers: a value of 8 bytes that no double holds exactly becomes one that is no id either. */
export function idReader({ bytes, signed }: IdEncoding): (view: DataView, at: number) => number {
  if (bytes === 1) return (view, at) => (signed ? view.getInt8(at) : view.getUint8(at))
  if (bytes === 2) return (view, at) => (signed ? view.getInt16(at, true) : view.getUint16(at, true))
  if (bytes === 4) return (view, at) => (signed ? view.getInt32(at, true) : view.getUint32(at, true))
  return (view, at) => Number(signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true))
}
