import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** The names of files that are in one folder only, or whose bytes differ. */
export async function differences(a: string, b: string): Promise<string[]> {
  const [hashesOfA, hashesOfB] = await Promise.all([hashes(a), hashes(b)])
  if (hashesOfA.size === 0) throw new Error(`Expected files in ${a}, found none`)
  const all = new Set([...hashesOfA.keys(), ...hashesOfB.keys()])
  return [...all].filter((name) => hashesOfA.get(name) !== hashesOfB.get(name))
}

async function hashes(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const sums = await Promise.all(
    files.map(async (file) =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ),
  )
  return new Map(files.map((file, index) => [relative(folder, file), sums[index] ?? '']))
}
