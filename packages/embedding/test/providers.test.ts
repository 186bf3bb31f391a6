import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import * as fc from 'fast-check'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { encodeBfloat16, Generator, fillRandint } from '@sluice/torch-random'
import {
  createEmbedder,
  createEmbeddingTable,
  shareTables,
  writeEmbeddingFiles,
  type Embedder,
  type EmbedderOptions,
  type EmbeddingTables,
  type TableDtype,
} from '@sluice/embedding'
import { readOnce } from '../src/lookup/shared-tables.ts'

function makeTables(embeddingDim: number, dtype: TableDtype = 'f32'): Required<EmbeddingTables> {
  const generator = new Generator(embeddingDim)
  return {
    tokenTable: createEmbeddingTable({ numEmbeddings: 300, embeddingDim, generator, dtype }),
    positionTable: createEmbeddingTable({ numEmbeddings: 70, embeddingDim, generator, dtype }),
  }
}

async function open(options: EmbedderOptions): Promise<Embedder> {
  const embedder = await createEmbedder(options)
  onTestFinished(() => embedder.close())
  return embedder
}

function draw(count: number, high: number, seed: number): Int32Array {
  const ids = new Int32Array(count)
  fillRandint(ids, { high, generator: new Generator(seed) })
  return ids
}

describe('provider wasm', () => {
  it.each([1, 3, 16, 17, 64, 300])(
    'gives the bits of cpu at width %i, with and without positions',
    async (dim) => {
      const tables = makeTables(dim)
      const [cpu, wasm] = [await open(tables), await open({ ...tables, provider: 'wasm' })]
      const token = { tokenTable: tables.tokenTable }
      const [cpuToken, wasmToken] = [await open(token), await open({ ...token, provider: 'wasm' })]
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: 5 }),
          fc.integer({ min: 1, max: 60 }),
          fc.nat(),
          async (rows, columns, seed) => {
            const ids = draw(rows * columns, 300, seed)
            const positions = draw(columns, 70, seed + 1)
            for (const [one, other, given] of [
              [cpu, wasm, positions],
              [cpuToken, wasmToken, new Int32Array()],
            ] as const) {
              const [expected, got] = [new Float32Array(ids.length * dim), new Float32Array(ids.length * dim)]
              await one.embed(ids, given, expected)
              await other.embed(ids, given, got)
              expect(got).toEqual(expected)
            }
          },
        ),
        { numRuns: 15 },
      )
    },
  )

  it.each(['f32', 'f16', 'bf16'] as const)('reads %s tables from files', async (dtype) => {
    const directory = temporaryFolder()
    await writeEmbeddingFiles(directory, makeTables(24, dtype))
    const [ids, positions] = [draw(5000, 300, 1), draw(50, 70, 2)]
    const outputs: Float32Array[] = []
    for (const provider of ['cpu', 'wasm'] as const) {
      const embedder = await open({ directory, provider })
      const output = new Float32Array(5000 * 24)
      await embedder.embed(ids, positions, output)
      outputs.push(output)
    }
    expect(outputs[1]).toEqual(outputs[0])
  })

  it('rounds to bfloat16 as the conversion after the lookup does, numbers that are none included', async () => {
    const odd = [
      Number.NaN,
      -Number.NaN,
      Infinity,
      -Infinity,
      0,
      -0,
      1e-45,
      -1e-38,
      3.4e38,
      65504,
      1.00390625,
    ]
    for (const dim of [1, 7, 64, 300]) {
      const { tokenTable, positionTable } = makeTables(dim)
      tokenTable.weight.set(odd.slice(0, 300 * dim))
      // Halves between two bfloat16 numbers, whose lower one is even or odd.
      const bits = new Uint32Array(tokenTable.weight.buffer, tokenTable.weight.byteOffset)
      for (let at = odd.length; at < 300 * dim; at += 5) bits[at] = (bits[at]! & 0xffff0000) | 0x8000
      for (const tables of [{ tokenTable }, { tokenTable, positionTable }]) {
        const ids = draw(900, 300, dim)
        const positions = 'positionTable' in tables ? draw(30, 70, 1) : new Int32Array()
        for (const provider of ['wasm', 'cpu'] as const) {
          const embedder = await open({ ...tables, provider })
          const [sums, got] = [new Float32Array(900 * dim), new Uint16Array(900 * dim)]
          await embedder.embed(ids, positions, sums)
          await embedder.embedBfloat16(ids, positions, got)
          const expected = new Uint16Array(900 * dim)
          encodeBfloat16(sums, expected)
          expect(got).toEqual(expected)
        }
      }
    }
  })

  it('has one copy of the tables in memory that is handed on', async () => {
    const tables = makeTables(48)
    const shared = shareTables(370 * 48 * 4)!
    const [ids, positions] = [draw(600, 300, 1), draw(60, 70, 2)]
    const outputs = await Promise.all(
      [undefined, shared, shared, shared].map(async (memory) => {
        const embedder = await open({ ...tables, provider: 'wasm', ...(memory && { shared: memory }) })
        const output = new Float32Array(600 * 48)
        await embedder.embed(ids, positions, output)
        return output
      }),
    )
    for (const output of outputs) expect(output).toEqual(outputs[0])
    // What the first one read is what the next one looks up, whatever its tables are.
    const other = { ...tables, tokenTable: { ...tables.tokenTable, weight: new Float32Array(300 * 48) } }
    const embedder = await open({ ...other, provider: 'wasm', shared })
    const output = new Float32Array(600 * 48)
    await embedder.embed(ids, positions, output)
    expect(output).toEqual(outputs[0])
    await expect(
      createEmbedder({ ...makeTables(4096), provider: 'wasm', shared: shareTables(64)! }),
    ).rejects.toThrow(/Expected `shared` to be memory for tables of 6062080 bytes, got 65536/)
  })

  it('reads the tables once for all, and again where the first reading failed', async () => {
    const shared = shareTables(64)!
    const readings: string[] = []
    const read = (name: string, fails: boolean) =>
      readOnce(shared, async () => {
        readings.push(name)
        await setTimeout(5)
        if (fails) throw new Error('cut off')
      })
    const outcomes = await Promise.allSettled([
      read('first', true),
      read('second', false),
      read('third', false),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(readings[0]).toBe('first')
    expect(readings).toContain('second')
    const before = readings.length
    await read('fourth', true)
    expect(readings.length).toBe(before)
  })

  it('lets timers run during a long job, and stops when aborted', async () => {
    const embedder = await open({ ...makeTables(256), provider: 'wasm' })
    const ids = draw(60_000, 300, 3)
    const output = new Float32Array(ids.length * 256)
    const controller = new AbortController()
    setImmediate(() => controller.abort())
    await expect(
      embedder.embed(ids, Int32Array.of(0), output, { signal: controller.signal }),
    ).rejects.toThrow('aborted')
  })
})

