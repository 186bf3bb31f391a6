/**
 * Rows of a model's table as they are stored: opening, gathering beside a plain copy, and memory of several processes.
 *
 * Ids that are all alike stay below half of a copy. Tried on 2026-11-28, in turns, in processor time, on a machine that did other things too, over 77 MB and 820 MB of
 * rows in memory, where the kernel alone has 0.3 to 0.6 of a copy: touching the first line or two of the row that comes 4 or 8 later, between −5 and +10 %,
 * within what two runs of the same kernel differ by; touching all of its lines, none; ids sorted first, −4 to −18 % with the sort; 16-byte loads and stores in place
 * of `memory.copy`, −25 to −30 %; looking the addresses up without atomic loads and fields, none. Of a table beyond the rows that are kept, most of the time are
 * the system's reads, one for each row: Node maps no files.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openModel, type ModelEmbedding } from '@sluice/embedding'
import { Generator, fillRandint } from '@sluice/torch-random'
import { startPythonReference, type BenchTable } from '@sluice/testing'

/** What a pipeline gathers at a time: the bytes of a record batch. */
const batchBytes = 8 << 20
const sizes = [
  { name: 'GPT-2, 50257 x 768', rows: 50257, dim: 768 },
  { name: 'Llama 3 8B, 128256 x 4096', rows: 128256, dim: 4096 },
] as const

/** No table is gathered from for longer than this, whatever else the machine does. */
const mostSeconds = 30

