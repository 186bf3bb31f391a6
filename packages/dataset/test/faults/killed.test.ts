import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { source } from '../../../../vitest.source.ts'
import { nodeFileSystem } from '../../src/index.ts'
import { countingFileSystem } from './counting-file-system.ts'
import { expectWhole, snapshot } from './invariants.ts'
import { publishRun } from './publish-run.ts'

const partCount = 1
let root: string
let child: string
let reference: Record<string, string>
let calls = 0

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sluice-killed-'))
  child = await bundleChild(join(root, 'bundle'))
  const counting = countingFileSystem(() => {
    calls++
  })
  await publishRun(join(root, 'reference'), counting, partCount)
  reference = snapshot(join(root, 'reference'))
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

test('a process killed before or after any call leaves nothing torn, and the next run completes it', async () => {
  const cases = Array.from({ length: calls }, (_, call) => call).flatMap((call) =>
    (['before', 'after'] as const).map((moment) => ({ call, moment })),
  )
  expect(cases.length).toBeGreaterThan(60)
  const run = async ({ call, moment }: (typeof cases)[number]): Promise<void> => {
    const folder = join(root, `${moment}-${call}`)
    expect(await killedRun(folder, moment, call)).toBe('SIGKILL')
    await expectWhole(folder, reference)
    await publishRun(folder, nodeFileSystem, partCount)
    expect(snapshot(folder)).toEqual(reference)
    rmSync(folder, { recursive: true })
  }
  const queue = cases.values()
  const lanes = Array.from({ length: availableParallelism() }, async () => {
    for (const next of queue) await run(next)
  })
  await Promise.all(lanes)
}, 120_000)

test('the child completes when it is not killed: the cases above ended where they were meant to', async () => {
  const folder = join(root, 'not-killed')
  expect(await killedRun(folder, 'before', calls)).toBe(null)
  expect(existsSync(join(folder, 'manifest.json'))).toBe(true)
  expect(snapshot(folder)).toEqual(reference)
})

/** The child in one file: it starts in a third of the time, and is started about eighty times. */
async function bundleChild(outDir: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { ...source.ssr, noExternal: true },
    build: { ssr: fileURLToPath(new URL('kill-child.ts', import.meta.url)), outDir },
  })
  return join(outDir, 'kill-child.js')
}

/** @returns the signal that ended the child. */
function killedRun(folder: string, moment: 'before' | 'after', call: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const args = [child, folder, String(partCount), moment, String(call)]
    const running = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    running.on('error', reject)
    running.on('exit', (_code, signal) => {
      resolve(signal)
    })
  })
}
