/**
 * What the dataset package writes, in all layouts and exports, opened with the readers of its users; and the readers of
 * its README, run as printed: `node tools/interop/main.ts dataset`.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  commitManifest,
  createPartWriter,
  exportDataset,
  ExportFormat,
  folderStorage,
  openDataset,
  resolveLayout,
  sha256OfJson,
  toBfloat16Bits,
  toFloat16Bits,
  type LayoutOptions,
  type PartBatch,
} from '@sluice/dataset'

const [python = 'python3', script = ''] = process.argv.slice(2)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-dataset-interop-'))

const shape = { maxLength: 8, vocabSize: 50257, dim: 6 } as const
const rowsOfParts = [37, 20]
const rows = 57

/** A value for each element that float16 and bfloat16 must round. */
const embeds = Float32Array.from({ length: rows * 8 * 6 }, (_, index) => Math.sin(index) * 3)

/** A stream of ids in documents of 5 to 11 ids, cut into windows with stride 5. */
const ids = Array.from({ length: 5 * rows + 8 }, (_, index) => (index * 7919) % 50257)
const documentOf = ids.map((_, index) => Math.floor(index / 8 + (index % 3) / 8))
for (let at = 1; at < documentOf.length; at++) documentOf[at] = Math.max(documentOf[at]!, documentOf[at - 1]!)

const layouts: Readonly<Record<string, Partial<LayoutOptions>>> = {
  nested: {},
  flat: { layout: 'flat' },
  tensor: { layout: 'tensor' },
  'tensor-bf16': { layout: 'tensor', dtype: 'bf16' },
  'nested-f16': { dtype: 'f16' },
  stream: { format: 'stream' },
  uint16: { vocabSize: 65536, idType: 'uint16' },
  ids: { embedding: 'none', documents: 'ids', positionIds: true },
  boundaries: { embedding: 'none', documents: 'boundaries' },
}

function embedsOf(dtype: string | undefined): Float32Array | Uint16Array {
  if (dtype === undefined || dtype === 'f32') return embeds
  const bits = new Uint16Array(embeds.length)
  ;(dtype === 'f16' ? toFloat16Bits : toBfloat16Bits)(embeds, bits)
  return bits
}

function makeRows(options: Partial<LayoutOptions>): PartBatch {
  const windows = Array.from({ length: rows }, (_, row) => ({
    ids: ids.slice(row * 5, row * 5 + 9),
    documents: documentOf.slice(row * 5, row * 5 + 8),
  }))
  const boundaries = windows.map(({ documents }) => [
    0,
    ...documents.flatMap((document, at) => (at > 0 && document !== documents[at - 1] ? [at] : [])),
    8,
  ])
  let end = 0
  return {
    rows,
    inputIds: Int32Array.from(windows.flatMap((window) => window.ids.slice(0, 8))),
    targetIds: Int32Array.from(windows.flatMap((window) => window.ids.slice(1))),
    ...(options.embedding !== 'none' && { inputsEmbeds: embedsOf(options.dtype) }),
    ...(options.positionIds && {
      positionIds: Int32Array.from({ length: rows * 8 }, (_, index) => index % 8),
    }),
    ...(options.documents === 'ids' && {
      documentIds: Int32Array.from(
        windows.flatMap(({ documents }) => documents.map((document) => document - documents[0]!)),
      ),
    }),
    ...(options.documents === 'boundaries' && {
      cuSeqlens: {
        offsets: Int32Array.from([0, ...boundaries.map(({ length }) => (end += length))]),
        values: Int32Array.from(boundaries.flat()),
      },
    }),
    ...(options.documents && { document: Float64Array.from(windows, ({ documents }) => documents[0]!) }),
    source: new Int32Array(rows),
    byteStart: Float64Array.from({ length: rows }, (_, row) => 2 ** 33 + row * 11),
    byteEnd: Float64Array.from({ length: rows }, (_, row) => 2 ** 33 + row * 11 + 30),
  }
}

/** The rows from `first` to `end` of every array. */
function sliceRows({ cuSeqlens, pieces: _none, ...batch }: PartBatch, first: number, end: number): PartBatch {
  const arrays = Object.entries(batch).flatMap(([name, array]) => {
    if (typeof array === 'number') return []
    const perRow = array.length / rows
    return [[name, array.slice(first * perRow, end * perRow)]]
  })
  const sliced = { rows: end - first, ...Object.fromEntries(arrays) } as PartBatch
  if (cuSeqlens === undefined) return sliced
  const from = cuSeqlens.offsets[first]!
  return {
    ...sliced,
    cuSeqlens: {
      offsets: cuSeqlens.offsets.slice(first, end + 1).map((offset) => offset - from),
      values: cuSeqlens.values.slice(from, cuSeqlens.offsets[end]),
    },
  }
}

