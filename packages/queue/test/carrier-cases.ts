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
  publishSegments,
  type PlannedRun,
  type RunEvent,
  type RunOptions,
  type RunSegment,
  type SourceAccess,
  type TaskRunner,
} from '@sluice/pipeline'
import { bgzfBlock, temporaryFolder, theVerdict } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import { isDrawn } from './drawn.ts'

/** A run's folder with its plan in it, for somebody to carry out. */
export interface RunnerPlace {
  readonly root: string
  readonly out: string
  readonly path: string
  readonly run: PlannedRun
  /** How it is cut. */
  readonly segments: readonly RunSegment[]
  /** Cuts it in another way. */
  readonly cutInto: (segmentBytes: number) => Promise<readonly RunSegment[]>
}

/** How a run is stopped and watched. */
export interface CarryControl {
  readonly signal: AbortSignal
  readonly onEvent: (event: RunEvent) => void
}

/** Whoever carries a run out, from its plan to its commit. */
export interface Carrier extends AsyncDisposable {
  carry(control: CarryControl): Promise<void>
}

/** Where a run's sources may be read. */
export function accessOf({ path, root }: RunnerPlace): SourceAccess {
  return { path, roots: [root] }
}

/** Carries a run out by one runner. */
export async function carryBy(
  runner: TaskRunner,
  { path, run, segments }: RunnerPlace,
  control: CarryControl,
): Promise<void> {
  await carryOut({ run, folder: RunFolder.taken(folderStorage(path)), segments, runner, ...control })
}

const verdict = readFileSync(theVerdict)

/** Pieces of a text: three that are small beside the last one. */
const pieces = [0, 1000, 2000, 3000].map((start, place, starts) =>
  verdict.subarray(start, starts[place + 1] ?? 14_000),
)

/** How a corpus is cut: each source into several segments, or the small ones put together. */
const shapes = [
  { cut: 'sources in segments', segmentBytes: 4000, groups: false },
  { cut: 'sources in groups', segmentBytes: 20_000, groups: true },
] as const

/**
 * Plans a run of the given sources.
 *
 * @param extension - of the sources' names
 */
async function prepare(
  { segmentBytes, groups }: (typeof shapes)[number],
  contents: readonly Uint8Array[],
  options: Partial<RunOptions> = {},
  extension = 'txt',
): Promise<RunnerPlace> {
  const root = temporaryFolder({ inMemory: true })
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
  const cut = await reopenCorpus(run, { path: access.path, roots: [root] })
  const segments = await cutCorpus(cut, segmentBytes)
  expect(segments.some(({ count = 1 }) => count > 1)).toBe(groups)
  expect(segments.length).toBeGreaterThan(1)
  const out = 'run'
  const path = join(root, out)
  const storage = folderStorage(path)
  await publishJson(storage, planName, planFileOf(run.plan))
  await publishSegments(storage, run, segments)
  return { root, out, path, run, segments, cutInto: (bytes) => cutCorpus(cut, bytes) }
}

/** Bytes of text in a block. */
const blockBytes = 1500

/**
 * Compressed sources, of which the second one is of blocks.
 *
 * @param faults the number of its block that is damaged, and of the one whose text is not UTF-8
 */
function inBlocks(faults: { readonly damaged: number; readonly bad?: number }): readonly Uint8Array[] {
  const text = Buffer.from(pieces[3]!)
  if (faults.bad !== undefined) text[faults.bad * blockBytes + 700] = 0xff
  const blocks: Uint8Array[] = []
  for (let start = 0; start < text.length; start += blockBytes)
    blocks.push(bgzfBlock(text.subarray(start, start + blockBytes)))
  // The checksum of its text.
  const damaged = blocks[faults.damaged]!
  damaged[damaged.length - 8]! ^= 0xff
  const small = pieces.slice(0, 3).map((piece) => gzipSync(piece))
  return [small[0]!, Buffer.concat([...blocks, bgzfBlock(new Uint8Array(0))]), small[1]!, small[2]!]
}

const inPeace = (): CarryControl => ({ signal: new AbortController().signal, onEvent: () => {} })

/** Bytes of a segment where everything fits into one. */
const onePiece = 1e9

/** The manifests that one thread made, by what they are of: every carrier is given the same corpora. */
const expected = new Map<string, Promise<string>>()

/** The manifest that one thread makes of the same plan, cut in another way: by itself, each source into segments. */
function expectedManifest(
  place: RunnerPlace,
  segmentBytes: number = shapes[0].segmentBytes,
): Promise<string> {
  const key = `${segmentBytes} ${JSON.stringify(place.run.plan)}`
  const manifest = expected.get(key) ?? manifestOfCut(place, segmentBytes)
  expected.set(key, manifest)
  return manifest
}

