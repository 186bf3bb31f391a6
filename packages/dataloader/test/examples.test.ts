import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

async function runExample(name: string): Promise<string> {
  const path = fileURLToPath(new URL(`../examples/${name}`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@sluice/source', path])
  return stdout
}

describe('examples', () => {
  test('give the shuffled batches of the book, and resume after them', async () => {
    const lines = (await runExample('book.ts')).trim().split('\n')
    expect(lines).toEqual([
      'batch 0 of 160: 326 7284 35924 262 -> 7284 35924 262 12306 ...',
      'batch 1 of 160: 13 402 271 10899 -> 402 271 10899 11 ...',
      'resumed at batch 2: 6637 286 262 45172 ...',
    ])
  })

  test('stand in the README as they are', async () => {
    const [readme, example] = await Promise.all(
      ['../README.md', '../examples/book.ts'].map((path) => readFile(new URL(path, import.meta.url), 'utf8')),
    )
    expect(readme).toContain(example!.slice(example!.indexOf('\n') + 1))
  })

  test('train tables until the loss has fallen', async () => {
    const losses = Array.from((await runExample('train-tables.ts')).matchAll(/loss (\S+)/gu), ([, loss]) =>
      Number(loss),
    )
    expect(losses).toHaveLength(5)
    expect(losses).toEqual(losses.toSorted((a, b) => b - a))
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
  })
})
