import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  folderStorage,
  openDataset,
  openDocuments,
  readTokenManifest,
  verifyDataset,
  verifyTokenFiles,
  type Problem,
} from '@sluice/dataset'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  carryOut,
  LocalRunner,
  prepareRun,
  recomputeDocuments,
  recomputeTokenFiles,
  recomputeWindows,
  resolveRunConfig,
  type RunConfig,
  runLocally,
  type RunOptions,
  type Task,
} from '../src/index.ts'
import { GivingUp } from './giving-up.ts'

const text = readFileSync(theVerdict, 'utf8')
const segmentBytes = 13_000
/** Sources of which tasks were given up, though nothing is wrong with them: one of a group, and one that is cut. */
const [ofGroup, ofSegments] = [2, 5]
const givenUp = [ofGroup, ofSegments].map(
  (source) => ({ source, segment: 'whole', reason: 'poisonous-task' }) as const,
)

/** Every kind of hole there is, and bad text. */
function writeCorpus(folder: string): readonly string[] {
  const packed = gzipSync(text)
  const atStart = Buffer.from(packed)
  atStart[40]! ^= 0xff
  const contents: Record<string, Uint8Array> = {
    ...Object.fromEntries(
      [0, 1, 2, 3].map((at) => [`${at}.txt`, Buffer.from(text.slice(50 * at, 50 * at + 40))]),
    ),
    '4-bad.txt': Buffer.from('seven words \xff and then some more', 'latin1'),
    '5-large.txt': Buffer.from(text.repeat(3)),
    '6-cut-short.txt.gz': packed.subarray(0, 5000),
    '7-damaged-at-once.txt.gz': atStart,
    '8-cannot-be-cut.parquet': Buffer.concat([
      Buffer.from('PAR1'),
      Buffer.alloc(9000, 7),
      Buffer.from('PAR1'),
    ]),
    '9.txt': Buffer.from(text.slice(2000, 5000)),
  }
  return Object.entries(contents).map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  })
}

const damaged = [6, 7, 8].map((source) => ({ source, segment: 'whole', reason: 'broken-file' }))
const options = { onPoison: 'hole' } as const

/** Makes everything again. */
async function verifyDeep(out: string, root: string): Promise<readonly Problem[]> {
  const given = { roots: [root], signal: new AbortController().signal }
  await using dataset = await openDataset(out)
  await using again = await recomputeWindows(dataset, given)
  const deep = { windows: dataset.length, recompute: again.recompute }
  return (await verifyDataset(folderStorage(out), { deep })).problems
}

async function verifyDocumentsDeep(out: string, root: string): Promise<readonly Problem[]> {
  const given = { roots: [root], signal: new AbortController().signal }
  await using dataset = await openDocuments(out)
  await using again = await recomputeDocuments(dataset, given)
  const deep = { documents: dataset.length, recompute: again.recompute }
  return (await verifyDataset(folderStorage(out), { deep })).problems
}

async function verifyTokensDeep(out: string, root: string): Promise<readonly Problem[]> {
  const storage = folderStorage(out)
  const given = { roots: [root], signal: new AbortController().signal }
  await using recomputed = await recomputeTokenFiles(storage, given)
  return (await verifyTokenFiles(storage, { again: recomputed.again })).problems
}

test.each<[string, Partial<RunOptions>, typeof verifyDeep]>([
  ['windows', { embeddings: 'none', maxLength: 8, boundary: 'document', tail: 'pad' }, verifyDeep],
  ['windows, bad text skipped', { embeddings: 'none', maxLength: 8, invalid: 'skip' }, verifyDeep],
  ['a row for each document', { embeddings: 'none', per: 'document' }, verifyDocumentsDeep],
  ['token files', { to: 'megatron' }, verifyTokensDeep],
])('%s with every kind of hole are made again as they are', async (_name, given, verify) => {
  const root = temporaryFolder()
  const corpus = writeCorpus(root)
  const config = resolveRunConfig({ corpus: [...corpus], invalid: 'replace', ...options, ...given })
  for (const bytes of [segmentBytes, 1e9]) {
    const out = join(root, `out-${bytes}`)
    await runLocally({ config, out, segmentBytes: bytes, holes: givenUp })
    const manifest =
      config.to === null
        ? (JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as { holes: unknown })
        : await readTokenManifest(folderStorage(out))
    expect(manifest.holes).toEqual([...givenUp, ...damaged])
    expect(await verify(out, root)).toEqual([])
  }
})

/** A run of windows without vectors. */
function windowsOf(corpus: readonly string[]): RunConfig {
  return resolveRunConfig({
    corpus: [...corpus],
    maxLength: 8,
    embeddings: 'none',
    invalid: 'replace',
    ...options,
  })
}

test('holes that are known from the start are those of tasks that were given up', async () => {
  const root = temporaryFolder()
  const config = windowsOf(writeCorpus(root))
  const known = join(root, 'known')
  await runLocally({ config, out: known, segmentBytes, holes: givenUp })
  const out = join(root, 'given-up')
  const shared = { signal: new AbortController().signal, onEvent: () => {} }
  const { run, folder, segments } = await prepareRun({ config, out, segmentBytes, ...shared })
  const group = segments.find(({ count = 1 }) => count > 1)!
  expect(group.source).toBeLessThan(ofGroup)
  const own = segments.filter(({ source }) => source === ofSegments)
  expect(own.length).toBeGreaterThan(2)
  const isPoisonous = (task: Task): boolean =>
    task.kind === 'tokenize' &&
    (task.source === ofGroup || task.segment === own[1]!.segment || (task.count ?? 1) > 1)
  const runner = new GivingUp(new LocalRunner({ path: out, run }), isPoisonous)
  await carryOut({ run, folder, segments, runner, ...shared })
  await runner.close()
  const manifestOf = (path: string): unknown => JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'))
  expect(manifestOf(out)).toEqual(manifestOf(known))
  expect(await verifyDeep(out, root)).toEqual([])
})

test('a source of which the dataset has ids, and that cannot be read again, is named with the reason', async () => {
  const root = temporaryFolder()
  const config = windowsOf(writeCorpus(root))
  const out = join(root, 'out')
  await runLocally({ config, out, segmentBytes })
  // As if the machine had read it then.
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
    holes: { source: number }[]
  }
  const holes = manifest.holes.filter(({ source }) => source !== 6)
  writeFileSync(join(out, 'manifest.json'), JSON.stringify({ ...manifest, holes }))
  await expect(verifyDeep(out, root)).rejects.toMatchObject({
    code: 'poisonous-task',
    message: expect.stringContaining('6-cut-short.txt.gz could not be read again (broken-file)') as string,
  })
})
