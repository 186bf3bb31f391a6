import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPartWriter, folderStorage, resolveLayout } from '../src/index.ts'
import { startSha256 } from '../src/hash/sha256.ts'
import { planId } from './header.ts'
import { makeRows } from './rows.ts'
import { scratch } from './scratch.ts'

/** Bytes that differ along the way, larger than the ring of the thread. */
const bytes = Uint8Array.from({ length: 40 << 20 }, (_, index) => (index * 2_654_435_761) >>> 24)

test('the hash of a thread is that of node:crypto, whatever the pieces, one after another and side by side', () => {
  const expected = (length: number): string =>
    createHash('sha256').update(bytes.subarray(0, length)).digest('hex')
  const sizes = [0, 1, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 16 << 20, bytes.length]
  for (const size of sizes) {
    const [first, second] = [startSha256('thread'), startSha256('thread')]
    for (let at = 0; at < size;) {
      const piece = Math.min(size - at, 1 + ((at * 31) % (3 << 20)))
      first.update(bytes.subarray(at, at + piece))
      second.update(bytes.subarray(at, at + piece))
      at += piece
    }
    expect([first.digest(), second.digest()]).toEqual([expected(size), expected(size)])
  }
})

test('what was aborted leaves nothing in the next hash', () => {
  const aborted = startSha256('thread')
  aborted.update(bytes.subarray(0, 5 << 20))
  aborted.abort()
  const next = startSha256('thread')
  next.update(bytes.subarray(0, 10))
  expect(next.digest()).toBe(createHash('sha256').update(bytes.subarray(0, 10)).digest('hex'))
})

test('a part hashed on a thread is the same part', async () => {
  const layout = resolveLayout({ maxLength: 4, vocabSize: 1000, embedding: 'full', dim: 3, rowsPerBatch: 5 })
  const receipts = []
  for (const hashing of ['inline', 'thread'] as const) {
    const storage = folderStorage(scratch())
    await using writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0, hashing })
    writer.append(makeRows(layout, 12))
    receipts.push(await writer.finish())
  }
  expect(receipts[1]).toEqual(receipts[0])
})
