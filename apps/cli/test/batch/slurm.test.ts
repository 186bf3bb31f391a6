import { execFile } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SlurmCluster, temporaryFolder, until } from '@sluice/testing'
import { expect, test } from 'vitest'
import { program, sluice } from '../sluice.ts'
import { contentsOf, shardCorpus } from './shard-corpus.ts'

const { missing } = SlurmCluster
if (missing !== undefined)
  console.error(`left out: Slurm (${missing}); apt-get install slurmctld slurmd slurm-client munge`)

/** Submits the script; returns the ids of its jobs by stage. */
async function submit(
  script: string,
  environment: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await promisify(execFile)('bash', [script], { env: environment })
  const jobs = stdout
    .trim()
    .split('\n')
    .map((line) => /^(\w+): job (\d+)/.exec(line)?.slice(1))
  return Object.fromEntries(jobs as [string, string][])
}

test.skipIf(missing !== undefined)(
  'the script for Slurm: an array is killed while it works, is submitted again sparsely, and makes the bytes of `run`',
  async () => {
    const cwd = temporaryFolder()
    const { run, expected } = await shardCorpus(cwd, 2400)
    const emitted = await sluice(['plan', ...run, '--out', 'out', '--emit', 'slurm', '--shards', '6'], {
      cwd,
    })
    expect(emitted.code).toBe(0)
    const script = join(cwd, 'slurm.sh')
    writeFileSync(script, emitted.stdout)
    await using cluster = await SlurmCluster.start()
    const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
      cluster.environment({ SLUICE: `${process.execPath} ${program}`, SLUICE_DRAIN_MS: '0', ...more })
    const stateOf = (job: string): Promise<ReadonlyMap<number, string>> => cluster.states(job)
    const overIn = async (job: string): Promise<readonly string[]> => {
      const over = async (): Promise<boolean> =>
        [...(await stateOf(job)).values()].every(
          (state) => !/PENDING|RUNNING|COMPLETING|CONFIGURING/.test(state),
        )
      await until(over, 120_000, () => `job ${job} to be over`)
      return [...(await stateOf(job)).values()]
    }

    // The array is cancelled when its first shard is done: some are done, some at work, some have not begun.
    const first = await submit(script, environment({}))
    const receipts = (): readonly string[] =>
      readdirSync(join(cwd, 'out', 'tokens')).filter((name) => /^\d.*\.json$/.test(name))
    await until(
      () => receipts().length > 0,
      120_000,
      () => 'a receipt',
    )
    await cluster.command('scancel', first['tokens']!)
    const states = await overIn(first['tokens']!)
    expect(states).toContain('CANCELLED')
    // What waited for the array is taken off the queue instead of waiting for ever.
    expect(await overIn(first['parts']!)).not.toContain('COMPLETED')
    expect(await overIn(first['commit']!)).not.toContain('COMPLETED')

    const left = await sluice(['commit', 'out', '--shards', '6'], { cwd })
    expect(left.code).toBe(3)
    const shards = left.stdout.trim()
    expect(shards).toMatch(/^[\d,-]+$/)
    expect(shards).not.toBe('0-5')
    const second = await submit(script, environment({ TOKENS: shards }))
    for (const stage of ['tokens', 'parts', 'commit']) {
      const over = await overIn(second[stage]!)
      expect(new Set(over), stage).toEqual(new Set(['COMPLETED']))
    }
    expect(contentsOf(join(cwd, 'out'))).toEqual(expected)
  },
)
