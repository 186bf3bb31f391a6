import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '@sluice/corpus'
import { ConfinedFileError } from '@sluice/confined-file'
import { DatasetError, openDataset } from '@sluice/dataset'
import { roundsUntilSeen, swapOverAndOver, temporaryFolder } from '@sluice/testing'
import { expect, test, vi } from 'vitest'
import {
  openPlannedSource,
  recomputeWindows,
  resolveRunConfig,
  RunError,
  runLocally,
  type SourceAccess,
} from '../src/index.ts'

vi.setConfig({ testTimeout: 120_000 })

const rounds = 500

async function outcomeOf(work: () => Promise<string>): Promise<string> {
  try {
    return await work()
  } catch (error) {
    for (const kind of [RunError, CorpusError, DatasetError, ConfinedFileError])
      if (error instanceof kind) return error.code
    throw error
  }
}

/** A file, and a link to another one outside, that take turns in having one name. */
function takeTurns(folder: string, entry: string, inside: string): void {
  const outside = join(temporaryFolder(), 'outside.txt')
  writeFileSync(outside, 'OUT'.repeat(inside.length).slice(0, inside.length))
  writeFileSync(join(folder, `${entry}.own`), inside)
  symlinkSync(outside, join(folder, `${entry}.link`))
}

async function readOverAndOver(folder: string, entry: string, access: SourceAccess): Promise<Set<string>> {
  const name = access.roots === undefined ? join(folder, entry) : entry
  const planned = { name, byteLength: 6, sha256: createHash('sha256').update('inside').digest('hex') }
  const seen = new Set<string>()
  await using _ = await swapOverAndOver(folder, entry, [`${entry}.own`, `${entry}.link`])
  for (const _round of roundsUntilSeen(rounds, seen, ['inside'])) {
    seen.add(
      await outcomeOf(async () => {
        await using source = await openPlannedSource(planned, access)
        return Buffer.from(await source.read(0, 6)).toString()
      }),
    )
  }
  return seen
}

// Only Linux names what is open: elsewhere a swap at the moment of opening gets past, as `@sluice/confined-file` says.
test.skipIf(process.platform !== 'linux')(
  'a source is read inside of the folders that may be read while its name is swapped for a link over and over',
  async () => {
    const root = temporaryFolder()
    takeTurns(root, 'a.txt', 'inside')
    for (const confined of [{ roots: [root] }, { within: [root] }]) {
      const seen = await readOverAndOver(root, 'a.txt', { path: join(root, 'run'), ...confined })
      expect(seen).toContain('inside')
      expect([...seen].filter((outcome) => outcome.startsWith('OUT'))).toEqual([])
    }
  },
)

test.skipIf(process.platform !== 'linux')(
  'a copy in the run folder is itself while its name is swapped for a link over and over',
  async () => {
    const run = temporaryFolder()
    const spool = join(run, 'spool')
    mkdirSync(spool)
    const copy = `${createHash('sha256').update('inside').digest('hex')}-a.txt`
    takeTurns(run, copy, 'inside')
    for (const end of ['own', 'link']) renameSync(join(run, `${copy}.${end}`), join(spool, `${copy}.${end}`))
    const planned = { name: 'http://127.0.0.1/a.txt', byteLength: 6, sha256: copy.slice(0, 64) }
    const seen = new Set<string>()
    await using _ = await swapOverAndOver(spool, copy, [`${copy}.own`, `${copy}.link`])
    for (const _round of roundsUntilSeen(rounds, seen, ['inside'])) {
      seen.add(
        await outcomeOf(async () => {
          await using source = await openPlannedSource(planned, { path: run })
          return Buffer.from(await source.read(0, 6)).toString()
        }),
      )
    }
    expect(seen).toContain('inside')
    expect([...seen].filter((outcome) => outcome.startsWith('OUT'))).toEqual([])
  },
)

test.skipIf(process.platform !== 'linux')(
  'a dataset is recomputed from what may be read only, while a source is swapped for a link over and over',
  async () => {
    const root = temporaryFolder()
    const text = 'the quick brown fox jumps over the lazy dog. '.repeat(20)
    takeTurns(root, 'a.txt', text)
    renameSync(join(root, 'a.txt.own'), join(root, 'a.txt'))
    const out = join(temporaryFolder(), 'out')
    const config = resolveRunConfig({ corpus: [join(root, 'a.txt')], maxLength: 8, embeddings: 'none' })
    await runLocally({ config, out, threads: 1 })
    renameSync(join(root, 'a.txt'), join(root, 'a.txt.own'))
    await using dataset = await openDataset(out)
    const seen = new Set<string>()
    await using _ = await swapOverAndOver(root, 'a.txt', ['a.txt.own', 'a.txt.link'])
    for (let round = 0; round < 10; round++) {
      const signal = new AbortController().signal
      seen.add(
        await outcomeOf(async () => {
          await using _made = await recomputeWindows(dataset, { roots: [root], signal })
          return 'recomputed'
        }),
      )
    }
    // Had the other file been read, its content would have been said to differ.
    expect([...seen]).not.toContain('corpus-changed')
  },
)
