import { Generator, randomInt63 } from '@sluice/torch-random'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createDataLoader, type DataLoaderOptions } from '../../src/index.ts'
import { epochOf, plain, windowsOf } from '../collect.ts'

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'))
const text = readFileSync(new URL('../../../../examples/the-verdict.txt', import.meta.url), 'utf8')

/** Printed by the notebooks of rasbt/LLMs-from-scratch, or recorded by running them with torch 2.13.0+cpu. */
const book = (fixture('book-batches.json') as { entries: { id: string; expected: unknown }[] }).entries
const printed = (id: string): unknown => book.find((entry) => entry.id === id)!.expected

/** torch 2.13.0+cpu over the-verdict.txt. */
const verdict = fixture('verdict-batches.json') as {
  readonly datasetSizes: readonly {
    readonly max_length: number
    readonly stride: number
    readonly windows: number
    readonly batches_droplast: Record<string, number>
    readonly batches_keep: Record<string, number>
  }[]
  readonly shuffled: Record<
    string,
    {
      readonly num_batches: number
      readonly first3: { inputs: number[][]; targets: number[][] }[]
      readonly all_inputs_sha256_u32le: string
      readonly all_targets_sha256_u32le: string
    }
  >
}

/** torch 2.13.0+cpu: `DataLoader(range(n), …)` after `torch.manual_seed(123)`. */
const orders = fixture('batch-order.json') as {
  readonly cases: readonly {
    readonly n: number
    readonly epochs: readonly { base_seed: string; order: number[]; order_sha256_u32le: string }[]
    readonly rng_next_int63_after: string
  }[]
  readonly extra: Record<
    string,
    {
      readonly epochs: number[][][]
      readonly rng_next_int63_after: string
      readonly generator_next_int63_after?: string
    }
  >
}

/** Windows of one id: as many as `DataLoader(range(n))` has items. */
const range = (n: number): Int32Array => Int32Array.from({ length: n + 1 }, (_, i) => i)
const ofItems = { maxLength: 1, stride: 1 } as const

const sha256 = (rows: readonly number[][]): string =>
  createHash('sha256')
    .update(Buffer.from(Uint32Array.from(rows.flat()).buffer))
    .digest('hex')

async function firstBatches(source: string | Int32Array, options: DataLoaderOptions, count: number) {
  const loader = await createDataLoader(source, { shuffle: false, ...options })
  const batches: { inputs: number[][]; targets: number[][] }[] = []
  for await (const batch of loader) {
    const { inputs, targets } = plain(batch)
    batches.push({ inputs, targets })
    if (batches.length === count) break
  }
  return batches
}

describe('the batches that the book prints', () => {
  test('batch size 1, length 4, stride 1', async () => {
    const batches = await firstBatches(text, { batchSize: 1, maxLength: 4, stride: 1 }, 2)
    expect(batches).toEqual([printed('main.loader_bs1_first'), printed('main.loader_bs1_second')])
  })

  test('batch size 8, length 4, stride 4', async () => {
    const batches = await firstBatches(text, { batchSize: 8, maxLength: 4, stride: 4 }, 1)
    expect(batches).toEqual([printed('main.loader_bs8_first')])
    expect(batches[0]!.inputs).toEqual((printed('main.batch_for_embedding') as { inputs: number[][] }).inputs)
  })

  test.each([
    { id: 'ex2.2.bs4_len2_stride2', maxLength: 2 },
    { id: 'ex2.2.bs4_len8_stride2', maxLength: 8 },
  ])('exercise 2.2, length $maxLength', async ({ id, maxLength }) => {
    const [batch] = await firstBatches(text, { batchSize: 4, maxLength, stride: 2 }, 1)
    expect(batch!.inputs).toEqual(printed(id))
  })

  const numbers = Int32Array.from({ length: 1001 }, (_, i) => i)
  test('data loader intuition, in order', async () => {
    const batches = await firstBatches(numbers, { batchSize: 1, maxLength: 4, stride: 1 }, Infinity)
    const expected = ['intuition.batch1', 'intuition.batch2', 'intuition.batch3'].map(printed)
    expect(batches.slice(0, 3)).toEqual(expected)
    expect(batches.at(-1)).toEqual(printed('intuition.last'))
    const pairs = await firstBatches(numbers, { batchSize: 2, maxLength: 4, stride: 4 }, Infinity)
    expect(pairs.at(-1)).toEqual(printed('intuition.bs2_stride4_last'))
  })

  test('data loader intuition, shuffled', async () => {
    const globalGenerator = new Generator(123)
    const options = { batchSize: 2, maxLength: 4, stride: 4, shuffle: true, globalGenerator }
    expect((await firstBatches(numbers, options, Infinity)).at(-1)).toEqual(
      printed('intuition.shuffled_last'),
    )
  })

  test('appendix A: two loaders, one after the other, on one global generator', async () => {
    const globalGenerator = new Generator(123)
    const options = { ...ofItems, batchSize: 2, globalGenerator }
    const batchesOf = async (id: string, dropLast: boolean) => {
      const windows = await windowsOf(await createDataLoader(range(5), { ...options, dropLast }))
      expect(windows).toEqual((printed(id) as { index_batches: number[][] }).index_batches)
    }
    await batchesOf('appA.loader_batches', false)
    await batchesOf('appA.loader_batches_drop_last', true)
  })

  test.each([
    { name: 'max_length4_stride4_bs8', options: { maxLength: 4, stride: 4, batchSize: 8 } },
    { name: 'max_length4_stride1_bs4', options: { maxLength: 4, stride: 1, batchSize: 4 } },
    { name: 'max_length256_stride128_bs4_defaults', options: {} },
  ])('create_dataloader_v1 shuffled: $name', async ({ name, options }) => {
    const expected = verdict.shuffled[name]!
    const loader = await createDataLoader(text, { ...options, globalGenerator: new Generator(123) })
    expect(loader.length).toBe(expected.num_batches)
    const batches = await epochOf(loader)
    const columns = expected.first3[0]!.inputs[0]!.length
    const firstColumns = (rows: number[][]) => rows.map((row) => row.slice(0, columns))
    expect(
      batches.slice(0, 3).map(({ inputs, targets }) => ({
        inputs: firstColumns(inputs),
        targets: firstColumns(targets),
      })),
    ).toEqual(expected.first3.map(({ inputs, targets }) => ({ inputs, targets })))
    expect(sha256(batches.flatMap(({ inputs }) => inputs))).toBe(expected.all_inputs_sha256_u32le)
    expect(sha256(batches.flatMap(({ targets }) => targets))).toBe(expected.all_targets_sha256_u32le)
  })

  test('has the sizes of GPTDatasetV1 and DataLoader for every length, stride and batch size', async () => {
    for (const { max_length: maxLength, stride, windows, ...expected } of verdict.datasetSizes) {
      for (const dropLast of [true, false]) {
        const sizes = dropLast ? expected.batches_droplast : expected.batches_keep
        for (const [batchSize, batches] of Object.entries(sizes)) {
          const options = { maxLength, stride, dropLast, batchSize: Number(batchSize), shuffle: false }
          const loader = await createDataLoader(new Int32Array(5145), options)
          expect([loader.windows, loader.length]).toEqual([windows, batches])
        }
      }
    }
  })
})

