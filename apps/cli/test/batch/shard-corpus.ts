import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { theVerdict } from '@sluice/testing'
import { sluice } from '../sluice.ts'

/** A corpus of one large and several small files, and the dataset that one process makes of it. */
export interface ShardCorpus {
  /** Arguments that name the corpus and the options. */
  readonly run: readonly string[]
  /** What every other way of doing it has to make. */
  readonly expected: Readonly<Record<string, string>>
}

/**
 * Writes a corpus into a folder, and makes `whole` of it.
 *
 * @param copies of the book in the large file, 20 kB each; a segment has 8 MiB
 */
export async function shardCorpus(folder: string, copies: number): Promise<ShardCorpus> {
  const text = readFileSync(theVerdict, 'utf8')
  writeFileSync(join(folder, 'large.txt'), text.repeat(copies))
  for (let index = 0; index < 7; index++)
    writeFileSync(join(folder, `small-${index}.txt`), text.slice(100 * index, 9000))
  const run = ['large.txt', 'small-*.txt', '--max-length', '64', '--dim', '4', '--embeddings', 'lazy']
  const { code, stderr } = await sluice(['run', ...run, '--out', 'whole', '--quiet'], { cwd: folder })
  if (code !== 0) throw new Error(`Expected the run to succeed: ${stderr}`)
  return { run, expected: contentsOf(join(folder, 'whole')) }
}

/** Files of a dataset and their bytes. */
export function contentsOf(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(folder.length), readFileSync(path).toString('base64')]
    }),
  )
}
