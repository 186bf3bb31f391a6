import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { loadTables } from '@sluice/embedding'

async function runExample(name: string, folder: string): Promise<string> {
  const path = fileURLToPath(new URL(`../examples/${name}`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@sluice/source',
    path,
    folder,
  ])
  return stdout
}

describe('examples', () => {
  it('embed the first windows of the chapter', async () => {
    // 3ef4eb70, the first value of the first batch that PyTorch makes.
    expect(await runExample('embed.ts', temporaryFolder())).toContain('the first: 0.47835874557495117')
  })

  it('stand in the README as they are', async () => {
    const [readme, example] = await Promise.all(
      ['../README.md', '../examples/embed.ts'].map((path) =>
        readFile(new URL(path, import.meta.url), 'utf8'),
      ),
    )
    expect(readme).toContain(example?.replace(/^\/\*\*.*?\*\/\n/su, ''))
  })

  it('train tables until the loss has fallen, and save them', async () => {
    const folder = temporaryFolder()
    const losses = Array.from(
      (await runExample('train-tables.ts', folder)).matchAll(/loss (\S+)/gu),
      ([, loss]) => Number(loss),
    )
    expect(losses).toHaveLength(4)
    expect(losses).toEqual(losses.toSorted((a, b) => b - a))
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 5)
    const { tokenTable, positionTable } = await loadTables(`${folder}/tables.safetensors`)
    expect([tokenTable.embeddingDim, positionTable?.numEmbeddings]).toEqual([16, 10])
  })
})
