import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { openSource, readDocuments } from '@sluice/corpus'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { BenchContext, BenchTable } from '@sluice/testing'

/** Documents of a few kilobytes with a little that is not ASCII. */
function makeDocuments(bytes: number): string[] {
  const words = [
    'stream',
    'of',
    'tokens',
    'größer',
    'the',
    'corpus',
    '日本語',
    'and',
    'a',
    'sluice,',
    'which',
    'opens.\n',
  ]
  const documents: string[] = []
  let state = 1
  for (let made = 0; made < bytes;) {
    const text: string[] = []
    for (let k = 0; k < 400; k++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      text.push(words[(state >>> 16) % words.length] ?? '')
    }
    const document = text.join(' ')
    documents.push(document)
    made += Buffer.byteLength(document)
  }
  return documents
}

async function makeFiles(folder: string, documents: readonly string[]): Promise<Map<string, string>> {
  const text = Buffer.from(documents.join('\n'))
  const jsonl = Buffer.from(documents.map((document) => JSON.stringify({ text: document })).join('\n'))
  const csv = Buffer.from(`text\n${documents.map((document) => `"${document}"`).join('\n')}\n`)
  const contents: Readonly<Record<string, Uint8Array>> = {
    txt: text,
    'txt.gz': gzipSync(text, { level: 6 }),
    'txt.zst': zstdCompressSync(text),
    jsonl,
    'jsonl.gz': gzipSync(jsonl, { level: 6 }),
    csv,
    arrow: tableToIPC(tableFromArrays({ text: [...documents] }), 'file'),
  }
  const files = new Map<string, string>()
  for (const [kind, content] of Object.entries(contents)) {
    const path = join(folder, `corpus.${kind}`)
    await writeFile(path, content)
    files.set(kind, path)
  }
  return files
}

/** Bytes of text that come out. */
async function readAll(path: string): Promise<number> {
  await using source = await openSource(path)
  let bytes = 0
  for await (const batch of readDocuments(source)) {
    for (const event of batch) if (event.kind === 'bytes') bytes += event.bytes.length
  }
  return bytes
}

/** What one would write without this package. */
const obvious: Readonly<Record<string, (path: string) => Promise<number>>> = {
  txt: async (path) =>
    Buffer.byteLength(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))),
  jsonl: async (path) => {
    let bytes = 0
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const { text }: { text: string } = JSON.parse(line)
      bytes += Buffer.byteLength(text)
    }
    return bytes
  },
}

/** The page cache, read into one buffer: nothing that reads the bytes can be faster. */
async function readRaw(path: string): Promise<number> {
  const buffer = new Uint8Array(1 << 20)
  const handle = await open(path)
  let total = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
    if (bytesRead === 0) break
    total += bytesRead
  }
  await handle.close()
  return total
}

export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  try {
    const documents = makeDocuments(quick ? 2e6 : 100e6)
    const files = await makeFiles(folder, documents)
    const best = new Map<string, number>()
    const bytesOf = new Map<string, number>()
    const time = async (name: string, task: () => Promise<number>): Promise<void> => {
      const start = performance.now()
      bytesOf.set(name, await task())
      best.set(name, Math.min(best.get(name) ?? Infinity, performance.now() - start))
    }
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      log(`round ${round + 1}`)
      for (const [kind, path] of files) {
        await time(kind, () => readAll(path))
        const reference = obvious[kind]
        if (reference !== undefined) await time(`${kind}, obvious`, () => reference(path))
      }
      await time('raw', () => readRaw(files.get('txt') ?? ''))
    }
    const speed = (name: string): number => (bytesOf.get(name) ?? 0) / (best.get(name) ?? Infinity) / 1000
    const rows = [...files.keys()].map((kind) => {
      const other = speed(`${kind}, obvious`)
      return [
        kind,
        Math.round(speed(kind)),
        other > 0 ? Math.round(other) : '',
        other > 0 ? (speed(kind) / other).toFixed(1) : '',
      ]
    })
    return [
      {
        title: 'Documents out of a source, one thread',
        columns: ['format', 'MB/s of text', 'obvious way, MB/s', 'ratio'],
        rows,
        notes: [
          `Best of the rounds, interleaved, ${Math.round((bytesOf.get('txt') ?? 0) / 1e6)} MB of text in the page cache.`,
          `Reading the .txt without looking at it: ${Math.round(speed('raw'))} MB/s.`,
          'Obvious: readFile as a string and its length in UTF-8 (.txt); readline, JSON.parse and the length in UTF-8 (.jsonl).',
        ],
      },
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}
