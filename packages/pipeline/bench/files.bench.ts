/**
 * Many small files against the same text in one file, and what a dataset of very many sources and parts takes to open. Ours is
 * the program that ships, each time a process of its own. SLUICE_BENCH_FILES=1000,1000000 sets how many files there are.
 */
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import {
  buildManifest,
  canonicalJson,
  createPartWriter,
  folderStorage,
  makeSourceList,
  openDataset,
  publishBytes,
  publishManifest,
  resolveLayout,
  type ManifestHeader,
  type PartReceipt,
} from '@sluice/dataset'
import { benchPython, repositoryRoot, theVerdict, type BenchContext, type BenchTable } from '@sluice/testing'
import ensureBuild from '@sluice/testing/ensure-build'
import { timedProcess, type ProcessCost } from './timed-process.ts'

const sluice = join(repositoryRoot, 'apps/cli/bin/sluice.mjs')
const fileBytes = 2000

const columns = [
  ...['files', 'wall s', 'cpu s', 'µs a file', 'one file: wall s', 'cpu s', 'wall ratio', 'cpu ratio'],
  ...['MB', 'one file: MB'],
]

export async function run({ quick, log, show = () => {} }: BenchContext): Promise<readonly BenchTable[]> {
  const folder = mkdtempSync(join(process.env['SLUICE_BENCH_FOLDER'] ?? tmpdir(), 'sluice-bench-'))
  try {
    ensureBuild()
    const wanted = process.env['SLUICE_BENCH_FILES'] ?? (quick ? '100,1000' : '1000,10000,100000')
    const sizes = wanted.split(',').map(Number)
    const [sources, parts] = quick ? [10_000, 5000] : [1_000_000, 100_000]
    const files = smallFiles(folder, sizes, log)
    show(files)
    return [files, await opening(folder, sources, parts)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes a book's pieces as files of their own, a thousand a folder, and one after the other as one file. */
function writeTexts(count: number, many: string, one: string): void {
  const book = readFileSync(theVerdict)
  const together = openSync(one, 'w')
  for (let first = 0; first < count; first += 1000) {
    const shelf = join(many, String(first / 1000).padStart(4, '0'))
    mkdirSync(shelf, { recursive: true })
    const texts = Array.from({ length: Math.min(1000, count - first) }, (_, place) => {
      const start = ((first + place) * 97) % (book.length - fileBytes)
      return book.subarray(start, start + fileBytes)
    })
    for (const [place, text] of texts.entries())
      writeFileSync(join(shelf, `${String(first + place).padStart(7, '0')}.txt`), text)
    writeSync(together, Buffer.concat(texts))
  }
  closeSync(together)
}

/** Runs in turn, and the cost of the quickest of each: other work on the machine makes it slower, never quicker. */
function quickest(rounds: number, ...runs: readonly (() => ProcessCost)[]): readonly ProcessCost[] {
  const costs = Array.from({ length: rounds }, () => runs.map((measure) => measure()))
  return runs.map((_, place) =>
    costs.map((round) => round[place]!).reduce((best, cost) => (cost.wall < best.wall ? cost : best)),
  )
}

function smallFiles(folder: string, sizes: readonly number[], log: (line: string) => void): BenchTable {
  const rows = sizes.map((count) => {
    log(`${count} files of ${fileBytes} bytes`)
    const many = join(folder, `many-${count}`)
    writeTexts(count, many, join(folder, 'one.txt'))
    const options = ['--embeddings', 'none', '--max-length', '256', '--on-error', 'replace', '--quiet']
    const measure = (corpus: string): ProcessCost => {
      rmSync(join(folder, 'out'), { recursive: true, force: true })
      return timedProcess([sluice, 'run', corpus, ...options, '--out', 'out'], folder)
    }
    // Once for the file cache, and to see what was made.
    measure(many)
    const { sources, totals } = JSON.parse(
      spawnSync(process.execPath, [sluice, 'inspect', 'out', '--json', '--rows', '0'], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      }).stdout,
    ).manifest as { sources: readonly unknown[] | { count: number }; totals: { sourceByteLength: number } }
    const listed = Array.isArray(sources) ? sources.length : (sources as { count: number }).count
    if (listed !== count || totals.sourceByteLength !== count * fileBytes)
      throw new Error(`Expected ${count} sources, got ${listed} of ${totals.sourceByteLength} bytes`)
    const [files, one] = quickest(
      count <= 10_000 ? 3 : 1,
      () => measure(many),
      () => measure('one.txt'),
    ) as [ProcessCost, ProcessCost]
    for (const name of ['out', 'one.txt', `many-${count}`])
      rmSync(join(folder, name), { recursive: true, force: true })
    const row = [
      count.toLocaleString('en-US'),
      files.wall.toFixed(1),
      files.cpu.toFixed(1),
      ((1e6 * files.wall) / count).toFixed(0),
      one.wall.toFixed(1),
      one.cpu.toFixed(1),
      (files.wall / one.wall).toFixed(1),
      (files.cpu / one.cpu).toFixed(1),
      files.megabytes.toFixed(0),
      one.megabytes.toFixed(0),
    ]
    log(columns.map((column, place) => `${column}: ${row[place]}`).join(', '))
    return row
  })
  return {
    title: `Small files of ${fileBytes} bytes against the same text in one file: ids, from the program's start to its end, warm file cache`,
    columns,
    rows,
    notes: [
      'Both sides run one after the other, up to 10,000 files three times in turn, of which the quickest counts; the number of sources and their bytes are checked in the manifest.',
    ],
  }
}

/** What `first_batch.py` takes, the second time; undefined where there is no Python. */
function timedPython(args: readonly string[]): Omit<ProcessCost, 'printed'> | undefined {
  const python = benchPython('pyarrow')
  if (python === undefined) return undefined
  const program = fileURLToPath(new URL('first_batch.py', import.meta.url))
  const env = { ...process.env, PYTHONPATH: join(repositoryRoot, 'packages/dataloader/python') }
  let cost: Omit<ProcessCost, 'printed'> | undefined
  for (const _ of ['to warm up', 'to measure']) {
    const started = performance.now()
    const { status, stdout, stderr } = spawnSync(python, [program, ...args], { env, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    const [cpu, megabytes] = stdout.trim().split(' ').map(Number) as [number, number]
    cost = { wall: (performance.now() - started) / 1000, cpu, megabytes }
  }
  return cost
}

async function opening(folder: string, sources: number, parts: number): Promise<BenchTable> {
  const out = join(folder, 'large')
  const storage = folderStorage(out)
  const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')
  const listed = makeSourceList(
    Array.from({ length: sources }, (_, index) => ({
      name: `corpus/shelf-${String(index % 1000).padStart(4, '0')}/document-${index}.txt`,
      byteLength: fileBytes,
      sha256: sha256Of(String(index)),
      format: 'txt',
      compression: 'none',
    })),
  )
  for (const { name, bytes } of listed.files) await publishBytes(storage, name, bytes)
  const layout = resolveLayout({ maxLength: 64, vocabSize: 50257, embedding: 'none' })
  const planId = sha256Of('plan')
  const rows = 8
  const header: ManifestHeader = {
    ...{ planId, config: {}, layout, windows: { stride: 64, boundary: 'cross' }, sources: listed.list },
    identities: {
      tokenizer: { name: 'gpt2', vocabSize: 50257, sha256: sha256Of('gpt2') },
      tables: [],
      graph: null,
    },
    ...{ dropped: {}, partCount: 1 },
  }
  await using writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
  const zeros = new Int32Array(rows * 64)
  const places = new Float64Array(rows)
  await writer.append({
    rows,
    inputIds: zeros,
    targetIds: zeros,
    source: new Int32Array(rows),
    byteStart: places,
    byteEnd: places,
  })
  const first = await writer.finish({ documents: 1 })
  // The others are the same but for the numbers of their windows: whole parts, as whoever verifies them expects.
  const bytes = readFileSync(join(out, first.name))
  const numbers = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row))
  const column = bytes.indexOf(new Uint8Array(numbers.buffer))
  const receipts = Array.from({ length: parts }, (_, index): PartReceipt => {
    if (index === 0) return first
    const firstWindow = index * rows
    numbers.forEach((_number, row) => bytes.writeBigInt64LE(BigInt(firstWindow + row), column + 8 * row))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const stem = String(index).padStart(5, '0')
    const receipt = {
      ...first,
      index,
      name: `parts/${stem}-${sha256.slice(0, 16)}.arrow`,
      sha256,
      firstWindow,
    }
    writeFileSync(join(out, receipt.name), bytes)
    writeFileSync(join(out, `receipts/${stem}.json`), canonicalJson(receipt))
    return receipt
  })
  const manifest = buildManifest({ ...header, partCount: parts }, receipts)
  await publishManifest(storage, manifest)
  await using dataset = await openDataset(storage)
  if (dataset.manifest.parts.length !== parts || dataset.sources.count !== sources)
    throw new Error('Expected the dataset to be as it was made')
  // The packages as they are installed, found from a package that depends on them.
  const packageFolder = join(repositoryRoot, 'packages/pipeline')
  const module = (text: string): readonly string[] => ['--input-type=module', '--eval', text]
  const measured: (readonly (string | number)[])[] = []
  const add = (what: string, words: readonly string[]): void => {
    timedProcess(words, folder, packageFolder)
    const { wall, cpu, megabytes } = timedProcess(words, folder, packageFolder)
    measured.push([what, wall.toFixed(2), cpu.toFixed(2), megabytes.toFixed(0)])
  }
  const at = JSON.stringify(out)
  const opened = `import { openDataset } from '@sluice/dataset'; const dataset = await openDataset(${at})`
  add('node alone', ['--eval', '0'])
  add('`import` of the reader', module(`import '@sluice/dataset'`))
  add('`openDataset`', module(`${opened}; if (dataset.length !== ${rows * parts}) throw new Error('rows')`))
  add('`sluice inspect`', [sluice, 'inspect', out, '--rows', '3'])
  add('`sluice verify`, every byte', [sluice, 'verify', out])
  const loader = `import { createDataLoader } from '@sluice/dataloader'; ${opened}; const loader = await createDataLoader(dataset, { batchSize: 8, shuffle: false })`
  const batch = `for await (const { inputIds } of loader) { if (inputIds.length !== 512) throw new Error('ids'); break }; await loader.close()`
  add('first batch of a loader', module(`${loader}; ${batch}`))
  for (const [what, args] of [
    ['`import` of the Python reader', []],
    ['Python: first batch, sizes checked', [out]],
  ] as const) {
    const cost = timedPython(args)
    if (cost) measured.push([what, cost.wall.toFixed(2), cost.cpu.toFixed(2), cost.megabytes.toFixed(0)])
  }
  return {
    title: `Opening a dataset of ${sources.toLocaleString('en-US')} sources and ${parts.toLocaleString('en-US')} parts, a process each`,
    columns: ['what', 'wall s', 'cpu s', 'MB'],
    rows: measured,
    notes: ['The start of the program is part of each row.'],
  }
}
