import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { program, sluice } from '../sluice.ts'
import { contentsOf, shardCorpus } from './shard-corpus.ts'

const hasParallel = spawnSync('parallel', ['--version']).stdout?.includes('GNU parallel') ?? false

/** The shell's programs without GNU parallel, so that the script takes xargs. */
function toolsWithoutParallel(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const name of ['bash', 'seq', 'xargs', 'grep', 'nproc', 'sleep']) {
    const { stdout } = spawnSync('bash', ['-c', `type -P ${name}`], { encoding: 'utf8' })
    // macOS has no nproc.
    if (stdout !== '') symlinkSync(stdout.trim(), join(bin, name))
  }
  return bin
}

async function runScript(
  script: string,
  environment: NodeJS.ProcessEnv,
  cwd: string,
): Promise<number | null> {
  const child = spawn('bash', [script], { cwd, env: environment, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

if (!hasParallel) console.error('left out: GNU parallel is not on this machine (apt-get install parallel)')

test.skipIf(!hasParallel)(
  'the script for one machine makes the bytes of `run`, with GNU parallel',
  async () => {
    const { made, expected } = await runTwice('GNU parallel')
    expect(made).toEqual(expected)
  },
)

test('the script for one machine makes the bytes of `run`, with xargs', async () => {
  const { made, expected } = await runTwice('xargs')
  expect(made).toEqual(expected)
})

/** Runs the script, and again when nothing is left to do; returns the dataset that it made, and the one of `run`. */
async function runTwice(tool: 'GNU parallel' | 'xargs'): Promise<Record<'made' | 'expected', unknown>> {
  const cwd = temporaryFolder()
  const { run, expected } = await shardCorpus(cwd, 450)
  // A name that a shell would take apart.
  const out = "it's a $HOME"
  const emitted = await sluice(['plan', ...run, '--out', out, '--emit', 'parallel', '--shards', '3'], { cwd })
  expect(emitted.code).toBe(0)
  writeFileSync(join(cwd, 'run.sh'), emitted.stdout)
  const path = tool === 'xargs' ? toolsWithoutParallel(cwd) : process.env['PATH']
  const environment = { ...process.env, PATH: path, SLUICE: `${process.execPath} ${program}`, JOBS: '2' }
  // Elsewhere: the script goes to its folder.
  for (const _ of ['first', 'again']) expect(await runScript(join(cwd, 'run.sh'), environment, '/')).toBe(0)
  return { made: contentsOf(join(cwd, out)), expected }
}

test('a script whose shards fail ends with a failure and commits nothing', async () => {
  const cwd = temporaryFolder()
  const { run } = await shardCorpus(cwd, 10)
  const emitted = await sluice(['plan', ...run, '--out', 'out', '--emit', 'parallel'], { cwd })
  writeFileSync(join(cwd, 'run.sh'), emitted.stdout)
  writeFileSync(join(cwd, 'large.txt'), 'another text')
  const environment = { ...process.env, SLUICE: `${process.execPath} ${program}` }
  expect(await runScript(join(cwd, 'run.sh'), environment, cwd)).not.toBe(0)
  expect((await sluice(['inspect', 'out'], { cwd })).code).toBe(2)
})
