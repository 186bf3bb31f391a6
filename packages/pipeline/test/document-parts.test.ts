import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, openDocuments, readRowManifest } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  commitShards,
  planForShards,
  resolveRunConfig,
  runLocally,
  workShard,
  type RunOptions,
} from '../src/index.ts'

const manifestOf = (out: string): string => readFileSync(join(out, 'manifest.json'), 'utf8')

/** A corpus of ids whose rows are so wide that some documents fill a batch, and some more a part. */
function wideRows(folder: string): { readonly options: RunOptions; readonly documents: readonly number[][] } {
  let seed = 5
  const random = (most: number): number => (seed = (seed * 1103 + 12_345) % 65_537) % most
  const documents = Array.from({ length: 260 }, () =>
    Array.from({ length: 1 + random(random(9) === 0 ? 70 : 6) }, () => random(20)),
  )
  const path = join(folder, 'ids.jsonl')
  writeFileSync(path, documents.map((ids) => `${JSON.stringify({ input_ids: ids })}\n`).join(''))
  const options = {
    ...({ corpus: [path], format: 'ids', vocabSize: 20, dim: 65_536, dtype: 'bf16' } as const),
    ...({ per: 'document', positionEncoding: 'none', maxLength: 1000, tail: 'error' } as const),
  } as const
  return { options, documents }
}

test('documents fill batches and parts, which shards and threads make alike', async () => {
  const folder = temporaryFolder()
  const { options, documents } = wideRows(folder)
  const config = resolveRunConfig(options)
  const out = join(folder, 'whole')
  await runLocally({ config, out, threads: 1 })
  const { parts } = await readRowManifest(folderStorage(out))
  expect(parts.length).toBeGreaterThan(1)
  for (const { tokens } of parts) expect(tokens).toBeLessThanOrEqual((128 << 20) / (65_536 * 2 + 4))
  await using dataset = await openDocuments(out)
  let row = 0
  let batches = 0
  for await (const { rows, inputIds, offsets } of dataset.batches({ columns: ['input_ids'] })) {
    batches++
    for (let at = 0; at < rows; at++)
      expect([...inputIds!.subarray(offsets[at], offsets[at + 1])]).toEqual(documents[row++])
  }
  expect(batches).toBeGreaterThan(2 * parts.length)
  expect(row).toBe(documents.length)
  // A range over batches and parts.
  const { rows, offsets, inputIds } = await dataset.read(20, 200)
  expect(rows).toBe(200)
  expect([...inputIds!]).toEqual(documents.slice(20, 220).flat())
  expect(offsets.at(-1)).toBe(inputIds!.length)
  const from: number[] = []
  for await (const batch of dataset.batches({ from: 255, columns: ['document'] }))
    from.push(Number(batch.document[0]))
  expect(from[0]).toBeLessThanOrEqual(255)

  const path = join(folder, 'shards')
  const signal = new AbortController().signal
  await planForShards({ config, out: path, segmentBytes: 1000, signal, onEvent: () => {} })
  for (const stage of ['tokens', 'parts'] as const)
    for (const index of [1, 0]) await workShard({ path, stage, shard: { index, count: 2 } })
  expect(await commitShards(path)).toMatchObject({ state: 'done' })
  expect(manifestOf(path)).toBe(manifestOf(out))
}, 60_000)
