import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Generator } from '@sluice/torch-random'
import { createEmbedder, createEmbeddingTable, type Embedder, type EmbeddingTables } from '@sluice/embedding'
import { planRuns } from '../src/lookup/run-plan.ts'

const vocabulary = 100
const dim = 8
const context = 50

function makeTables(): Required<EmbeddingTables> {
  const generator = new Generator(1)
  return {
    tokenTable: createEmbeddingTable({ numEmbeddings: vocabulary, embeddingDim: dim, generator }),
    positionTable: createEmbeddingTable({ numEmbeddings: context, embeddingDim: dim, generator }),
  }
}

/** The slow, obvious version. */
function lookUp(
  { tokenTable, positionTable }: EmbeddingTables,
  ids: Int32Array,
  positions: Int32Array,
): Float32Array {
  const output = new Float32Array(ids.length * dim)
  ids.forEach((id, i) => {
    const position = positions[i % positions.length]
    for (let d = 0; d < dim; d++) {
      const token = tokenTable.weight[id * dim + d]!
      const added = positionTable && position !== undefined ? positionTable.weight[position * dim + d]! : 0
      output[i * dim + d] = token + added
    }
  })
  return output
}

async function open(tables: EmbeddingTables, runBytes?: number): Promise<Embedder> {
  const { tokenTable, positionTable } = tables
  const embedder = await createEmbedder({
    tokenTable,
    ...(positionTable && { positionTable }),
    ...(runBytes && { runBytes }),
  })
  onTestFinished(() => embedder.close())
  return embedder
}

const id = fc.nat({ max: vocabulary - 1 })

describe('createEmbedder', () => {
  it('equals the obvious lookup for any rows, lengths, positions and run sizes', async () => {
    const tables = makeTables()
    for (const runBytes of [1, 3 * dim * 4, 1 << 20]) {
      const embedder = await open(tables, runBytes)
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: 6 }),
          fc.integer({ min: 1, max: 9 }),
          fc.boolean(),
          fc.gen(),
          async (rows, columns, perToken, gen) => {
            const ids = Int32Array.from({ length: rows * columns }, () => gen(() => id))
            const count = perToken ? ids.length : columns
            const positions = Int32Array.from({ length: count }, () =>
              gen(() => fc.nat({ max: context - 1 })),
            )
            const output = new Float32Array(ids.length * dim).fill(Number.NaN)
            await embedder.embed(ids, positions, output)
            expect(output).toEqual(lookUp(tables, ids, positions))
          },
        ),
        { numRuns: 40 },
      )
    }
  })

  it('adds nothing when there is no position table', async () => {
    const { tokenTable } = makeTables()
    const embedder = await open({ tokenTable })
    const ids = Int32Array.of(5, 0, 99, 5)
    const output = new Float32Array(4 * dim)
    await embedder.embed(ids, new Int32Array(), output)
    expect(output).toEqual(lookUp({ tokenTable }, ids, new Int32Array()))
    expect(embedder.numPositions).toBe(0)
    await expect(embedder.embed(ids, Int32Array.of(0), output)).rejects.toThrow('there is no position table')
  })

  it.each([
    [[1, 100], [0], 16, 'Expected ids in 0 .. 99, got 100 at `inputIds[1]`'],
    [[-1, 1], [0], 16, 'Expected ids in 0 .. 99, got -1 at `inputIds[0]`'],
    [[1, 1], [50], 16, 'Expected ids in 0 .. 49, got 50 at `positionIds[0]`'],
    [[1, 1], [0], 15, 'Expected `output` to hold 2 x 8 = 16 values, got 15'],
    [[1, 1, 1], [0, 1], 24, 'got 2, which does not divide them'],
    [[1, 1], [], 16, 'got 0, which does not divide them'],
  ])('refuses ids %j with positions %j and %i values of room', async (ids, positions, room, message) => {
    const embedder = await open(makeTables())
    const output = new Float32Array(room)
    await expect(embedder.embed(Int32Array.from(ids), Int32Array.from(positions), output)).rejects.toThrow(
      message,
    )
    expect(output).toEqual(new Float32Array(room))
  })

  it('stops between runs when it is aborted, and can be used again', async () => {
    const embedder = await open(makeTables(), dim * 4)
    const controller = new AbortController()
    const ids = new Int32Array(200)
    const output = new Float32Array(200 * dim)
    const job = embedder.embed(ids, Int32Array.of(0), output, { signal: controller.signal })
    setImmediate(() => controller.abort())
    await expect(job).rejects.toThrow('aborted')
    expect(output.at(-1)).toBe(0)
    await embedder.embed(ids, Int32Array.of(0), output)
    expect(output.at(-1)).not.toBe(0)
  })

  it('finishes what runs before it closes, and refuses work afterwards', async () => {
    const tables = makeTables()
    const embedder = await createEmbedder({ ...tables, runBytes: dim * 4 })
    const ids = new Int32Array(20)
    const output = new Float32Array(20 * dim)
    const job = embedder.embed(ids, Int32Array.of(0), output)
    await embedder.close()
    await job
    expect(output).toEqual(lookUp(tables, ids, Int32Array.of(0)))
    await embedder.close()
    await expect(embedder.embed(ids, Int32Array.of(0), output)).rejects.toMatchObject({ code: 'closed' })
  })

  it('refuses tables of different widths', async () => {
    const { tokenTable } = makeTables()
    const positionTable = createEmbeddingTable({
      numEmbeddings: 4,
      embeddingDim: 6,
      generator: new Generator(1),
    })
    await expect(createEmbedder({ tokenTable, positionTable })).rejects.toThrow(
      'got 8 (token) and 6 (position)',
    )
  })
})

describe('planRuns', () => {
  it('covers every token once, in order, within the limit', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 20 }),
        (rows, columns, limit) => {
          let next = 0
          for (const run of planRuns(rows * columns, columns, limit)) {
            expect(run.start).toBe(next)
            expect(run.rows * run.columns).toBeLessThanOrEqual(limit)
            expect(run.start % columns).toBe(run.positionStart)
            expect(run.rows === 1 || run.columns === columns).toBe(true)
            next += run.rows * run.columns
          }
          expect(next).toBe(rows * columns)
        },
      ),
    )
  })
})