async function writeDataset(path: string, options: Partial<LayoutOptions>): Promise<void> {
  const layout = resolveLayout({ ...shape, embedding: 'full', rowsPerBatch: 16, ...options })
  const storage = folderStorage(path)
  const planId = sha256OfJson(options)
  const all = makeRows(options)
  let firstWindow = 0
  for (const [index, partRows] of rowsOfParts.entries()) {
    await using writer = createPartWriter({ storage, layout, planId, index, firstWindow })
    await writer.append(sliceRows(all, firstWindow, firstWindow + partRows))
    await writer.finish()
    firstWindow += partRows
  }
  await commitManifest(storage, {
    planId,
    config: {},
    layout,
    windows: { stride: 5, boundary: 'cross' },
    identities: {
      tokenizer: { name: 'gpt2', vocabSize: layout.vocabSize, sha256: sha256OfJson('gpt2') },
      tables: [],
      graph: null,
    },
    sources: [{ name: 'corpus.txt', byteLength: 2 ** 34, sha256: sha256OfJson('corpus') }],
    dropped: {},
    partCount: rowsOfParts.length,
  })
}

/** The code blocks of the README in one language. */
function readmeBlocks(language: string): string[] {
  const readme = readFileSync(join(root, 'packages/dataset/README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('## Read it'), readme.indexOf('## Write it'))
  return [...section.matchAll(new RegExp('```' + language + '\\n([^`]*)```', 'g'))].map(([, code]) => code!)
}

/** Runs a README block in a folder where `book.sluice` is a dataset, exactly as it is printed. */
function runBlock(command: string, args: readonly string[], name: string): boolean {
  const env = {
    ...process.env,
    HF_HOME: join(folder, 'hf'),
    HF_HUB_OFFLINE: '1',
    HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
  }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', env })
  if (status === 0 && stdout !== '') {
    console.log(`README, ${name}: ${stdout.trim().split('\n').at(-1)}`)
    return true
  }
  console.error(`README, ${name}: exit code ${status}\n${stdout}${stderr}`)
  return false
}

try {
  for (const [name, options] of Object.entries(layouts)) {
    const path = join(folder, name)
    await writeDataset(path, options)
    await using dataset = await openDataset(path)
    for (const to of Object.values(ExportFormat))
      await exportDataset(dataset, { to, out: join(folder, `${name}.${to}`) })
  }
  writeFileSync(
    join(folder, 'expected.json'),
    JSON.stringify({ ids, documents: documentOf, embeds: [...embeds] }),
  )
  let passed =
    spawnSync(python, [script, folder], {
      stdio: 'inherit',
      env: { ...process.env, HF_HOME: join(folder, 'hf') },
    }).status === 0

  symlinkSync(join(folder, 'nested'), join(folder, 'book.sluice'))
  const pythonBlocks = readmeBlocks('python')
  const typescriptBlocks = readmeBlocks('ts')
  if (pythonBlocks.length !== 5 || typescriptBlocks.length !== 1) {
    throw new Error(
      `Expected 5 Python readers and 1 in TypeScript in the README, got ${pythonBlocks.length} and ${typescriptBlocks.length}`,
    )
  }
  for (const [index, code] of pythonBlocks.entries()) {
    const lines = code
      .trim()
      .split('\n')
      .filter((line) => line !== '').length
    if (lines > 10) throw new Error(`The README promises ten lines, its Python reader ${index} has ${lines}`)
    const file = join(folder, `reader-${index}.py`)
    writeFileSync(file, code)
    passed = runBlock(python, [file], `Python reader ${index}`) && passed
  }
  mkdirSync(join(folder, 'node_modules/@sluice'), { recursive: true })
  symlinkSync(join(root, 'packages/dataset'), join(folder, 'node_modules/@sluice/dataset'))
  const file = join(folder, 'reader.mts')
  writeFileSync(file, typescriptBlocks[0]!)
  passed = runBlock(process.execPath, ['--conditions=@sluice/source', file], 'TypeScript reader') && passed
  process.exitCode = passed ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