describe('DataLoader of torch 2.13.0', () => {
  const batchSize = 8

  test.each(orders.cases)('two shuffled epochs of $n items', async ({ n, epochs, rng_next_int63_after }) => {
    const globalGenerator = new Generator(123)
    const loader = await createDataLoader(range(n), {
      ...ofItems,
      batchSize,
      dropLast: false,
      globalGenerator,
    })
    for (const epoch of epochs) {
      const windows = await windowsOf(loader)
      expect(windows.flat().slice(0, epoch.order.length)).toEqual(epoch.order)
      expect(sha256(windows)).toBe(epoch.order_sha256_u32le)
    }
    expect(String(randomInt63(globalGenerator))).toBe(rng_next_int63_after)
  })

  test.each([
    { name: 'n10_bs4_droplast_true', options: { dropLast: true } },
    { name: 'n10_bs4_droplast_false', options: { dropLast: false } },
    { name: 'n10_bs4_noshuffle', options: { dropLast: false, shuffle: false } },
    { name: 'n10_bs4_workers2_shuffle', options: { dropLast: false, numWorkers: 2 } },
    {
      name: 'n10_bs4_workers2_persistent_shuffle',
      options: { dropLast: false, numWorkers: 2, persistentWorkers: true },
    },
  ])('$name', async ({ name, options }) => {
    const expected = orders.extra[name]!
    const globalGenerator = new Generator(123)
    await using loader = await createDataLoader(range(10), {
      ...ofItems,
      batchSize: 4,
      globalGenerator,
      ...options,
    })
    for (const epoch of expected.epochs) expect(await windowsOf(loader)).toEqual(epoch)
    expect(String(randomInt63(globalGenerator))).toBe(expected.rng_next_int63_after)
  })

  test('a generator of its own draws one more permutation at the end of each epoch', async () => {
    const expected = orders.extra['n10_bs4_generator7']!
    const generator = new Generator(7)
    const loader = await createDataLoader(range(10), { ...ofItems, batchSize: 4, dropLast: false, generator })
    for (const epoch of expected.epochs) expect(await windowsOf(loader)).toEqual(epoch)
    expect(String(randomInt63(generator))).toBe(expected.generator_next_int63_after)
  })

  test('iter() alone draws the base seed, and the first batch the order: tables drawn between them differ', async () => {
    const globalGenerator = new Generator(123)
    const loader = await createDataLoader(range(10), { ...ofItems, globalGenerator })
    const iterator = loader[Symbol.asyncIterator]()
    const reference = new Generator(123)
    randomInt63(reference)
    expect(globalGenerator.getState()).toEqual(reference.getState())
    await iterator.next()
    randomInt63(reference)
    expect(globalGenerator.getState()).toEqual(reference.getState())
  })
})

describe('what PyTorch refuses', () => {
  test.each([0, -1, 2.5])('batch size %s', async (batchSize) => {
    await expect(createDataLoader(range(5), { ...ofItems, batchSize })).rejects.toThrow(
      'Expected `batchSize` to be a positive integer',
    )
  })

  test('shuffling nothing; in order, nothing gives no batches', async () => {
    const nothing = new Int32Array(3)
    await expect(createDataLoader(nothing)).rejects.toMatchObject({ code: 'empty' })
    expect(await windowsOf(await createDataLoader(nothing, { shuffle: false }))).toEqual([])
  })

  test('a text shorter than a window and its target', async () => {
    await expect(createDataLoader('Hello, world', { shuffle: false })).rejects.toThrow(
      'Expected a text of more than 256 ids, a window and its target, got 3',
    )
  })

  test.each([{ path: 'book.sluice' }, undefined, 7, new Float32Array(9)])(
    'input that is no text, ids or dataset (%o)',
    async (input) => {
      await expect(createDataLoader(input as never)).rejects.toThrow(
        'Expected a text, ids (an array, Int32Array, Uint32Array or Uint16Array) or a dataset that openDataset opened, got',
      )
    },
  )
})
