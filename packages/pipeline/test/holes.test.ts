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
  RunError,
  runLocally,
  type RunControl,
  type RunEvent,
  type Task,
  type TaskRunner,
} from '../src/index.ts'
import { readRows } from './dataset-rows.ts'
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

/** Gives one segment up, as a runner does after the last attempt. */
class GivingUp implements TaskRunner {
  readonly #inner: LocalRunner
  readonly #isPoisonous: (task: Task) => boolean

  constructor(inner: LocalRunner, isPoisonous: (task: Task) => boolean) {
    this.#inner = inner
    this.#isPoisonous = isPoisonous
  }

  get provider(): string | undefined {
    return this.#inner.provider
  }

  async run(tasks: Iterable<Task>, control: RunControl): Promise<void> {
    for (const task of tasks) {
      const error = new RunError('poisonous-task', 'it failed 3 times')
      if (!this.#isPoisonous(task)) await this.#inner.run([task], control)
      else if ((await control.onPoison?.(task, error)) === undefined) throw error
    }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

test.each(['cross', 'document'] as const)(
  'what comes after a hole in a text is a document of its own, with boundary %s',
  async (boundary) => {
    const root = temporaryFolder()
    const out = join(root, 'out')
    const config = resolveRunConfig({
      corpus: [theVerdict],
      ...{ maxLength: 8, boundary, tail: 'pad', documents: 'ids', separator: 'none' },
      ...{ embeddings: 'none', onPoison: 'hole' },
    })
    const onEvent = (): void => {}
    const signal = new AbortController().signal
    const { run, folder, segments } = await prepareRun({ config, out, segmentBytes: 3000, signal, onEvent })
    expect(segments.length).toBeGreaterThan(4)
    const hole = segments[2]!.segment
    const isPoisonous = (task: Task): boolean => task.kind === 'tokenize' && task.segment === hole
    const runner = new GivingUp(new LocalRunner({ path: out, run }), isPoisonous)
    const { manifest } = await carryOut({ run, folder, segments, runner, signal, onEvent })
    await runner.close()
    if (hole.kind !== 'bytes') throw new Error('Expected a range of bytes')
    expect(manifest.holes).toEqual([
      { source: 0, segment: `${hole.start}-${hole.end}`, reason: 'poisonous-task' },
    ])
    const bytes = readFileSync(theVerdict)
    const pieces = [bytes.subarray(0, hole.start), bytes.subarray(hole.end)]
    const expected = slowRun(
      pieces.map((piece) => ({ txt: piece.toString('utf8') })),
      gpt2,
      config,
    )
    const ids = ({
      inputIds,
      documentIds,
      document,
    }: {
      inputIds: object
      documentIds?: object
      document?: number
    }) => ({
      inputIds,
      documentIds,
      document,
    })
    expect((await readRows(out)).map(ids)).toEqual(expected.windows.map(ids))
  },
)
