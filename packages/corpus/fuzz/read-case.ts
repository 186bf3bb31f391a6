import { CorpusError } from '../src/errors.ts'
import { planSegments } from '../src/segments/plan-segments.ts'
import { readDocuments } from '../src/segments/read-segment.ts'
import { collect, collectSegments, type Collected } from '../test/collect.ts'
import { MemorySource } from '../test/memory-source.ts'
import type { FuzzCase } from './draw-case.ts'

/** What reading a source gives: its documents, or the code of the error. */
export type Outcome =
  { readonly documents: readonly Collected[] } | { readonly error: string; readonly why: string }

const onError = {
  'missing-field': 'skip',
  'empty-document': 'skip',
  'invalid-utf8': 'fail',
  'lone-surrogate': 'fail',
  'broken-json': 'fail',
  'broken-csv': 'fail',
  'line-too-long': 'fail',
} as const

/** Reads a source in one pass, in large chunks. */
export function readWhole(input: FuzzCase): Promise<Outcome> {
  const source = new MemorySource(input.name, input.bytes)
  return outcomeOf(() =>
    collect([readDocuments(source, { ...input.format, onError, csvSeparator: input.separator })]),
  )
}

/** Reads a source in small segments, in small chunks of uneven sizes. */
export function readInSegments(input: FuzzCase, sizes: readonly number[]): Promise<Outcome> {
  const source = new MemorySource(input.name, input.bytes, sizes)
  return outcomeOf(async () => {
    const segments = await planSegments(source, input.format, { targetBytes: 40 })
    const options = { onError, csvSeparator: input.separator }
    return (await collectSegments(source, input.format, segments, options)).documents
  })
}

/** @throws whatever is no error of ours: that is a fault */
async function outcomeOf(read: () => Promise<readonly Collected[]>): Promise<Outcome> {
  try {
    return { documents: await read() }
  } catch (error) {
    if (error instanceof CorpusError) return { error: error.code, why: error.message }
    throw error
  }
}
