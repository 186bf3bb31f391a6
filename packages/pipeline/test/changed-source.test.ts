import { readdirSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { setTimeout as delay } from 'node:timers/promises'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { exportDataset, openDataset } from '@sluice/dataset'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunEvent } from '../src/index.ts'

const text = readFileSync(theVerdict)

/** Runs over two files, and does something to them at the first event that `isMoment` accepts. */
async function runWith(act: (path: string) => void, isMoment: (event: RunEvent) => boolean): Promise<string> {
  const folder = temporaryFolder()
  const corpus = [join(folder, '0.txt'), join(folder, '1.txt')]
  for (const path of corpus) writeFileSync(path, text)
  // Old enough that only what happens now could have changed them.
  await delay(1100)
  const config = resolveRunConfig({ corpus, maxLength: 8, embeddings: 'none' })
  let acted = false
  const onEvent = (event: RunEvent): void => {
    if (acted || !isMoment(event)) return
    acted = true
    act(corpus[1]!)
  }
  const out = join(folder, 'out')
  const outcome = await runLocally({ config, out, threads: 1, segmentBytes: 3000, onEvent }).then(
    () => 'done',
    (error: unknown) => String((error as { code?: unknown }).code),
  )
  expect(acted).toBe(true)
  if (outcome !== 'done') expect(readdirSync(folder)).not.toContain('out')
  return outcome
}

/** Same name, same size, same times as far as a program can set them. */
function rewrite(path: string): void {
  const changed = Buffer.from(text)
  changed.write('other words', changed.length - 400)
  writeFileSync(path, changed)
  utimesSync(path, new Date(0), new Date(0))
}

const planned = ({ event }: RunEvent): boolean => event === 'planned'
const underWay = (event: RunEvent): boolean => event.event === 'progress' && event.done > 0

test('a source that is rewritten in place after it was hashed ends the run', async () => {
  expect(await runWith(rewrite, planned)).toBe('source-changed')
  expect(await runWith(rewrite, underWay)).toBe('source-changed')
})

/** Files of all formats, each with other words in the same number of bytes. */
async function swappedWords(): Promise<Readonly<Record<string, readonly [Uint8Array, Uint8Array]>>> {
  const lines = Array.from({ length: 60 }, (_, index) => `some words of line ${index}`)
  const jsonl = Buffer.from(lines.map((line) => `${JSON.stringify({ text: line })}\n`).join(''))
  const csv = Buffer.from(`text\n${lines.join('\n')}\n`)
  const swap = (bytes: Uint8Array): Buffer => {
    const swapped = Buffer.from(bytes)
    for (let at = swapped.indexOf('words'); at !== -1; at = swapped.indexOf('words', at))
      swapped.write('sword', at)
    return swapped
  }
  const both = (bytes: Uint8Array, store = (content: Uint8Array): Uint8Array => content) =>
    [store(bytes), store(swap(bytes))] as const
  const tables = await writeTables(jsonl)
  const stored = (content: Uint8Array): Uint8Array => gzipSync(content, { level: 0 })
  const quickly = { params: { [constants.BROTLI_PARAM_QUALITY]: 0 } }
  return {
    'a.jsonl': both(jsonl),
    'a.csv': both(csv),
    'a.jsonl.gz': both(jsonl, stored),
    'a.csv.gz': both(csv, stored),
    'a.txt.gz': both(csv, stored),
    // These happen to have as many bytes with the other words.
    'a.jsonl.zst': both(jsonl, (content) => zstdCompressSync(content)),
    'a.jsonl.br': both(jsonl, (content) => brotliCompressSync(content, quickly)),
    'a.jsonl.xz': xzOfEightLines,
    'file.arrow': both(tables.file),
    'stream.arrow': both(tables.stream),
    'a.parquet': both(tables.parquet),
  }
}

/** Eight of these lines as Python's `lzma.compress` (3.11) makes of them. */
const xzOfEightLines = [
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AEHADtdAD2IioaUiBPg84ckuOuNQQ6jPUUvALPj6wD82nOEstMM/xMgXGhjkPLCluDC1itPiqriZkJBXDxW4wAAAAA6VnqQgG21GAABV4gCAAAASt9B+bHEZ/sCAAAAAARZWg==',
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AEHADtdAD2IioaUiBPg84ckuOuNQQ6i5bbH8cGa2MScszZmWhGZRSweXXrosLv8x6iDtDMlTqNIblPbV4Ucap4AAAC/6LUuVPAeoQABV4gCAAAASt9B+bHEZ/sCAAAAAARZWg==',
].map((base64) => Buffer.from(base64, 'base64')) as unknown as readonly [Uint8Array, Uint8Array]

