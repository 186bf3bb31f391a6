import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderStorage, verifyDataset, type PartReceipt } from '../../src/index.ts'
import { writeManyParts } from './many-parts.ts'

/** As many as other threads are started for. */
const parts = 3200

const folder = join(temporaryFolder({ removeAt: afterAll }), 'data')
let receipts: readonly PartReceipt[] = []
beforeAll(async () => {
  receipts = await writeManyParts(folder, parts)
})

const partAt = (index: number): string => join(folder, receipts[index]!.name)
const receiptAt = (index: number): string => join(folder, `receipts/${String(index).padStart(5, '0')}.json`)

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at]! ^= 1
  writeFileSync(path, bytes)
}

test('threads beside the calling one find what it finds alone, in the order of the parts', async () => {
  const storage = folderStorage(folder)
  const told: number[] = []
  const onPart = (done: number, total: number): void => {
    expect(total).toBe(parts)
    told.push(done)
  }
  expect((await verifyDataset(storage, { threads: 3, onPart })).problems).toEqual([])
  expect(told).toEqual(told.toSorted((left, right) => left - right))
  expect(told.at(-1)).toBe(parts)

  flip(partAt(5), 700)
  truncateSync(partAt(700), 900)
  appendFileSync(partAt(701), 'x')
  rmSync(partAt(1500))
  // Another part's bytes, which are whole: of another place.
  writeFileSync(partAt(3100), readFileSync(partAt(3101)))
  flip(receiptAt(9), 30)
  writeFileSync(receiptAt(10), JSON.stringify(JSON.parse(readFileSync(receiptAt(10), 'utf8')), null, 2))
  rmSync(receiptAt(1800))
  renameSync(receiptAt(1801), `${folder}.json`)
  symlinkSync(`${folder}.json`, receiptAt(1801))
  const alone = await verifyDataset(storage)
  expect(alone.problems.map(({ code, file }) => `${code} ${file.slice(0, file.indexOf('/') + 6)}`)).toEqual([
    'missing-file parts/01500',
    'missing-file receipts/01800',
    'wrong-hash parts/00005',
    'damaged parts/00005',
    'wrong-size parts/00700',
    'wrong-size parts/00701',
    'wrong-hash parts/03100',
    'damaged parts/03100',
    'wrong-receipt receipts/00009',
    'wrong-receipt receipts/01801',
  ])
  expect(await verifyDataset(storage, { threads: 3 })).toEqual(alone)
})

test.each([1, 3])('a stop is seen while %i threads check small parts', async (threads) => {
  const stop = new AbortController()
  let last = 0
  const onPart = (done: number): void => {
    last = done
    // Not from here: as a signal of the process would come, when it is looked at its events.
    setTimeout(() => stop.abort(), 0)
  }
  const verifying = verifyDataset(folderStorage(folder), { threads, onPart, signal: stop.signal })
  await expect(verifying).rejects.toThrow(/abort/i)
  expect(last).toBeLessThan(parts)
})

test('what ends a verification on one thread ends it on several, with the same error', async () => {
  const storage = folderStorage(folder)
  renameSync(partAt(2000), `${folder}.part`)
  symlinkSync(`${folder}.part`, partAt(2000))
  const errors = await Promise.all(
    [1, 3].map((threads) => verifyDataset(storage, { threads }).catch((error: unknown) => error)),
  )
  expect(errors[0]).toMatchObject({ code: 'corrupt', file: receipts[2000]!.name })
  expect(errors[1]).toEqual(errors[0])
  const stop = new AbortController()
  const onPart = (): void => stop.abort()
  await expect(verifyDataset(storage, { threads: 3, onPart, signal: stop.signal })).rejects.toThrow(/abort/i)
})
