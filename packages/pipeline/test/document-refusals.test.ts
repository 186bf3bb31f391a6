import { join } from 'node:path'
import { openDataset, openDocuments } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import { resolveRunConfig, runLocally } from '../src/index.ts'
import { writeSources } from './run-folder.ts'

describe('what makes no sense is refused', () => {
  const options = { corpus: ['a'], per: 'document' } as const

  test.each([
    [
      { stride: 3 },
      'Expected `stride` to be left out with `per: document`, got 3: rows of documents have no windows',
    ],
    [{ shuffle: { seed: 1 } }, 'Expected `shuffle` to be left out with `per: document`'],
    [{ packing: 'best-fit' }, 'Expected `packing` to be left out with `per: document`'],
    [{ separator: 'between' }, 'Expected `separator` to be after or none with a row for each document'],
    [{ tail: 'pad' }, 'Expected `tail` to be drop or error with a row for each document, got "pad"'],
    [{ pool: 'mean', embeddings: 'lazy' }, 'Expected `embeddings` to be full for their mean, got "lazy"'],
    [{ pool: 'mean', dtype: 'bf16' }, 'Expected `dtype` to be f32 for a mean'],
    [{ maxLength: 9, contextLength: 4 }, 'Expected `contextLength` to be at least `maxLength` (9), got 4'],
  ] as const)('%o', (given, message) => {
    expect(() => resolveRunConfig({ ...options, ...given })).toThrow(message)
  })

  test('a mean of windows', () => {
    expect(() => resolveRunConfig({ corpus: ['a'], pool: 'mean' })).toThrow(
      'Expected `pool` to be none without rows of documents (per document), got "mean"',
    )
  })

  test('a document that is longer than anybody said, by its place and length', async () => {
    const folder = temporaryFolder()
    const corpus = writeSources(folder, [{ jsonl: ['short', 'cat '.repeat(9000)] }])
    const config = resolveRunConfig({ corpus, per: 'document', dim: 2 })
    await expect(runLocally({ config, out: join(folder, 'out') })).rejects.toThrow(
      /000\.jsonl, the document at \d+: expected at most 8192 ids in a row, got 9001; `maxLength: 9001` makes room/,
    )
  })

  test('rows of documents as windows, and windows as rows of documents', async () => {
    const folder = temporaryFolder()
    const corpus = writeSources(folder, [{ txt: 'The cat sat on the mat.' }])
    const [documents, windows] = [join(folder, 'documents'), join(folder, 'windows')]
    await runLocally({ config: resolveRunConfig({ corpus, per: 'document', dim: 2 }), out: documents })
    await runLocally({ config: resolveRunConfig({ corpus, maxLength: 2, dim: 2 }), out: windows })
    await expect(openDataset(documents)).rejects.toMatchObject({ code: 'no-windows' })
    await expect(openDocuments(windows)).rejects.toMatchObject({ code: 'no-documents' })
  })
})
