import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeFileSystem } from '../../src/index.ts'
import { bundleChild } from './bundle.ts'
import { countingFileSystem } from './counting-file-system.ts'
import { expectWhole } from './invariants.ts'
import { snapshot } from './snapshot.ts'
import { publishRun } from './publish-run.ts'

const partCount = 1
const root = temporaryFolder({ removeAt: afterAll, inMemory: true })
let child: string
let reference: Record<string, string>
let calls = 0

beforeAll(async () => {
  child = await bundleChild('kill-child', join(root, 'bundle'))
  const counting = countingFileSystem(() => {
    calls++
  })
  await publishRun(join(root, 'reference'), counting, partCount)
  reference = snapshot(join(root, 'reference'))
})

test('a process killed before or after any call leaves nothing torn, and the next run completes it', async () => {
  // Nothing happens to the disk between two calls: killed after one is killed before the next.
  const cases = [
    ...Array.from({ length: calls }, (_, call) => ({ call, moment: 'before' as const })),
    { call: calls - 1, moment: 'after' as const },
  ]
  expect(cases.length).toBeGreaterThan(40)
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

test('a child that is not killed completes, so the cases above ended where they were meant to', async () => {
  const folder = join(root, 'not-killed')
  expect(await killedRun(folder, 'before', calls)).toBe(null)
  expect(existsSync(join(folder, 'manifest.json'))).toBe(true)
  expect(snapshot(folder)).toEqual(reference)
})

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
