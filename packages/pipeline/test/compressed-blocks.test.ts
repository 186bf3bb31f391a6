import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bgzf, temporaryFolder, theVerdict, zstdFrames } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  commitShards,
  cutCorpus,
  openCorpus,
  planForShards,
  resolveRunConfig,
  runLocally,
  workShard,
  type RunConfig,
  type RunOptions,
} from '../src/index.ts'
import { filesOf } from './run-folder.ts'

const text = readFileSync(theVerdict)
const lines = Buffer.from(
  text
    .toString()
    .split('\n')
    .map((line, id) => JSON.stringify({ id, text: line }))
    .join('\n'),
)
const contents: Readonly<Record<'txt' | 'jsonl', Buffer>> = { txt: text, jsonl: lines }

const writers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gz: (bytes) => bgzf(bytes, 1500),
  zst: (bytes) => zstdFrames(bytes, { frameBytes: 1500, sizes: true, seekTable: false }),
  'seekable.zst': (bytes) => zstdFrames(bytes, { frameBytes: 1500, sizes: false, seekTable: true }),
}

function configOf(corpus: readonly string[], options: Partial<RunOptions> = {}): RunConfig {
  return resolveRunConfig({ corpus, maxLength: 16, embeddings: 'none', documents: 'ids', ...options })
}

/** The parts alone: plans name sources by their stored bytes. */
function partsOf(out: string): Record<string, string> {
  const folder = join(out, 'parts')
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'base64')]),
  )
}

for (const [extension, write] of Object.entries(writers)) {
  test(`files of blocks are cut, and give the bytes of the whole file and of the plain text: .${extension}`, async () => {
    for (const [format, content] of Object.entries(contents)) {
      const folder = temporaryFolder()
      const plain = join(folder, `corpus.${format}`)
      const packed = `${plain}.${extension}`
      writeFileSync(plain, content)
      writeFileSync(packed, write(content))
      const config = configOf([packed])
      const corpus = await openCorpus(config, { path: join(folder, 'unused') })
      expect((await cutCorpus(corpus, 3000)).length).toBeGreaterThan(3)
      const outs = { whole: 1e9, cut: 3000, fine: 1 }
      for (const [name, segmentBytes] of Object.entries(outs))
        await runLocally({ config, out: join(folder, name), threads: 1, segmentBytes })
      await runLocally({ config: configOf([plain]), out: join(folder, 'plain'), threads: 1 })
      const whole = filesOf(join(folder, 'whole'))
      expect(filesOf(join(folder, 'cut'))).toEqual(whole)
      expect(filesOf(join(folder, 'fine'))).toEqual(whole)
      expect(partsOf(join(folder, 'whole'))).toEqual(partsOf(join(folder, 'plain')))
      const shards = join(folder, 'shards')
      const signal = new AbortController().signal
      await planForShards({ config, out: shards, segmentBytes: 3000, signal, onEvent: () => {} })
      for (const stage of ['tokens', 'parts'] as const)
        for (const index of [1, 0]) await workShard({ path: shards, stage, shard: { index, count: 2 } })
      await commitShards(shards)
      expect(filesOf(shards)).toEqual(whole)
    }
  })
}

test('a damaged block stops the run with what is wrong, or leaves its file out, however it is cut', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'corpus.jsonl.gz')
  // Further on than where the format is looked for.
  const many = Array.from({ length: 12 }, (_, n) =>
    lines.toString().replaceAll('"id":', `"n":${n},"id":`),
  ).join('\n')
  const bytes = bgzf(Buffer.from(many), 8000)
  const damaged = bytes.lastIndexOf('1f8b08', bytes.length - 6000, 'hex')
  // The checksum of the block before.
  bytes[damaged - 8]! ^= 0xff
  writeFileSync(path, bytes)
  const messages: string[] = []
  for (const segmentBytes of [1e9, 40_000]) {
    const out = join(folder, 'refused')
    const error: unknown = await runLocally({ config: configOf([path]), out, segmentBytes }).catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({ code: 'broken-file' })
    messages.push((error as Error).message)
  }
  expect(messages[1]).toBe(messages[0])
  const beside = join(folder, 'beside.txt')
  writeFileSync(beside, text)
  const config = configOf([path, beside], { onPoison: 'hole' })
  const outs = { whole: 1e9, cut: 40_000 }
  for (const [name, segmentBytes] of Object.entries(outs))
    await runLocally({ config, out: join(folder, name), threads: 1, segmentBytes })
  const { holes } = JSON.parse(readFileSync(join(folder, 'cut', 'manifest.json'), 'utf8')) as {
    holes: object[]
  }
  expect(holes).toEqual([{ source: 0, segment: 'whole', reason: 'broken-file' }])
  expect(filesOf(join(folder, 'cut'))).toEqual(filesOf(join(folder, 'whole')))
  // A corpus in which nothing else is has no window.
  const alone = runLocally({ config: configOf([path], { onPoison: 'hole' }), out: join(folder, 'alone') })
  await expect(alone).rejects.toMatchObject({ code: 'too-short' })
})