export async function benchRows(quick: boolean, show: (table: BenchTable) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-rows-'))
  try {
    const memory: (string | number)[][] = []
    for (const size of quick ? sizes.slice(0, 1) : sizes) {
      const directory = join(folder, String(size.rows))
      writeModel(directory, size)
      show({
        title: `Rows of a bf16 table, ${batchBytes >> 20} MiB at a time, one thread: best of many, taken in turns, in processor time; GB = 1e9 bytes`,
        columns: ['', 'ids', 'GB/s', 'of a copy'],
        rows: await benchGather(directory, size, quick ? 10 : 60),
        notes: [
          'The copy reads memory that is in no cache and writes to the same batch. Ids of a text: a few are most of them (Zipf).',
          'Aim: 0.5 of a copy.',
        ],
      })
      memory.push(await benchMemory(directory, size.name))
    }
    show({
      title: 'Memory of each of two processes that gathered every row, in MiB',
      columns: ['', 'table', 'private', 'in all (PSS)', 'resident'],
      rows: memory,
      notes: [
        'At most 256 MiB of rows are kept in a process, for all its threads; the others are read from the system’s cache, one copy for all.',
      ],
    })
    show(await benchOpening(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface TableSize {
  readonly name: string
  readonly rows: number
  readonly dim: number
}

/** A model folder whose file holds a bf16 table; with `isSparse`, of zeros that take no disk. */
function writeModel(directory: string, { rows, dim }: TableSize, isSparse = false): void {
  const bytes = rows * dim * 2
  const tensor = { dtype: 'BF16', shape: [rows, dim], data_offsets: [0, bytes] }
  const header = Buffer.from(JSON.stringify({ 'model.embed_tokens.weight': tensor }).padEnd(256))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  mkdirSync(directory, { recursive: true })
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify({ model_type: 'llama', dtype: 'bfloat16', vocab_size: rows }),
  )
  const file = openSync(join(directory, 'model.safetensors'), 'w')
  writeSync(file, Buffer.concat([length, header]))
  if (isSparse) ftruncateSync(file, 8 + header.length + bytes)
  else {
    const words = new Int32Array(4 << 20)
    fillRandint(words, { high: 1 << 30, generator: new Generator(1) })
    const piece = new Uint8Array(words.buffer)
    for (let at = 0; at < bytes; at += piece.length)
      writeSync(file, piece, 0, Math.min(piece.length, bytes - at))
  }
  closeSync(file)
}

async function benchGather(
  directory: string,
  { name, rows }: TableSize,
  rounds: number,
): Promise<(string | number)[][]> {
  const model = await openModel(directory)
  const table = model.rows
  const count = Math.floor(batchBytes / table.rowByteLength)
  const bytes = count * table.rowByteLength
  const [own, elsewhere] = [table.allocate(bytes)!, new Uint8Array(bytes)]
  const source = new Uint8Array(32 * batchBytes).fill(1)
  const generator = new Generator(5)
  const kinds = {
    'all alike': () => uniform(count, rows, generator),
    'of a text': () => ofText(count, rows, generator),
  }
  const best = new Map<string, number>()
  const keep = (what: string, seconds: number): void =>
    void best.set(what, Math.min(best.get(what) ?? Infinity, seconds))
  const time = (what: string, work: () => void): void => {
    const start = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(start)
    keep(what, (user + system) / 1e6)
  }
  gatherAll(model, elsewhere)
  const numpy = await startNumpy(directory, model, count)
  const end = performance.now() + mostSeconds * 1000
  for (let round = 0; round < rounds && (round < 2 || performance.now() < end); round++) {
    const at = (round % 31) * batchBytes
    time('copy', () => elsewhere.set(source.subarray(at, at + bytes)))
    for (const [kind, draw] of Object.entries(kinds)) {
      const [first, second] = [draw(), draw()]
      time(`own ${kind}`, () => table.gatherStored(first, own))
      time(`elsewhere ${kind}`, () => table.gatherStored(second, elsewhere))
      if (numpy !== undefined) keep(`numpy ${kind}`, (await numpy.ask(kind)) as number)
    }
  }
  model.close()
  await numpy?.close()
  const row = (what: string, ids: string, key: string) => {
    const seconds = best.get(key)!
    return [
      `${name}, ${what}`,
      ids,
      (bytes / seconds / 1e9).toFixed(2),
      (best.get('copy')! / seconds).toFixed(2),
    ]
  }
  return [
    row('plain copy of as many bytes', '–', 'copy'),
    ...Object.keys(kinds).flatMap((kind) => [
      row('into memory of the table (allocate)', kind, `own ${kind}`),
      row('into memory elsewhere', kind, `elsewhere ${kind}`),
      ...(numpy === undefined ? [] : [row('numpy.take of a mapped file', kind, `numpy ${kind}`)]),
    ]),
  ]
}

/** numpy over the same file in a process of its own; undefined where there is no Python with numpy. */
async function startNumpy(
  directory: string,
  { tensors: { token } }: ModelEmbedding,
  count: number,
): ReturnType<typeof startPythonReference> {
  const [rows = 0, width = 0] = token.shape
  const args = [join(directory, 'model.safetensors'), token.offset, rows, width, count]
  return startPythonReference(new URL('rows-reference.py', import.meta.url), args)
}

/** Gathers every row once, so that what may be kept is kept. */
function gatherAll({ rows: table }: ModelEmbedding, target: Uint8Array): void {
  const count = Math.floor(target.length / table.rowByteLength)
  for (let first = 0; first < table.numEmbeddings; first += count) {
    const ids = Int32Array.from({ length: Math.min(count, table.numEmbeddings - first) }, (_, i) => first + i)
    table.gatherStored(ids, target.subarray(0, ids.length * table.rowByteLength))
  }
}

function uniform(count: number, rows: number, generator: Generator): Int32Array {
  const ids = new Int32Array(count)
  fillRandint(ids, { high: rows, generator })
  return ids
}

/** Ids by Zipf's law: the rank r has a share of 1 / r. */
function ofText(count: number, rows: number, generator: Generator): Int32Array {
  const drawn = uniform(count, 1 << 24, generator)
  return drawn.map((value) => Math.min(rows - 1, Math.floor(rows ** (value / (1 << 24))) - 1))
}

async function benchMemory(directory: string, name: string): Promise<(string | number)[]> {
  const program = fileURLToPath(new URL('rows-memory.ts', import.meta.url))
  const start = (): ChildProcess =>
    spawn(process.execPath, ['--conditions=@sluice/source', program, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
  const children = [start(), start()]
  for (const child of children) await once(child.stdout!, 'data')
  const answers = children.map(async (child) => {
    const answer = once(child.stdout!, 'data')
    child.stdin!.write('measure\n')
    return JSON.parse(String((await answer)[0])) as Record<'private' | 'pss' | 'resident' | 'table', number>
  })
  const [first] = await Promise.all(answers)
  for (const child of children) child.stdin!.end()
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0)
  return [
    name,
    mebibytes(first!.table),
    mebibytes(first!.private),
    mebibytes(first!.pss),
    mebibytes(first!.resident),
  ]
}

async function benchOpening(folder: string): Promise<BenchTable> {
  const size = { name: 'of 5.4 GB', rows: 262208, dim: 10240 }
  const directory = join(folder, 'large')
  writeModel(directory, size, true)
  const taken: number[] = []
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    const model = await openModel(directory)
    model.rows.gatherStored(Int32Array.of(0, size.rows - 1), new Uint8Array(2 * model.rows.rowByteLength))
    taken.push(performance.now() - start)
    model.close()
  }
  return {
    title: 'Opening a checkpoint and gathering its first and last row, by the clock',
    columns: ['', 'first, ms', 'best of 5, ms'],
    rows: [
      [`${size.rows} x ${size.dim} bf16, ${size.name}`, taken[0]!.toFixed(1), Math.min(...taken).toFixed(1)],
    ],
    notes: ['Aim: within 100 ms.'],
  }
}
