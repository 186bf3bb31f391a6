import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeFileSystem } from '../../src/index.ts'
import { countingFileSystem, type FileCall } from './counting-file-system.ts'
import { expectWhole } from './invariants.ts'
import { snapshot } from './snapshot.ts'
import { PowerLossModel } from './power-loss.ts'
import { publishRun } from './publish-run.ts'

/** Bytes of what is written, in memory of their own. */
const copyOfBytes = (argument: unknown): unknown => {
  if (Array.isArray(argument)) return argument.map(copyOfBytes)
  return argument instanceof Uint8Array ? argument.slice() : argument
}

const partCount = 2
const calls: { readonly made: FileCall; readonly result: unknown }[] = []
const root = temporaryFolder({ removeAt: afterAll, inMemory: true })
let folder: string
let reference: Record<string, string>

beforeAll(async () => {
  folder = join(root, 'dataset')
  const recording = countingFileSystem(
    () => undefined,
    (_call, made, result) => {
      // The buffers are the writer's own memory and may change after the call.
      const args = ['writevSync', 'write'].includes(made.name) ? made.args.map(copyOfBytes) : made.args
      calls.push({ made: { ...made, args }, result })
    },
  )
  await publishRun(folder, recording, partCount)
  reference = snapshot(folder)
})

test.each([{ allNames: false }, { allNames: true }])(
  'a power loss after any call leaves nothing torn, and the next run completes it ($allNames)',
  async ({ allNames }) => {
    const model = new PowerLossModel()
    for (const [call, { made, result }] of calls.entries()) {
      model.note(made, result)
      const left = join(root, `${allNames}-${call}`)
      model.restore(folder, left, { allNames })
      await expectWhole(left, reference)
      await publishRun(left, nodeFileSystem, partCount)
      expect(snapshot(left)).toEqual(reference)
      rmSync(left, { recursive: true })
    }
  },
)

test('once the run is done, a power loss loses nothing', () => {
  const model = new PowerLossModel()
  for (const { made, result } of calls) model.note(made, result)
  const left = join(root, 'after-all')
  model.restore(folder, left, { allNames: false })
  expect(snapshot(left)).toEqual(reference)
})
