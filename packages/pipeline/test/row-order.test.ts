import { folderStorage } from '@sluice/dataset'
import { Generator, randperm } from '@sluice/torch-random'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { mostDrawnWindows, openOrder, publishOrder, shuffleMethodOf } from '../src/windows/row-order.ts'

test('the order of a run that fits is the permutation that torch draws', async () => {
  const storage = folderStorage(temporaryFolder())
  await publishOrder(storage, 1000, 3)
  const order = await openOrder(storage, 1000, 3)
  const read = new Float64Array(100)
  await order.read(850, read)
  await order.close()
  expect([...read]).toEqual([...randperm(1000, new Generator(3)).subarray(850, 950)])
})

test('a longer order is computed, without a file', async () => {
  const windows = mostDrawnWindows + 1
  expect([shuffleMethodOf(windows - 1), shuffleMethodOf(windows)]).toEqual(['torch.randperm', 'keyed'])
  const storage = folderStorage(temporaryFolder())
  await publishOrder(storage, windows, 3)
  expect(await storage.list('tokens')).toEqual([])
  const order = await openOrder(storage, windows, 3)
  const some = new Float64Array(20_000)
  await order.read(windows - some.length, some)
  expect(new Set(some).size).toBe(some.length)
  expect(some.every((window) => window >= 0 && window < windows)).toBe(true)
  const few = new Float64Array(10)
  await order.read(windows - 10, few)
  expect(few).toEqual(some.subarray(-10))
})
