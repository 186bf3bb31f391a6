import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  applyRepair,
  DatasetError,
  folderStorage,
  planRepair,
  publishJson,
  verifyDataset,
} from '../../src/index.ts'
import { writeDataset } from '../write-dataset.ts'

const options = { maxLength: 4, vocabSize: 1000, rowsPerBatch: 2 } as const

/** A folder with a file that nothing here may touch. */
function outside(): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'precious'), 'text')
  return folder
}

function expectUntouched(folder: string): void {
  expect(readdirSync(folder)).toEqual(['precious'])
  expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('text')
}

test.each(['_tmp', 'parts', 'tokens', 'tables'])(
  '%s that is a link is neither written nor emptied',
  async (name) => {
    const [folder, other] = [temporaryFolder(), outside()]
    symlinkSync(other, join(folder, name))
    const storage = folderStorage(folder)
    await expect(publishJson(storage, `${name}/x.json`, {})).rejects.toMatchObject({ code: 'corrupt' })
    await expect(storage.remove(`${name}/precious`)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(storage.removeFolder(`${name}/deep`)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(storage.list(name)).rejects.toThrow('to be a folder, got a symbolic link')
    expectUntouched(other)
    // The link itself may go: it is in the folder.
    await storage.removeFolder(name)
    expect(existsSync(join(folder, name))).toBe(false)
    expectUntouched(other)
  },
)

test('what grows is written through no link, named pipe or folder', async () => {
  const [folder, other] = [temporaryFolder(), outside()]
  mkdirSync(join(folder, 'tokens/folder'), { recursive: true })
  symlinkSync(join(other, 'precious'), join(folder, 'tokens/link'))
  execFileSync('mkfifo', [join(folder, 'tokens/pipe')])
  symlinkSync(other, join(folder, 'linked'))
  const storage = folderStorage(folder)
  for (const name of ['tokens/folder', 'tokens/link', 'tokens/pipe', 'linked/new'])
    await expect(storage.grow(name)).rejects.toBeInstanceOf(DatasetError)
  await expect(storage.grow('tokens/pipe')).rejects.toThrow('to be a file')
  await expect(storage.grow('../x')).rejects.toMatchObject({ code: 'invalid-argument' })
  expectUntouched(other)
})

test('a link deep in a folder that is removed is removed, and what it leads to stays', async () => {
  const [folder, other] = [temporaryFolder(), outside()]
  mkdirSync(join(folder, 'tokens/deep'), { recursive: true })
  symlinkSync(other, join(folder, 'tokens/deep/link'))
  await folderStorage(folder).removeFolder('tokens')
  expect(readdirSync(folder)).toEqual([])
  expectUntouched(other)
})

test.each(['_tmp', 'parts'])('repair does not leave the folder through %s', async (name) => {
  const [folder, other] = [temporaryFolder(), outside()]
  await writeDataset(folder, options, [3])
  if (name === '_tmp') execFileSync('rm', ['-rf', join(folder, name)])
  else execFileSync('mv', [join(folder, name), join(folder, 'moved')])
  symlinkSync(other, join(folder, name))
  const storage = folderStorage(folder)
  const repairing = planRepair(storage).then((plan) => applyRepair(storage, plan))
  await expect(repairing).rejects.toMatchObject({ code: 'corrupt' })
  expectUntouched(other)
  // Nothing is wrong with the manifest: it stays.
  expect(readdirSync(folder)).toContain('manifest.json')
})

test('a name that is a link is taken: its target is not written', async () => {
  const [folder, other] = [temporaryFolder(), outside()]
  symlinkSync(join(other, 'new'), join(folder, 'plan.json'))
  await expect(publishJson(folderStorage(folder), 'plan.json', {})).rejects.toMatchObject({
    code: 'corrupt',
  })
  expectUntouched(other)
})

test.skipIf(process.platform === 'win32')(
  'a named pipe in place of a file is refused, not waited for',
  async () => {
    const folder = temporaryFolder()
    await writeDataset(folder, options, [3])
    for (const name of ['manifest.json', 'receipts/00000.json']) {
      execFileSync('rm', [join(folder, name)])
      execFileSync('mkfifo', [join(folder, name)])
      const storage = folderStorage(folder)
      expect(await storage.stat(name)).toBeUndefined()
      await expect(storage.openRead(name)).rejects.toMatchObject({ code: 'corrupt' })
      await expect(publishJson(storage, name, {})).rejects.toMatchObject({ code: 'corrupt' })
      await expect(verifyDataset(storage)).rejects.toMatchObject({ code: 'not-a-dataset' })
    }
  },
)
