import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { program, sluice } from '../sluice.ts'
import { contentsOf, shardCorpus, type ShardCorpus } from './shard-corpus.ts'

/** Made once: tests differ in the folder that they write. */
const cwd = temporaryFolder({ removeAt: afterAll })
let corpus: ShardCorpus
beforeAll(async () => {
  corpus = await shardCorpus(cwd, 900)
})

test('plan, work and commit: the bytes of `run`, and an exit code for each thing an engine may do wrong', async () => {
  const { run, expected } = corpus
  const planned = await sluice(['plan', ...run, '--out', 'shards', '--json'], { cwd })
  expect(planned.code).toBe(0)
  expect(JSON.parse(planned.stdout)).toMatchObject({
    sources: 8,
    stages: [
      { stage: 'tokens', tasks: 4 },
      { stage: 'parts', tasks: 1 },
    ],
  })
  const work = (stage: string, shard: string): ReturnType<typeof sluice> =>
    sluice(['work', 'shards', '--stage', stage, '--shard', shard, '--quiet'], { cwd })

  // Too early: the other stage's work is not done.
  const early = await work('parts', '0/1')
  expect([early.code, early.stdout]).toEqual([3, ''])
  expect(early.stderr).toMatch(/not ready: 5 tasks of the stage tokens not done yet/)
  const missing = await sluice(['commit', 'shards', '--shards', '4'], { cwd })
  expect([missing.code, missing.stdout]).toEqual([3, '0,2-3\n'])

  // An index that no shard has, a folder that is no plan, and a stage that there is not: trying again would not help.
  expect((await work('tokens', '4/4')).code).toBe(2)
  expect((await sluice(['work', '.', '--stage', 'tokens', '--shard', '0/1'], { cwd })).code).toBe(2)
  expect((await work('tables', '0/1')).code).toBe(2)

  // Shards that overlap, of different numbers, and one that is repeated.
  const codes = await Promise.all([work('tokens', '1/2'), work('tokens', '1/3'), work('tokens', '1/3')])
  expect(codes.map(({ code }) => code)).toEqual([0, 0, 0])
  const left = await sluice(['commit', 'shards', '--shards', '4', '--json'], { cwd })
  expect(JSON.parse(left.stdout)).toMatchObject({ event: 'not-ready', stage: 'tokens', shards: [0] })
  expect((await work('tokens', '0/4')).code).toBe(0)
  expect((await work('parts', '0/1')).code).toBe(0)
  const committed = await sluice(['commit', 'shards'], { cwd })
  expect(committed).toMatchObject({ code: 0, stderr: '' })
  expect(contentsOf(join(cwd, 'shards'))).toEqual(expected)
  // A job that comes late finds nothing to do.
  expect((await work('tokens', '0/4')).code).toBe(0)
  expect((await sluice(['commit', 'shards'], { cwd })).code).toBe(0)
})

test('a source that changed after it was planned ends its shard with 2, and the other shards with 0', async () => {
  const own = temporaryFolder()
  const { run } = await shardCorpus(own, 450)
  expect((await sluice(['plan', ...run, '--out', 'shards', '--quiet'], { cwd: own })).code).toBe(0)
  const path = join(own, 'small-3.txt')
  writeFileSync(path, readFileSync(path, 'utf8').replace('a', 'b'))
  const work = (shard: string): ReturnType<typeof sluice> =>
    sluice(['work', 'shards', '--stage', 'tokens', '--shard', shard, '--quiet'], { cwd: own })
  expect((await work('0/4')).code).toBe(0)
  const changed = await work('3/4')
  expect([changed.code, changed.stderr]).toEqual([2, expect.stringContaining('small-3.txt')])
})

test.each([
  ['SIGKILL', null, '0'],
  ['SIGTERM', 143, '0'],
  ['SIGTERM', 143, '20000'],
  ['SIGINT', 130, '0'],
] as const)(
  'shards that get %s end with %j, and the same shards again make the bytes of `run` (%s ms to drain)',
  async (signal, exitCode, drain) => {
    const { run, expected } = corpus
    const out = `killed-${signal}-${drain}`
    expect((await sluice(['plan', ...run, '--out', out, '--quiet'], { cwd })).code).toBe(0)
    const work = (stage: string): string[] => [
      'work',
      out,
      '--stage',
      stage,
      '--shard',
      '0/1',
      '--threads',
      '1',
    ]
    for (const stage of ['tokens', 'parts']) {
      const child = spawn(process.execPath, [program, ...work(stage), '--json'], {
        cwd,
        env: { ...process.env, SLUICE_DRAIN_MS: drain },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const ended = once(child, 'exit') as Promise<[number | null]>
      for await (const line of createInterface({ input: child.stdout })) {
        const { event, done = 0 } = JSON.parse(line) as { event: string; done?: number }
        if (event === 'progress' && done > 0 && !child.killed) child.kill(signal)
      }
      // The stage of one small part may end before the signal comes.
      const [code] = await ended
      expect(stage === 'tokens' ? [exitCode] : [exitCode, 0]).toContain(code)
      expect((await sluice(work(stage), { cwd })).code).toBe(0)
    }
    expect((await sluice(['commit', out], { cwd })).code).toBe(0)
    expect(contentsOf(join(cwd, out))).toEqual(expected)
  },
)

test('one folder by shards, a killed `run`, and shards again: the same bytes', async () => {
  const { run, expected } = corpus
  expect((await sluice(['plan', ...run, '--out', 'mixed', '--quiet'], { cwd })).code).toBe(0)
  const work = (stage: string, shard: string): ReturnType<typeof sluice> =>
    sluice(['work', 'mixed', '--stage', stage, '--shard', shard, '--quiet'], { cwd })
  expect((await work('tokens', '2/3')).code).toBe(0)
  const child = spawn(
    process.execPath,
    [program, 'run', ...run, '--out', 'mixed', '--threads', '1', '--json'],
    {
      cwd,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('"progress"') && !line.includes('"done":0')) child.kill('SIGKILL')
  await Promise.all(['0/3', '1/3'].map((shard) => work('tokens', shard)))
  const last = await sluice(['run', ...run, '--out', 'mixed', '--threads', '2', '--quiet'], { cwd })
  expect(last).toMatchObject({ code: 0 })
  expect(contentsOf(join(cwd, 'mixed'))).toEqual(expected)
})