/** Tables with the texts of lines in their column `copy`: what a run and its exports make of them. */
async function writeTables(jsonl: Uint8Array): Promise<Record<'file' | 'stream' | 'parquet', Uint8Array>> {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'a.jsonl'), jsonl)
  const corpus = [join(folder, 'a.jsonl')]
  const config = resolveRunConfig({ corpus, keep: ['copy=text'], maxLength: 2, embeddings: 'none' })
  await runLocally({ config, out: join(folder, 'out'), threads: 1 })
  await using dataset = await openDataset(join(folder, 'out'))
  for (const to of ['hf', 'parquet'] as const) await exportDataset(dataset, { to, out: join(folder, to) })
  return {
    file: readFileSync(join(folder, 'out', dataset.manifest.parts[0]!.name)),
    stream: readFileSync(join(folder, 'hf', 'data-00000-of-00001.arrow')),
    parquet: readFileSync(join(folder, 'parquet', 'data.parquet')),
  }
}

test('every format and compression is compared with its planned hash while it is read', async () => {
  for (const [name, [before, after]] of Object.entries(await swappedWords())) {
    expect(after.length).toBe(before.length)
    expect(Buffer.compare(before, after)).not.toBe(0)
    const folder = temporaryFolder()
    const path = join(folder, name)
    writeFileSync(path, before)
    await delay(1100)
    const textField = /arrow|parquet/.test(name) ? 'copy' : 'text'
    const config = resolveRunConfig({ corpus: [path], textField, maxLength: 2, embeddings: 'none' })
    const onEvent = ({ event }: RunEvent): void => {
      if (event !== 'planned') return
      writeFileSync(path, after)
      utimesSync(path, new Date(0), new Date(0))
    }
    const run = runLocally({ config, out: join(folder, 'out'), threads: 1, onEvent })
    await expect(run, name).rejects.toMatchObject({ code: 'source-changed' })
    await runLocally({ config, out: join(folder, 'out'), threads: 1 })
  }
}, 60_000)

/** What may become of a file while it is read; each leaves another content under its name. */
const becomes: Readonly<Record<string, (path: string, before: Uint8Array, after: Uint8Array) => void>> = {
  'other words, in place': (path, _, after) => writeFileSync(path, after),
  'other words, by renaming': (path, _, after) => {
    writeFileSync(`${path}.new`, after)
    renameSync(`${path}.new`, path)
  },
  'garbage in place': (path, before) => writeFileSync(path, before.toReversed()),
  'zeros in its middle': (path, before) => {
    const middle = before.length >> 1
    writeFileSync(
      path,
      Buffer.concat([before.subarray(0, middle - 300), Buffer.alloc(600), before.subarray(middle + 300)]),
    )
  },
  'its half': (path, before) => truncateSync(path, before.length >> 1),
  'more than it': (path, before) => writeFileSync(path, Buffer.concat([before, before])),
}

test.each([
  ['before it is read', planned],
  ['while its run is under way', underWay],
] as const)(
  'a table that is rewritten, swapped or cut %s is told as changed, whatever is then found',
  async (_when, isMoment) => {
    const words = await swappedWords()
    const cases = ['file.arrow', 'stream.arrow', 'a.parquet', 'a.jsonl.zst'].flatMap((name) =>
      Object.keys(becomes).map((what) => ({ name, what, folder: temporaryFolder() })),
    )
    for (const { name, folder } of cases) {
      writeFileSync(join(folder, '0.txt'), text)
      writeFileSync(join(folder, name), words[name]![0])
    }
    // Old enough that only what happens now could have changed them.
    await delay(1100)
    for (const { name, what, folder } of cases) {
      const corpus = [join(folder, '0.txt'), join(folder, name)]
      const textField = name.includes('jsonl') ? 'text' : 'copy'
      const config = resolveRunConfig({ corpus, textField, maxLength: 2, embeddings: 'none' })
      let acted = false
      const onEvent = (event: RunEvent): void => {
        if (acted || !isMoment(event)) return
        acted = true
        becomes[what]!(corpus[1]!, words[name]![0], words[name]![1])
      }
      const run = runLocally({ config, out: join(folder, 'out'), threads: 1, segmentBytes: 9000, onEvent })
      await expect(run, `${name} becomes ${what}`).rejects.toMatchObject({ code: 'source-changed' })
    }
  },
  60_000,
)

test('a source that was touched, but holds what it held, is used', async () => {
  const touch = (path: string): void => writeFileSync(path, text)
  expect(await runWith(touch, planned)).toBe('done')
  expect(await runWith(touch, underWay)).toBe('done')
})
