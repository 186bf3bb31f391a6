import type { DatasetLayout, PartBatch } from '../src/index.ts'

/** A corpus as its documents' ids. */
export type Documents = readonly (readonly number[])[]

/** One window and what is known about it. */
interface Window {
  /** T + 1 ids. */
  readonly ids: readonly number[]
  /** The document of each of the T input ids. */
  readonly documents: readonly number[]
}

/** Windows over the joined documents, or over each document on its own: the obvious version. */
export function cutWindows(
  documents: Documents,
  maxLength: number,
  { stride, boundary }: { readonly stride: number; readonly boundary: 'cross' | 'document' },
): Window[] {
  const tagged = documents.map((ids, document) => ids.map((id) => ({ id, document })))
  const streams = boundary === 'cross' ? [tagged.flat()] : tagged
  return streams.flatMap((stream) => {
    const count = Math.max(0, Math.ceil((stream.length - maxLength) / stride))
    return Array.from({ length: count }, (_, window) => {
      const cut = stream.slice(window * stride, window * stride + maxLength + 1)
      return {
        ids: cut.map(({ id }) => id),
        documents: cut.slice(0, maxLength).map(({ document }) => document),
      }
    })
  })
}

/** Windows as rows of a layout with document columns. */
export function rowsOfWindows(
  windows: readonly Window[],
  { maxLength, documents }: DatasetLayout,
): PartBatch {
  const rows = windows.length
  const boundaries = windows.map((window) => [
    0,
    ...window.documents.flatMap((document, at) =>
      at > 0 && document !== window.documents[at - 1] ? [at] : [],
    ),
    maxLength,
  ])
  let end = 0
  return {
    rows,
    inputIds: Int32Array.from(windows.flatMap(({ ids }) => ids.slice(0, maxLength))),
    targetIds: Int32Array.from(windows.flatMap(({ ids }) => ids.slice(1))),
    ...(documents === 'ids' && {
      documentIds: Int32Array.from(
        windows.flatMap((window) => window.documents.map((document) => document - window.documents[0]!)),
      ),
    }),
    ...(documents === 'boundaries' && {
      cuSeqlens: {
        offsets: Int32Array.from([0, ...boundaries.map(({ length }) => (end += length))]),
        values: Int32Array.from(boundaries.flat()),
      },
    }),
    ...(documents !== 'none' && { document: Float64Array.from(windows, (window) => window.documents[0]!) }),
    source: new Int32Array(rows),
    byteStart: Float64Array.from({ length: rows }, (_, row) => 3 * row),
    byteEnd: Float64Array.from({ length: rows }, (_, row) => 3 * row + 40),
  }
}
