import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage } from '@sluice/dataset'
import { seededRandom, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { GrowingStream, type StreamMark } from '../src/flat/growing-stream.ts'

const largest = 3 << 20

test.each([
  { who: 'the calling thread', hashBeside: false },
  { who: 'threads beside', hashBeside: true },
])(
  'a stream written by $who is marked, left, gone on with and published with every byte',
  async ({ hashBeside }) => {
    const random = seededRandom(hashBeside ? 1 : 2)
    const folder = temporaryFolder()
    const storage = folderStorage(folder, { hashBeside })
    const all: Buffer[] = []
    const sha256 = (): string => createHash('sha256').update(Buffer.concat(all)).digest('hex')
    let mark: StreamMark | undefined
    for (let attempt = 0; attempt < 4; attempt++) {
      const stream = (await GrowingStream.open(storage, 'tokens/x.part', { mark, isLarge: true }))!
      expect(stream.byteLength).toBe(Buffer.concat(all).length)
      for (let piece = 0; piece < 6; piece++) {
        const bytes = Buffer.alloc(Math.floor(random() * largest), `${attempt} ${piece} `)
        all.push(Buffer.from(bytes))
        await stream.append(bytes)
        // Whoever appends may use the memory again.
        bytes.fill(0)
        if (piece % 3 !== 2) continue
        const expected = { byteLength: stream.byteLength, sha256: sha256() }
        const marking = stream.mark()
        // What comes after the mark is no part of it.
        const later = Buffer.alloc(1000, 'later')
        all.push(later)
        await stream.append(later)
        expect((mark = await marking)).toEqual(expected)
        await stream.sync()
        expect(readFileSync(join(folder, 'tokens/x.part')).length).toBeGreaterThanOrEqual(mark.byteLength)
      }
      // The attempt ends here: what it wrote after its last mark is written again.
      all.splice(all.length - 1)
      await stream.close()
    }
    const stream = (await GrowingStream.open(storage, 'tokens/x.part', { mark, isLarge: true }))!
    await stream.append(Buffer.from('the end'))
    all.push(Buffer.from('the end'))
    const end = await stream.publish('x')
    await stream.close()
    expect(end).toEqual({ byteLength: Buffer.concat(all).length, sha256: sha256() })
    expect(readFileSync(join(folder, 'x')).subarray(0, end.byteLength).equals(Buffer.concat(all))).toBe(true)
  },
)

test.each([false, true])(
  'a stream of other bytes than its mark says is not gone on with, beside: %s',
  async (hashBeside) => {
    const folder = temporaryFolder()
    const storage = folderStorage(folder, { hashBeside })
    const stream = (await GrowingStream.open(storage, 'x.part', { isLarge: true }))!
    await stream.append(Buffer.alloc(5 << 20, 'ids'))
    const mark = await stream.mark()
    await stream.sync()
    await stream.close()
    const bytes = readFileSync(join(folder, 'x.part'))
    bytes[4 << 20]! ^= 1
    writeFileSync(join(folder, 'x.part'), bytes)
    expect(await GrowingStream.open(storage, 'x.part', { mark, isLarge: true })).toBeUndefined()
    writeFileSync(join(folder, 'x.part'), bytes.subarray(0, 1 << 20))
    expect(await GrowingStream.open(storage, 'x.part', { mark, isLarge: true })).toBeUndefined()
  },
)
