import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { folderStorage } from '@sluice/dataset'
import {
  carryOut,
  commitShards,
  LocalRunner,
  planForShards,
  resolveRunConfig,
  RunFolder,
  runLocally,
  workShard,
  type RunConfig,
  type ShardedRun,
  type TaskRunner,
} from '@sluice/pipeline'
import { bgzf, seededRandom, temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { QueueRunner } from '../src/index.ts'
import { runIdOf } from '../src/payload.ts'
import { LossyQueue, terribleLosses } from './lossy-queue.ts'

const text = readFileSync(theVerdict)
const segmentBytes = 13_000

/** A text that is cut, one in blocks, small files that share tasks, and one of these that nobody can read. */
function writeCorpus(folder: string): string[] {
  const lines = text.toString().split('\n')
  const records = lines.map((line, id) => JSON.stringify({ id, text: line })).join('\n')
  const contents: Record<string, Uint8Array> = {
    '0-large.txt': text,
    '1-blocks.jsonl.gz': bgzf(Buffer.from(records), 2000),
  }
  for (let index = 0; index < 9; index++) {
    contents[`2-small-${index}.txt`] = text.subarray(100 * index, 100 * index + 40 * (index % 4))
    if (index === 3) contents['2-small-3.txt.gz'] = gzipSync(text.subarray(0, 3000)).subarray(0, 1000)
  }
  return Object.entries(contents).map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  })
}

/** The manifest, and the bytes of the parts that it names. */
function datasetOf(path: string): Record<string, string> {
  const parts = readdirSync(join(path, 'parts')).map((name) => join('parts', name))
  return Object.fromEntries(
    ['manifest.json', ...parts].map((name) => [name, readFileSync(join(path, name), 'base64')]),
  )
}

/** Whoever carries some of a run out, and is stopped somewhere on the way. */
class Helpers {
  readonly #path: string
  readonly #planned: ShardedRun
  readonly #random: () => number

  constructor(path: string, planned: ShardedRun, random: () => number) {
    this.#path = path
    this.#planned = planned
    this.#random = random
  }

  /** One of them, drawn. */
  async some(): Promise<void> {
    const kind = this.#below(4)
    if (kind === 0) await this.#shard('tokens')
    else if (kind === 1) await this.#shard('parts')
    else await this.carry(kind === 2 ? 'threads' : 'queue', 1 + this.#below(5))
  }

  async #shard(stage: 'tokens' | 'parts'): Promise<void> {
    const count = 1 + this.#below(4)
    await workShard({ path: this.#path, stage, shard: { index: this.#below(count), count } })
  }

  /** @param steps - events after which it is stopped */
  async carry(by: 'threads' | 'queue', steps: number = Infinity): Promise<void> {
    const stop = new AbortController()
    const { run, segments } = this.#planned
    const path = this.#path
    const folder = RunFolder.taken(folderStorage(path))
    const access = { path }
    await using queue =
      by === 'queue' ? new LossyQueue({ path, run, access }, this.#random, terribleLosses) : undefined
    const runner: TaskRunner =
      queue === undefined
        ? new LocalRunner({ path, run, access })
        : new QueueRunner({
            ...{ queue, storage: folderStorage(path), planId: run.planId, runId: runIdOf(run.planId, 'run') },
            ...{
              attempt: 0,
              maxOutstanding: 8,
              pollMs: 10,
              batchBytes: 10_000,
              describe: ({ kind }) => kind,
            },
          })
    let seen = 0
    const onEvent = (): void => {
      if (++seen >= steps) stop.abort()
    }
    try {
      await carryOut({ run, folder, segments, runner, signal: stop.signal, onEvent })
    } catch (error) {
      if (!stop.signal.aborted) throw error
    } finally {
      await runner.close()
    }
  }

  /** Brings the run to its end by one of the ways. */
  async finish(by: 'threads' | 'queue' | 'shards'): Promise<void> {
    if (by !== 'shards') return this.carry(by)
    for (const stage of ['tokens', 'parts'] as const)
      await Promise.all(
        [1, 0].map((index) => workShard({ path: this.#path, stage, shard: { index, count: 2 } })),
      )
    const { state } = await commitShards(this.#path)
    if (state !== 'done') throw new Error('Expected a run whose shards are done to be ready')
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most)
  }
}

function planOf(config: RunConfig, out: string): Promise<ShardedRun> {
  return planForShards({ config, out, segmentBytes, signal: new AbortController().signal, onEvent: () => {} })
}

const ends = ['shards', 'threads', 'queue'] as const

test('threads, a lossy queue and shards in any mixture on one folder make one dataset, holes and all', async () => {
  const root = temporaryFolder()
  const corpus = writeCorpus(root)
  const config = resolveRunConfig({
    ...{ corpus, maxLength: 8, dim: 2, embeddings: 'lazy', documents: 'ids' },
    onPoison: 'hole',
  })
  const whole = join(root, 'whole')
  await runLocally({ config, out: whole, threads: 1, segmentBytes: 4000 })
  const expected = datasetOf(whole)
  for (let seed = 1; seed <= Number(process.env['RUNS'] ?? 3); seed++) {
    const path = join(root, `mixed-${seed}`)
    const random = seededRandom(seed + Number(process.env['SEED'] ?? 0))
    const run = await planOf(config, path)
    expect(run.segments.some(({ count = 1 }) => count > 2)).toBe(true)
    expect(run.segments.some(({ segment }) => segment.kind === 'blocks')).toBe(true)
    const helpers = new Helpers(path, run, random)
    for (let round = 0; round < 3; round++) await Promise.all([helpers.some(), helpers.some()])
    await helpers.finish(ends[seed % ends.length]!)
    expect(datasetOf(path), `seed ${seed}`).toEqual(expected)
  }
  expect(JSON.parse(readFileSync(join(whole, 'manifest.json'), 'utf8'))).toMatchObject({
    holes: [{ source: 6, segment: 'whole', reason: 'broken-file' }],
  })
})
