import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { folderStorage, openDataset, planName, publishJson, textAt } from '@sluice/dataset'
import {
  carryOut,
  LocalRunner,
  cutCorpus,
  identifyPlan,
  openCorpus,
  planCorpus,
  planFileOf,
  reopenCorpus,
  resolveRunConfig,
  RunFolder,
  type PlannedRun,
  type RunOptions,
  type RunSegment,
  type TaskRunner,
} from '@sluice/pipeline'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, test } from 'vitest'

/** A run's folder with its plan in it, for a runner to work in. */
export interface RunnerPlace {
  readonly root: string
  readonly out: string
  readonly path: string
  readonly run: PlannedRun
}

/** A runner, and how it is closed. */
export interface TestedRunner extends AsyncDisposable {
  readonly runner: TaskRunner
}

const verdict = readFileSync(new URL('../../../examples/the-verdict.txt', import.meta.url))

interface Case extends RunnerPlace {
  readonly segments: readonly RunSegment[]
}

/** @param extension - of the sources' names */
async function prepare(
  contents: readonly Uint8Array[],
  options: Partial<RunOptions> = {},
  extension = 'txt',
): Promise<Case> {
  const root = temporaryFolder()
  const names = contents.map((content, index) => {
    writeFileSync(join(root, `${index}.${extension}`), content)
    return `${index}.${extension}`
  })
  const corpus = names.map((name) => join(root, name))
  const config = resolveRunConfig({
    corpus,
    maxLength: 16,
    stride: 8,
    dim: 16,
    embeddings: 'none',
    ...options,
  })
  const access = { path: join(root, 'unused') }
  const opened = await openCorpus(config, access)
  const { plan } = planCorpus(opened)
  const run = identifyPlan({
    ...plan,
    config: { ...plan.config, corpus: names },
    sources: Array.from(opened.sources, (source, index) => ({ ...source, name: names[index]! })),
    windowsPerPart: plan.layout.rowsPerBatch,
  })
  const segments = await cutCorpus(await reopenCorpus(run, { path: access.path, roots: [root] }), 4000)
  const out = 'run'
  const path = join(root, out)
  await publishJson(folderStorage(path), planName, planFileOf(run.plan))
  return { root, out, path, run, segments }
}

async function carry(
  { path, run, segments }: Case,
  runner: TaskRunner,
  signal = new AbortController().signal,
  onEvent: Parameters<typeof carryOut>[0]['onEvent'] = () => {},
): Promise<void> {
  const folder = RunFolder.taken(folderStorage(path))
  await carryOut({ run, folder, segments, runner, signal, onEvent })
}

/** The manifest that one thread makes of the same plan, one task after the other. */
async function referenceManifest(place: Case): Promise<string> {
  const path = join(place.root, 'reference')
  const runner = new LocalRunner({ path, run: place.run, access: { path, roots: [place.root] } })
  await carry({ ...place, path }, runner)
  await runner.close()
  return readFileSync(join(path, 'manifest.json'), 'utf8')
}

/** What tells a file that was written again from one that was left alone. */
function inodes(path: string): Map<string, number> {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return new Map(
    entries.map(({ parentPath, name }) => [join(parentPath, name), statSync(join(parentPath, name)).ino]),
  )
}