async function manifestOfCut({ root, run, cutInto }: RunnerPlace, segmentBytes: number): Promise<string> {
  const path = join(root, `expected-${segmentBytes}`)
  const runner = new LocalRunner({ path, run, access: { path, roots: [root] } })
  const folder = RunFolder.taken(folderStorage(path))
  await carryOut({ run, folder, segments: await cutInto(segmentBytes), runner, ...inPeace() })
  await runner.close()
  return manifestOf(path)
}

function manifestOf(path: string): string {
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

type Declare = (title: string, body: () => Promise<void>) => void
const declare: Declare = test
const leaveOut: Declare = () => {}

let carriers = 0

/**
 * What everybody who carries runs out must do, however that is done. Unless all tests are asked for, each case is made in one of the
 * shapes, as {@link isDrawn} draws.
 */
export function describeCarrier(name: string, open: (place: RunnerPlace) => Promise<Carrier>): void {
  const ordinal = carriers++
  describe.each(shapes)(`${name}, $cut`, (shape) => {
    let cases = 0
    const check: Declare = (title, body) => {
      const isMade = isDrawn({ carrier: ordinal, shape: shapes.indexOf(shape), check: cases++ })
      const take = isMade ? declare : leaveOut
      take(title, body)
    }
    const carry = async (place: RunnerPlace, control: CarryControl = inPeace()): Promise<void> => {
      await using carrier = await open(place)
      await carrier.carry(control)
    }

    check('a run has the bytes that the plainest runner gives', async () => {
      const texts = [pieces[0]!, Buffer.from('a second text, short'), ...pieces.slice(1)]
      const place = await prepare(shape, texts, { embeddings: 'full' })
      await carry(place)
      expect(manifestOf(place.path)).toBe(await expectedManifest(place))
    })

    check(
      'values that documents carry along come through, in windows and in the table of documents',
      async () => {
        const texts = Array.from(
          { length: 300 },
          (_, line) => `document ${line}${' and more'.repeat(line % 40)}`,
        )
        const lines = texts.map((text, line) =>
          JSON.stringify({ text, url: `https://example.org/${line}`, ...(line % 7 > 0 && { lang: 'en' }) }),
        )
        const files = [0, 10, 20, 200].map((first, place, firsts) => lines.slice(first, firsts[place + 1]))
        const place = await prepare(
          shape,
          files.map((file) => Buffer.from(file.join('\n'))),
          { keep: ['url', 'language=lang'], boundary: 'document', tail: 'pad', documents: 'ids' },
          'jsonl',
        )
        await carry(place)
        expect(manifestOf(place.path)).toBe(await expectedManifest(place))
        await using dataset = await openDataset(place.path)
        const kept = texts.map((_, line) => [`https://example.org/${line}`, line % 7 > 0 ? 'en' : null])
        const records = await dataset.documents!.read(0, 300)
        expect(records.map((record) => record.kept)).toStrictEqual(kept)
        const rows = Float64Array.from({ length: dataset.length }, (_, row) => row)
        const { document, kept: columns } = await dataset.readColumns(rows, ['document', 'url', 'language'])
        for (const [row, number] of document!.entries())
          expect(columns!.map((values) => textAt(values, row))).toStrictEqual(kept[Number(number)])
      },
    )

    check('a task with a receipt is not done again', async () => {
      const place = await prepare(shape, pieces)
      const runner = new LocalRunner({ path: place.path, run: place.run, access: accessOf(place) })
      await carryBy(runner, place, inPeace())
      await runner.close()
      const manifest = manifestOf(place.path)
      rmSync(join(place.path, 'manifest.json'))
      const before = inodes(join(place.path, 'parts'))
      expect(before.size).toBeGreaterThan(0)
      // Whoever looks into a source again does not find it.
      for (const file of readdirSync(place.root)) if (file.endsWith('.txt')) rmSync(join(place.root, file))
      await carry(place)
      expect(manifestOf(place.path)).toBe(manifest)
      expect(inodes(join(place.path, 'parts'))).toEqual(before)
    })

    check('a run that is told to stop does, and the same again makes the same bytes', async () => {
      const place = await prepare(shape, pieces)
      const stop = new AbortController()
      const stopped = carry(place, {
        signal: stop.signal,
        onEvent(event) {
          if (event.event === 'progress' && event.phase === 'embed') stop.abort()
        },
      })
      await expect(stopped).rejects.toThrow(/abort|stopped/i)
      expect(readdirSync(place.path)).not.toContain('manifest.json')
      await carry(place)
      expect(manifestOf(place.path)).toBe(await expectedManifest(place))
    })

    check('several at once on one folder make one dataset', async () => {
      const place = await prepare(shape, pieces)
      await Promise.all([carry(place), carry(place)])
      expect(manifestOf(place.path)).toBe(await expectedManifest(place))
    })

    check('a damaged file alone is left out where holes are allowed', async () => {
      const texts = pieces.map((text) => gzipSync(text))
      texts[1] = gzipSync(pieces[3]!).subarray(0, 600)
      const place = await prepare(shape, texts, { onPoison: 'hole' }, 'txt.gz')
      await carry(place)
      const manifest = manifestOf(place.path)
      expect(JSON.parse(manifest)).toMatchObject({ holes: [{ source: 1, reason: 'broken-file' }] })
      expect(manifest).toBe(await expectedManifest(place))
    })

    check('a file with a damaged block is left out whole, however it is cut', async () => {
      const place = await prepare(shape, inBlocks({ damaged: 4 }), { onPoison: 'hole' }, 'txt.gz')
      await carry(place)
      const manifest = manifestOf(place.path)
      const hole = { source: 1, segment: 'whole', reason: 'broken-file' }
      expect(JSON.parse(manifest)).toMatchObject({ holes: [hole] })
      expect(manifest).toBe(await expectedManifest(place))
      expect(manifest).toBe(await expectedManifest(place, onePiece))
    })

    check('bad text behind a damaged block is left out with the rest of its file', async () => {
      const place = await prepare(shape, inBlocks({ damaged: 1, bad: 6 }), { onPoison: 'hole' }, 'txt.gz')
      await carry(place)
      const manifest = manifestOf(place.path)
      expect(JSON.parse(manifest)).toMatchObject({ holes: [{ source: 1, reason: 'broken-file' }] })
      expect(manifest).toBe(await expectedManifest(place, onePiece))
    })

    for (const [invalid, onPoison] of [
      ['replace', 'fail'],
      ['replace', 'hole'],
      ['skip', 'fail'],
      ['skip', 'hole'],
    ] as const)
      check(
        `bad text is what \`--on-error ${invalid}\` says, of each file, with \`--on-poison ${onPoison}\``,
        async () => {
          const bad = Buffer.from('seven words \xff and then some more', 'latin1')
          const texts = [pieces[0]!, bad, pieces[1]!, pieces[3]!]
          const place = await prepare(shape, texts, { invalid, onPoison })
          await carry(place)
          const manifest = manifestOf(place.path)
          expect(JSON.parse(manifest)).toMatchObject({ faults: { 'invalid-utf8': [{ source: 1 }] } })
          expect(JSON.parse(manifest)).not.toHaveProperty('holes')
          expect(manifest).toBe(await expectedManifest(place))
          expect(manifest).toBe(await expectedManifest(place, onePiece))
        },
      )

    check('bad text and a damaged file beside each other are what each policy says', async () => {
      const bad = Buffer.from('seven words \xff and then some more', 'latin1')
      const texts = [pieces[0]!, bad, pieces[1]!, pieces[3]!].map((text) => gzipSync(text))
      texts[2] = gzipSync(pieces[3]!).subarray(0, 600)
      const place = await prepare(shape, texts, { invalid: 'skip', onPoison: 'hole' }, 'txt.gz')
      await carry(place)
      const manifest = manifestOf(place.path)
      expect(JSON.parse(manifest)).toMatchObject({
        faults: { 'invalid-utf8': [{ source: 1 }] },
        holes: [{ source: 2, segment: 'whole', reason: 'broken-file' }],
      })
      expect(manifest).toBe(await expectedManifest(place))
    })

    check('a damaged file ends the run by its name, where no holes are allowed', async () => {
      const texts = pieces.map((text) => gzipSync(text))
      texts[1] = gzipSync(pieces[3]!).subarray(0, 600)
      const place = await prepare(shape, texts, {}, 'txt.gz')
      await expect(carry(place)).rejects.toMatchObject({
        code: 'broken-file',
        message: expect.stringContaining('1.txt.gz') as string,
      })
      expect(readdirSync(place.path)).not.toContain('manifest.json')
    })

    check('bad text ends the run with the code of what is wrong, also where holes are allowed', async () => {
      const bad = Buffer.from('seven words \xff and then some more', 'latin1')
      const place = await prepare(shape, [pieces[0]!, bad, pieces[3]!], { onPoison: 'hole' })
      await expect(carry(place)).rejects.toMatchObject({ code: 'invalid-utf8' })
      expect(readdirSync(place.path)).not.toContain('manifest.json')
    })

    check('a run tells how far it is, up to the end', async () => {
      const place = await prepare(shape, pieces)
      let last = { done: 0, total: -1 }
      await carry(place, {
        ...inPeace(),
        onEvent(event) {
          if (event.event === 'progress') last = event
        },
      })
      expect(last.done).toBe(last.total)
    })
  })
}
