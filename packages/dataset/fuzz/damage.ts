import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { DatasetError, folderStorage, planRepair, verifyDataset } from '../src/index.ts'

/** A failing case says what differs. */
export class Fault extends Error {}

export type Random = () => number

export const below = (random: Random, end: number): number => Math.floor(random() * end)
export const from = <Value>(random: Random, choices: readonly Value[]): Value =>
  choices[below(random, choices.length)]!

/** Changes a file; false where it still says the same. */
export function damage(path: string, random: Random): boolean {
  const valueOf = (bytes: Buffer): unknown => {
    try {
      return path.endsWith('.json') ? JSON.parse(bytes.toString()) : undefined
    } catch {
      return undefined
    }
  }
  const before = readFileSync(path)
  let after: Buffer = Buffer.from(before)
  switch (below(random, 4)) {
    case 0:
      after[below(random, after.length)]! ^= 1 << below(random, 8)
      break
    case 1:
      after = after.subarray(0, below(random, after.length))
      break
    case 2:
      after = Buffer.concat([after, Buffer.alloc(1 + below(random, 80))])
      break
    case 3:
      if (after.length > 4)
        after.writeInt32LE(from(random, [0, -1, 1, 0x7fffffff]), below(random, after.length - 3))
  }
  // A file that is replaced, not one whose inode is shared.
  rmSync(path)
  writeFileSync(path, after)
  // Another line end after the same JSON is no damage.
  const value = valueOf(after)
  return (
    Buffer.compare(before, after) !== 0 && !(value !== undefined && isDeepStrictEqual(value, valueOf(before)))
  )
}

/** What throws must be an error of ours. */
export async function attempt(what: string, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (error instanceof DatasetError || error instanceof Fault) {
      if (error instanceof Fault) throw error
      return false
    }
    throw new Fault(`${what} threw ${error instanceof Error ? error.stack : String(error)}`)
  }
}

/**
 * Damages a file of a copy: verification must find it, and readers and repair must throw nothing but our own errors.
 *
 * @param read opens the dataset and reads all of it
 */
export async function readDamaged(folder: string, random: Random, read: () => Promise<void>): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(arrow|json)$/.test(name),
  )
  const name = from(random, names)
  if (!damage(join(folder, name), random)) return
  let found = true
  const opened = await attempt('verify', async () => {
    found = (await verifyDataset(folderStorage(folder))).problems.length > 0
  })
  // A manifest may be changed into another that holds together; parts and receipts may not.
  if (opened && !found && /^(parts|receipts)/.test(name)) throw new Fault(`verify finds nothing in ${name}`)
  await attempt('reading', read)
  await attempt('planning a repair', () => planRepair(folderStorage(folder), { reopen: random() < 0.5 }))
}
