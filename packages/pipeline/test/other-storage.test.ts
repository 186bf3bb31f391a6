import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { DatasetError, type DatasetStorage } from '@sluice/dataset'
import { MemoryBucket, memoryStorage, temporaryFolder, theVerdict } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import {
  resolveRunConfig,
  runLocally,
  type OpenStorage,
  type RunConfig,
  type RunOptions,
} from '../src/index.ts'

const text = readFileSync(theVerdict, 'utf8')

/** Paths of storages, and what each holds: it outlives the processes that use it. */
type Buckets = Map<string, MemoryBucket>

/** Runs on storages in memory, and what a process of them has cost. */
class Process {
  calls = 0
  readonly #buckets: Buckets
  readonly #diesAt: number

  /** @param diesAt - call at which the process dies: that call and all later ones do nothing */
  constructor(buckets: Buckets, diesAt = Infinity) {
    this.#buckets = buckets
    this.#diesAt = diesAt
  }

  readonly openStorage: OpenStorage = (path): DatasetStorage => {
    const bucket = this.#buckets.get(path) ?? new MemoryBucket()
    this.#buckets.set(path, bucket)
    return memoryStorage(bucket, async () => {
      this.calls++
      if (this.calls >= this.#diesAt) throw new DatasetError('conflict', 'the process is dead')
      await setImmediate()
    })
  }

  async run(config: RunConfig): Promise<void> {
    await runLocally({
      config,
      out: 'out',
      segmentBytes: 900,
      checkpointBytes: 500,
      openStorage: this.openStorage,
    })
  }
}

/** Every object by its path, and the uploads that nobody ended. */
function contentsOf(buckets: Buckets): Record<string, string> {
  const contents: Record<string, string> = {}
  for (const [path, { objects, uploads }] of buckets) {
    for (const [name, bytes] of objects) contents[join(path, name)] = Buffer.from(bytes).toString('base64')
    for (const name of uploads.keys()) contents[join(path, name)] = 'not ended'
  }
  return contents
}

function contentsOfFolder(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name))
  return Object.fromEntries(
    paths.map((path) => [join('out', relative(folder, path)), readFileSync(path).toString('base64')]),
  )
}

const cases: readonly (readonly [string, Partial<RunOptions>])[] = [
  ['rows with embeddings in a random order', { embeddings: 'full', shuffle: { seed: 1 }, stride: 3 }],
  [
    'packed rows',
    {
      ...{ embeddings: 'none', packing: 'best-fit', boundary: 'document', tail: 'pad' },
      ...{ documents: 'boundaries', positions: 'restart' },
    },
  ],
  ['two datasets', { embeddings: 'lazy', split: { validation: 0.5, seed: 2 } }],
  ['token files', { to: 'megatron' }],
]

describe.each(cases)('%s, written to a storage in memory', (_name, options) => {
  const prepare = (): RunConfig => {
    const folder = temporaryFolder()
    const corpus = ['a.txt', 'b.jsonl'].map((name) => join(folder, name))
    writeFileSync(corpus[0]!, text.slice(0, 2500))
    const lines = Array.from({ length: 6 }, (_, line) => ({
      text: text.slice(3000 + 200 * line, 3200 + 200 * line),
    }))
    writeFileSync(corpus[1]!, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const windows = options.to === undefined ? { maxLength: 8, dim: 2 } : {}
    return resolveRunConfig({ corpus, ...windows, ...options })
  }

  test('are the bytes that a folder gets', async () => {
    const config = prepare()
    const folder = join(temporaryFolder(), 'out')
    await runLocally({ config, out: folder, segmentBytes: 900 })
    const buckets: Buckets = new Map()
    await new Process(buckets).run(config)
    expect(contentsOf(buckets)).toEqual(contentsOfFolder(folder))
  })

  test('are the same when the process dies at any call, and another resumes', async () => {
    const config = prepare()
    const whole: Buckets = new Map()
    const first = new Process(whole)
    await first.run(config)
    const expected = contentsOf(whole)
    const step = Math.max(1, Math.floor(first.calls / 16))
    for (let diesAt = 1; diesAt <= first.calls; diesAt += step) {
      const buckets: Buckets = new Map()
      await expect(new Process(buckets, diesAt).run(config)).rejects.toThrow('the process is dead')
      const resumed = await new Process(buckets).run(config).then(
        () => 'done',
        (error: unknown) => (error as DatasetError).code,
      )
      // One that died after its commit is done already.
      expect(['done', 'already-exists']).toContain(resumed)
      expect(contentsOf(buckets), `died at call ${diesAt} of ${first.calls}`).toEqual(expected)
    }
  })
})
