import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '@sluice/testing'
import { expect, onTestFinished, test } from 'vitest'
import { resolveRunConfig, runLocally } from '../src/index.ts'

const fixture = fileURLToPath(new URL('fixtures/unfinished-run', import.meta.url))

test('a run that an earlier version began is continued to the parts that version would have made', async () => {
  const folder = temporaryFolder()
  cpSync(fixture, folder, { recursive: true })
  const kept = readdirSync(join(folder, 'unfinished/tokens')).filter((name) => name.endsWith('.ids'))
  expect(kept).toHaveLength(3)
  const before = process.cwd()
  onTestFinished(() => process.chdir(before))
  process.chdir(folder)
  const config = resolveRunConfig({
    corpus: ['corpus/a.txt', 'corpus/b.jsonl', 'corpus/c.txt'],
    ...{ maxLength: 8, stride: 4, embeddings: 'none', documents: 'ids' },
  })
  const inodes = (): number[] => kept.map((name) => statSync(`unfinished/tokens/${name}`).ino)
  const inodesBefore = inodes()
  let inodesAfter: number[] = []
  await runLocally({
    config,
    ...{ out: 'unfinished', threads: 1, segmentBytes: 600 },
    onEvent({ event }) {
      if (event === 'tokenized') inodesAfter = inodes()
    },
  })
  // What was finished was used: none of it was written again.
  expect(inodesAfter).toEqual(inodesBefore)
  // Version 2 of the format keeps receipts in a folder of their own; all else is as it was.
  const whole = readFileSync(join(fixture, 'whole/manifest.json'), 'utf8')
  expect(readFileSync('unfinished/manifest.json', 'utf8')).toBe(whole.replace('"version":1', '"version":2'))
})