/** What every runner must do, whatever carries its tasks. */
export function describeRunner(name: string, open: (place: RunnerPlace) => Promise<TestedRunner>): void {
  describe(name, () => {
    test('a run has the bytes that the plainest runner gives', async () => {
      const texts = [verdict, Buffer.from('a second text, short'), verdict.subarray(0, 7000)]
      const place = await prepare(texts, { embeddings: 'full' })
      await using tested = await open(place)
      await carry(place, tested.runner)
      expect(readFileSync(join(place.path, 'manifest.json'), 'utf8')).toBe(await referenceManifest(place))
    })

    test('values that documents carry along come through, in windows and in the table of documents', async () => {
      const texts = Array.from(
        { length: 300 },
        (_, line) => `document ${line}${' and more'.repeat(line % 40)}`,
      )
      const lines = texts.map((text, line) =>
        JSON.stringify({ text, url: `https://example.org/${line}`, ...(line % 7 > 0 && { lang: 'en' }) }),
      )
      const place = await prepare(
        [Buffer.from(lines.slice(0, 200).join('\n')), Buffer.from(lines.slice(200).join('\n'))],
        { keep: ['url', 'language=lang'], boundary: 'document', tail: 'pad', documents: 'ids' },
        'jsonl',
      )
      await using tested = await open(place)
      await carry(place, tested.runner)
      expect(readFileSync(join(place.path, 'manifest.json'), 'utf8')).toBe(await referenceManifest(place))
      await using dataset = await openDataset(place.path)
      const kept = texts.map((_, line) => [`https://example.org/${line}`, line % 7 > 0 ? 'en' : null])
      const records = await dataset.documents!.read(0, 300)
      expect(records.map((record) => record.kept)).toStrictEqual(kept)
      const rows = Float64Array.from({ length: dataset.length }, (_, row) => row)
      const { document, kept: columns } = await dataset.readColumns(rows, ['document', 'url', 'language'])
      for (const [row, number] of document!.entries())
        expect(columns!.map((values) => textAt(values, row))).toStrictEqual(kept[Number(number)])
    })

    test('a task with a receipt is not done again', async () => {
      const place = await prepare([verdict])
      await using first = await open(place)
      await carry(place, first.runner)
      const before = inodes(place.path)
      rmSync(join(place.path, 'manifest.json'))
      await using second = await open(place)
      await carry(place, second.runner)
      const after = inodes(place.path)
      before.delete(join(place.path, 'manifest.json'))
      after.delete(join(place.path, 'manifest.json'))
      expect(after).toEqual(before)
    })

    test('a runner stops when it is told to, and another resumes to the same bytes', async () => {
      const place = await prepare([verdict])
      const stop = new AbortController()
      await using first = await open(place)
      const stopped = carry(place, first.runner, stop.signal, (event) => {
        if (event.event === 'tokenized') stop.abort()
      })
      await expect(stopped).rejects.toThrow(/abort/i)
      await using second = await open(place)
      await carry(place, second.runner)
      expect(readFileSync(join(place.path, 'manifest.json'), 'utf8')).toBe(await referenceManifest(place))
    })

    test('several runners at once on one folder make one dataset', async () => {
      const place = await prepare([verdict])
      await using first = await open(place)
      await using second = await open(place)
      await Promise.all([carry(place, first.runner), carry(place, second.runner)])
      expect(readFileSync(join(place.path, 'manifest.json'), 'utf8')).toBe(await referenceManifest(place))
    })

    test('a damaged file alone is left out where holes are allowed', async () => {
      const texts = [verdict.subarray(0, 5000), verdict, verdict.subarray(9000)].map((text) => gzipSync(text))
      texts[1] = texts[1]!.subarray(0, 3000)
      const place = await prepare(texts, { onPoison: 'hole' }, 'txt.gz')
      await using tested = await open(place)
      await carry(place, tested.runner)
      const manifest = readFileSync(join(place.path, 'manifest.json'), 'utf8')
      expect(JSON.parse(manifest)).toMatchObject({ holes: [{ source: 1, reason: 'broken-file' }] })
      expect(manifest).toBe(await referenceManifest(place))
    })

    test('bad text ends the run with the code of what is wrong, also where holes are allowed', async () => {
      const bad = Buffer.from('seven words \xff and then some more', 'latin1')
      const place = await prepare([verdict, bad], { onPoison: 'hole' })
      await using tested = await open(place)
      await expect(carry(place, tested.runner)).rejects.toMatchObject({ code: 'invalid-utf8' })
      expect(readdirSync(place.path)).not.toContain('manifest.json')
    })

    test('a runner tells how far it is, up to the end', async () => {
      const place = await prepare([verdict])
      await using tested = await open(place)
      let last = { done: 0, total: -1 }
      await carry(place, tested.runner, undefined, (event) => {
        if (event.event === 'progress') last = event
      })
      expect(last.done).toBe(last.total)
    })
  })
}
