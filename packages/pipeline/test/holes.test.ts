import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openDataset, verifyDataset } from '@sluice/dataset'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import { expect, test } from 'vitest'
import {
  carryOut,
  LocalRunner,
  prepareRun,
  resolveRunConfig,
  runLocally,
  type RunEvent,
  type Task,
} from '../src/index.ts'
import { readRows } from './dataset-rows.ts'
import { GivingUp } from './giving-up.ts'
import { writeFiles } from './run-folder.ts'
import { slowRun } from './slow-run.ts'

const gpt2 = await getEncoding('gpt2')

test('a damaged file is an error, or by policy a hole that the manifest names', async () => {
  const root = temporaryFolder()
  const text = readFileSync(theVerdict, 'utf8')
  const [before, after] = writeFiles(root, [text.slice(0, 3000), text.slice(9000)])
  const damaged = join(root, 'damaged.txt.gz')
  writeFileSync(damaged, gzipSync(text).subarray(0, 5000))
  const given = { corpus: [before!, damaged, after!], maxLength: 16, embeddings: 'none' } as const
  const out = join(root, 'out')
  await expect(runLocally({ config: resolveRunConfig(given), out })).rejects.toMatchObject({
    code: 'broken-file',
  })
  expect(readdirSync(root)).not.toContain('out')

  const events: RunEvent[] = []
  const config = resolveRunConfig({ ...given, onPoison: 'hole' })
  await runLocally({ config, out, onEvent: (event) => events.push(event) })
  expect(events.filter(({ event }) => event === 'hole')).toMatchObject([
    { task: expect.stringContaining('damaged.txt.gz') as string },
  ])
  await using dataset = await openDataset(out)
  expect(dataset.manifest.holes).toEqual([{ source: 1, segment: 'whole', reason: 'broken-file' }])
  expect((await verifyDataset(dataset.storage)).problems).toEqual([])
  const expected = slowRun(
    [{ txt: text.slice(0, 3000) }, { txt: '' }, { txt: text.slice(9000) }],
    gpt2,
    config,
  )
  expect(await readRows(out)).toEqual(expected.windows)
})

test.each(['cross', 'document'] as const)(
  'a text of which one piece was given up is left out whole, with boundary %s',
  async (boundary) => {
    const root = temporaryFolder()
    const out = join(root, 'out')
    const text = readFileSync(theVerdict, 'utf8')
    const [before, after] = writeFiles(root, [text.slice(0, 3000), text.slice(9000, 12_000)])
    const config = resolveRunConfig({
      corpus: [before!, theVerdict, after!],
      ...{ maxLength: 8, boundary, tail: 'pad', documents: 'ids' },
      ...{ embeddings: 'none', onPoison: 'hole' },
    })
    const events: RunEvent[] = []
    const onEvent = (event: RunEvent): number => events.push(event)
    const signal = new AbortController().signal
    const { run, folder, segments } = await prepareRun({ config, out, segmentBytes: 5000, signal, onEvent })
    const own = segments.filter(({ source }) => source === 1)
    expect(own.length).toBeGreaterThan(3)
    const isPoisonous = (task: Task): boolean =>
      task.kind === 'tokenize' && [own[1], own[3]].some((one) => one?.segment === task.segment)
    const runner = new GivingUp(new LocalRunner({ path: out, run }), isPoisonous)
    const { manifest } = await carryOut({ run, folder, segments, runner, signal, onEvent })
    await runner.close()
    expect(manifest.holes).toEqual([{ source: 1, segment: 'whole', reason: 'poisonous-task' }])
    expect(events.filter(({ event }) => event === 'hole')).toHaveLength(1)
    const expected = slowRun(
      [{ txt: text.slice(0, 3000) }, { txt: '' }, { txt: text.slice(9000, 12_000) }],
      gpt2,
      config,
    )
    expect(await readRows(out)).toEqual(expected.windows)
  },
)

test('a file that is damaged from its first byte on, or cannot even be cut, is a hole too', async () => {
  const root = temporaryFolder()
  const text = readFileSync(theVerdict, 'utf8')
  const [good] = writeFiles(root, [text])
  const packed = gzipSync(text)
  packed[40]! ^= 0xff
  const parquet = Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(30_000, 7), Buffer.from('PAR1')])
  for (const [name, bytes] of [
    ['damaged.txt.gz', packed],
    ['damaged.parquet', parquet],
  ] as const) {
    const damaged = join(root, name)
    writeFileSync(damaged, bytes)
    const given = { corpus: [good!, damaged], maxLength: 16, embeddings: 'none' } as const
    const refused = runLocally({ config: resolveRunConfig(given), out: join(root, 'refused') })
    await expect(refused).rejects.toMatchObject({ code: 'broken-file' })
    const config = resolveRunConfig({ ...given, onPoison: 'hole' })
    for (const segmentBytes of [1000, 1e9]) {
      const out = join(root, `${name}-${segmentBytes}`)
      await runLocally({ config, out, segmentBytes })
      await using dataset = await openDataset(out)
      expect(dataset.manifest.holes).toEqual([{ source: 1, segment: 'whole', reason: 'broken-file' }])
    }
  }
})
