import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { roundsUntilSeen, swapOverAndOver, temporaryFolder } from '@sluice/testing'
import { expect, test, vi } from 'vitest'
import {
  applyRepair,
  DatasetError,
  folderStorage,
  openDataset,
  planRepair,
  publishJson,
  verifyDataset,
} from '../../src/index.ts'
import { writeDataset } from '../write-dataset.ts'

vi.setConfig({ testTimeout: 120_000 })

const rounds = 400
const options = { maxLength: 4, vocabSize: 1000, rowsPerBatch: 2 } as const

interface Swapped {
  readonly folder: string
  readonly outside: string
  /** The entry is itself half of the time, and the link the other half. */
  readonly start: () => Promise<AsyncDisposable>
}

/** Makes an entry of a folder ready to be swapped for a link to what lies outside. */
function swapped(folder: string, entry: string): Swapped {
  const outside = temporaryFolder()
  renameSync(join(folder, entry), join(folder, `${entry}.own`))
  symlinkSync(outside, join(folder, `${entry}.link`))
  const start = () => swapOverAndOver(folder, entry, [`${entry}.own`, `${entry}.link`])
  return { folder, outside, start }
}

/** What an attempt came to: its value, or the code of its error. */
async function outcomeOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DatasetError) return error.code
    throw error
  }
}

// Only Linux names what is open: elsewhere a swap at the moment of opening gets past, as `@sluice/confined-file` says.
test.skipIf(process.platform !== 'linux')(
  'reading never leaves the folder while one in it is swapped for a link over and over',
  async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'parts'))
    writeFileSync(join(folder, 'parts/a'), 'inside')
    const { outside, start } = swapped(folder, 'parts')
    writeFileSync(join(outside, 'a'), 'outside and longer')
    writeFileSync(join(outside, 'b'), '')
    const storage = folderStorage(folder)
    const seen = new Set<unknown>()
    await using _ = await start()
    for (const _round of roundsUntilSeen(rounds, seen, ['inside'])) {
      seen.add(
        await outcomeOf(async () => {
          const handle = await storage.openRead('parts/a')
          const bytes = new Uint8Array(handle.byteLength)
          await handle.read(bytes, 0)
          await handle.close()
          return new TextDecoder().decode(bytes)
        }),
      )
      seen.add(await outcomeOf(async () => (await storage.stat('parts/a'))?.byteLength))
      seen.add(await outcomeOf(async () => (await storage.list('parts')).map(({ name }) => name).join()))
    }
    expect(seen).toContain('inside')
    const allowed = ['inside', 6, 'a', '', undefined, 'corrupt', 'not-found']
    expect([...seen].filter((outcome) => !allowed.includes(outcome as string))).toEqual([])
  },
)

test.skipIf(process.platform !== 'linux')(
  'a file that is swapped for a link over and over is read as itself, or not at all',
  async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a'), 'inside')
    const { outside, start } = swapped(folder, 'a')
    writeFileSync(join(outside, 'target'), 'outside')
    renameSync(join(folder, 'a.link'), join(folder, 'unused'))
    symlinkSync(join(outside, 'target'), join(folder, 'a.link'))
    const storage = folderStorage(folder)
    const seen = new Set<unknown>()
    await using _ = await start()
    for (const _round of roundsUntilSeen(rounds, seen, ['inside'])) {
      seen.add(
        await outcomeOf(async () => {
          const handle = storage.openReadSync!('a')
          const bytes = new Uint8Array(handle.byteLength)
          handle.readSync!(bytes, 0)
          await handle.close()
          return new TextDecoder().decode(bytes)
        }),
      )
    }
    expect(seen).toContain('inside')
    expect(seen).not.toContain('outside')
  },
)

test.skipIf(process.platform !== 'linux')(
  'writing and removing never leave the folder while one in it is swapped for a link over and over',
  async () => {
    for (const entry of ['parts', '_tmp']) {
      const folder = temporaryFolder()
      mkdirSync(join(folder, entry))
      const { outside, start } = swapped(folder, entry)
      for (const name of ['precious', 'x']) writeFileSync(join(outside, name), 'text')
      const storage = folderStorage(folder)
      {
        await using _ = await start()
        for (let round = 0; round < rounds / 2; round++) {
          await outcomeOf(() => publishJson(storage, `parts/${round}`, round))
          await outcomeOf(() => storage.remove(`${entry}/x`))
          for (const { name } of (await outcomeOf(() => storage.leftovers())) as { name: string }[])
            if (name !== undefined) await outcomeOf(() => storage.remove(name))
        }
      }
      expect(readdirSync(outside).toSorted()).toEqual(['precious', 'x'])
      {
        await using _ = await start().catch(() => ({ async [Symbol.asyncDispose]() {} }))
        for (let round = 0; round < 50; round++) await outcomeOf(() => storage.removeFolder(entry))
      }
      expect(readdirSync(outside).toSorted()).toEqual(['precious', 'x'])
    }
  },
)

test.skipIf(process.platform !== 'linux')(
  'a run below a data root is not followed out of it while a folder on the way is swapped',
  async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'runs/one'), { recursive: true })
    const { outside, start } = swapped(root, 'runs')
    renameSync(join(root, 'runs.own'), join(root, 'runs'))
    mkdirSync(join(outside, 'one'))
    const storage = folderStorage(join(root, 'runs/one'), { within: root })
    await publishJson(storage, 'before.json', 0)
    renameSync(join(root, 'runs'), join(root, 'runs.own'))
    {
      await using _ = await start()
      for (let round = 0; round < rounds / 2; round++)
        await outcomeOf(() => publishJson(storage, `${round}.json`, round))
    }
    expect(readdirSync(join(outside, 'one'))).toEqual([])
  },
)

test.skipIf(process.platform !== 'linux')(
  'verify, repair and readers see the dataset itself, or refuse, while its parts are swapped',
  async () => {
    const folder = temporaryFolder()
    await writeDataset(folder, options, [5])
    const { outside, start } = swapped(folder, 'parts')
    const [part = ''] = readdirSync(join(folder, 'parts.own'))
    writeFileSync(join(outside, part), 'outside')
    const seen = new Set<unknown>()
    {
      await using _ = await start()
      const storage = folderStorage(folder)
      for (const _round of roundsUntilSeen(60, seen, [5])) {
        const read = async (): Promise<number> => {
          await using dataset = await openDataset(folder)
          return (await dataset.read(0, 5)).rows
        }
        seen.add(await outcomeOf(read))
        const problems = await outcomeOf(async () =>
          (await verifyDataset(storage)).problems.map(({ code }) => code),
        )
        // What lies outside has another size: it was looked at where that is said.
        expect(problems).not.toContain('wrong-size')
        await outcomeOf(async () => applyRepair(storage, await planRepair(storage)))
      }
    }
    expect(seen).toContain(5)
    expect(readdirSync(outside)).toEqual([part])
    expect(readFileSync(join(outside, part), 'utf8')).toBe('outside')
  },
)
