import type { DatasetLayout, ManifestHeader } from '../src/index.ts'

const sha = (digit: string): string => digit.repeat(64)

/** The plan id of all test datasets. */
export const planId = sha('a')

/** A header for a dataset of `partCount` parts. */
export function header(layout: DatasetLayout, partCount: number): ManifestHeader {
  return {
    planId,
    config: { maxLength: layout.maxLength, stride: 2 },
    layout,
    windows: { stride: 2, boundary: 'cross' },
    identities: {
      tokenizer: { name: 'gpt2', vocabSize: layout.vocabSize, sha256: sha('b') },
      tables: [],
      graph: null,
    },
    sources: [{ name: 'the-verdict.txt', byteLength: 20479, sha256: sha('c') }],
    dropped: { 'empty-document': 1 },
    partCount,
  }
}
