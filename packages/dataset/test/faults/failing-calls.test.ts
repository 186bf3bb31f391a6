import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DatasetError, nodeFileSystem } from '../../src/index.ts'
import { countingFileSystem, type FileCall } from './counting-file-system.ts'
import { expectWhole } from './invariants.ts'
import { snapshot } from './snapshot.ts'
import { publishRun } from './publish-run.ts'

const partCount = 2
const root = temporaryFolder({ removeAt: afterAll, inMemory: true })
let reference: Record<string, string>
const calls: FileCall[] = []

beforeAll(async () => {
  const folder = join(root, 'reference')
  await publishRun(
    folder,
    countingFileSystem((call, made) => (calls[call] = made)),
    partCount,
  )
  reference = snapshot(folder)
})

test.each([
  { errno: 'ENOSPC', code: 'no-space' },
  { errno: 'EIO', code: 'io' },
  { errno: 'EROFS', code: 'read-only' },
])(
  'each call of a run failing once with $errno is one clear error, nothing torn, and the next run completes it',
  async ({ errno, code }) => {
    expect(calls.length).toBeGreaterThan(50)
    for (const [failing, { name }] of calls.entries()) {
      const folder = join(root, `${errno}-${failing}`)
      const fileSystem = countingFileSystem((call) => {
        if (call === failing) throw Object.assign(new Error(`${errno}: injected`), { code: errno })
      })
      const outcome = await publishRun(folder, fileSystem, partCount).then(
        () => 'done',
        (error: unknown) => (error instanceof DatasetError ? error.code : error),
      )
      const leftovers = existsSync(join(folder, '_tmp')) ? readdirSync(join(folder, '_tmp')) : []
      // A temporary file that cannot be removed after its bytes were published is no failure: `repair` removes it.
      const expected = { outcome: name === 'unlink' ? 'done' : code, leftovers: name === 'unlink' ? 1 : 0 }
      expect({ outcome, leftovers: leftovers.length }, `${name}, call ${failing}`).toEqual(expected)
      await expectWhole(folder, reference)

      await publishRun(folder, nodeFileSystem, partCount)
      expect(snapshot(folder)).toEqual(reference)
      rmSync(folder, { recursive: true })
    }
  },
)

test('where links are not supported, publishing renames', async () => {
  const folder = join(root, 'no-links')
  const fileSystem = countingFileSystem((_call, { name }) => {
    if (name === 'link') throw Object.assign(new Error('injected'), { code: 'ENOTSUP' })
  })
  await publishRun(folder, fileSystem, partCount)
  await publishRun(folder, fileSystem, partCount)
  expect(snapshot(folder)).toEqual(reference)
  expect(readdirSync(join(folder, '_tmp'))).toEqual([])
})

test('short writes are continued', async () => {
  const folder = join(root, 'short-writes')
  const fileSystem = {
    ...nodeFileSystem,
    writevSync: (fd: number, buffers: readonly NodeJS.ArrayBufferView[], position: number) =>
      nodeFileSystem.writevSync(
        fd,
        [new Uint8Array(buffers[0]!.buffer, buffers[0]!.byteOffset, Math.min(7, buffers[0]!.byteLength))],
        position,
      ),
  }
  await publishRun(folder, fileSystem, partCount)
  expect(snapshot(folder)).toEqual(reference)
})