describe('providers that cannot run here', () => {
  it.each(['cuda', 'coreml', 'dml'] as const)('say what is missing: %s', async (provider) => {
    // None of the machines that run these tests has NVIDIA's libraries, and no system has two of the three.
    const failure = await createEmbedder({ ...makeTables(4), provider }).then(
      (embedder) => embedder.close().then(() => 'it runs'),
      (error: unknown) => String(error),
    )
    const expected =
      { linux: /needs an NVIDIA GPU|runs on/u, darwin: /it runs|runs on/u, win32: /it runs|runs on/u }[
        process.platform as string
      ] ?? /runs on/u
    expect(failure).toMatch(expected)
  })

  it('are refused by name when they do not exist', async () => {
    const provider: string = 'tpu'
    // @ts-expect-error: what a caller without types may pass.
    await expect(createEmbedder({ ...makeTables(4), provider })).rejects.toThrow(
      'Expected `provider` to be one of cpu, wasm, webgpu, cuda, coreml, dml, auto, got `tpu`',
    )
  })
})

describe('provider auto', () => {
  it('takes the fastest of those that run, and says why not the others', async () => {
    const embedder = await open({ ...makeTables(64), provider: 'auto' })
    const chosen = embedder.reports.filter((report) => report.chosen)
    expect(chosen.map(({ provider }) => provider)).toEqual([embedder.provider])
    const fastest = Math.max(...embedder.reports.map(({ bytesPerSecond = 0 }) => bytesPerSecond))
    expect(chosen[0]?.bytesPerSecond).toBe(fastest)
    expect(embedder.reports.filter(({ reason }) => reason === undefined)).toEqual(chosen)
    expect(embedder.reports.map(({ provider }) => provider)).toEqual([
      'cpu',
      'wasm',
      'cuda',
      'coreml',
      'dml',
      'webgpu',
    ])
  })

  it('works with a table of no rows', async () => {
    const tokenTable = createEmbeddingTable({
      numEmbeddings: 0,
      embeddingDim: 8,
      generator: new Generator(1),
    })
    const embedder = await open({ tokenTable, provider: 'auto' })
    await expect(
      embedder.embed(new Int32Array(), new Int32Array(), new Float32Array()),
    ).resolves.toBeUndefined()
  })
})

describe('worker threads', () => {
  it('embed side by side, stop when told, and end by themselves', async () => {
    const directory = temporaryFolder()
    await writeEmbeddingFiles(directory, makeTables(64))
    const url = new URL('worker-child.ts', import.meta.url)
    const execArgv = ['--conditions=@sluice/source']
    const workers = (['cpu', 'cpu', 'wasm'] as const).map(
      (provider) => new Worker(url, { workerData: { directory, provider }, execArgv }),
    )
    const hashes = await Promise.all(
      workers.map(async (worker) => {
        const [hash]: unknown[] = await once(worker, 'message')
        worker.postMessage('stop')
        const [code]: unknown[] = await once(worker, 'exit')
        expect(code).toBe(0)
        return hash
      }),
    )
    expect(hashes).toEqual([hashes[0], hashes[0], hashes[0]])
  })
})
