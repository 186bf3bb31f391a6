import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { roundsUntilSeen, swapOverAndOver, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { openFileWithin, openFileWithinSync } from '../src/index.ts'

interface Outcome {
  readonly text?: string
  readonly code?: unknown
}

async function waiting(path: string, places: readonly string[]): Promise<Outcome> {
  try {
    await using handle = await openFileWithin(path, places)
    return { text: (await handle.readFile()).toString() }
  } catch (error) {
    return { code: (error as { code?: unknown }).code }
  }
}

function atOnce(path: string, places: readonly string[]): Outcome {
  try {
    const descriptor = openFileWithinSync(path, places)
    try {
      return { text: readFileSync(descriptor).toString() }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    return { code: (error as { code?: unknown }).code }
  }
}

test('with waiting and without, the same files are opened and the same paths refused', async () => {
  const base = temporaryFolder()
  const [root, outside] = [join(base, 'root'), join(base, 'outside')]
  mkdirSync(join(root, 'inner'), { recursive: true })
  mkdirSync(outside)
  mkdirSync(join(base, 'root-beside'))
  writeFileSync(join(root, 'inner/a.txt'), 'inside')
  writeFileSync(join(outside, 'a.txt'), 'outside')
  writeFileSync(join(base, 'root-beside/a.txt'), 'beside')
  symlinkSync('inner/a.txt', join(root, 'link'))
  symlinkSync(join(outside, 'a.txt'), join(root, 'out'))
  symlinkSync(outside, join(root, 'out-folder'))
  symlinkSync('nothing', join(root, 'broken'))
  symlinkSync('round', join(root, 'round'))
  symlinkSync(root, join(base, 'root-link'))
  if (process.platform !== 'win32') execFileSync('mkfifo', [join(root, 'pipe')])
  const paths = [
    ...['root/inner/a.txt', 'root/link', 'root/out', 'root/out-folder/a.txt', 'root/broken', 'root/round'],
    ...['root/inner', 'root/pipe', 'root/inner/../../outside/a.txt', 'root-beside/a.txt', 'root-link/link'],
    ...['root/inner/a.txt/b', 'root/missing', 'outside/a.txt'],
  ].map((name) => join(base, name))
  const places = [[root], [join(base, 'root-link')], [join(base, 'gone'), root], [join(outside, 'a.txt')], []]
  const seen = new Set<unknown>()
  for (const path of paths) {
    for (const allowed of places) {
      const outcome = atOnce(path, allowed)
      expect(outcome, path).toEqual(await waiting(path, allowed))
      seen.add(outcome.text ?? outcome.code)
    }
  }
  expect(seen).toEqual(
    new Set(['ELOOP', 'ENOENT', 'ENOTDIR', 'inside', 'leads-outside', 'not-a-file', 'outside']),
  )
})

test.skipIf(process.platform !== 'linux')(
  'no link is followed out while a name is swapped for one over and over',
  async () => {
    const base = temporaryFolder()
    const root = join(base, 'root')
    mkdirSync(root)
    writeFileSync(join(base, 'outside.txt'), 'outside')
    writeFileSync(join(root, 'a.own'), 'inside')
    symlinkSync(join(base, 'outside.txt'), join(root, 'a.link'))
    await using _ = await swapOverAndOver(root, 'a', ['a.own', 'a.link'])
    const seen = new Set<unknown>()
    for (const _round of roundsUntilSeen(3000, seen, ['inside', 'leads-outside'])) {
      const { text, code } = atOnce(join(root, 'a'), [root])
      seen.add(text ?? code)
    }
    expect(seen).toContain('inside')
    expect(seen).toContain('leads-outside')
    expect(seen).not.toContain('outside')
  },
)
