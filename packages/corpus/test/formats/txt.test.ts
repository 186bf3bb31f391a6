import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReadOptions } from '../../src/documents/read-options.ts'
import { ProblemTally } from '../../src/problem.ts'
import { readSegment } from '../../src/segments/read-segment.ts'
import { ChunkSource } from '../chunk-source.ts'
import { chunked, chunkSizes, nearlyUtf8 } from '../utf8/arbitrary.ts'

const txt = { format: 'txt', compression: 'none' } as const
const whole = { kind: 'whole' } as const

interface Read {
  readonly text: string
  readonly marks: readonly string[]
}

async function read(chunks: readonly Uint8Array[], options: ReadOptions = {}): Promise<Read> {
  const copies: Buffer[] = []
  const marks: string[] = []
  for await (const batch of readSegment(new ChunkSource('a.txt', chunks), txt, whole, options)) {
    for (const event of batch) {
      if (event.kind === 'bytes') copies.push(Buffer.from(event.bytes))
      else if (event.kind !== 'ids') marks.push(`${event.kind} ${event.position}`)
    }
  }
  return { text: Buffer.concat(copies).toString(), marks }
}

test('a .txt is one document, byte order mark and CR LF included', async () => {
  const bytes = Buffer.from('\ufeffone\r\ntwo\n')
  expect(await read(chunked(bytes, [2, 3]))).toStrictEqual({
    text: '\ufeffone\r\ntwo\n',
    marks: ['start 0', `end ${bytes.length}`],
  })
})

test('invalid bytes are replaced or skipped as by Python, and counted', async () => {
  await fc.assert(
    fc.asyncProperty(nearlyUtf8, chunkSizes, async (bytes, sizes) => {
      fc.pre(bytes.length > 0)
      const tally = new ProblemTally(3)
      const onProblem = tally.add.bind(tally)
      const { text } = await read(chunked(bytes, sizes), { onError: 'replace', onProblem })
      const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
      expect(text).toBe(expected)
      const unbroken = new ProblemTally(3)
      await read([bytes], { onError: 'skip', onProblem: unbroken.add.bind(unbroken) })
      expect(unbroken.counts()).toStrictEqual(tally.counts())
    }),
  )
})

test('the repairs that are announced turn the source into the text', async () => {
  await fc.assert(
    fc.asyncProperty(
      nearlyUtf8,
      chunkSizes,
      fc.constantFrom('replace', 'skip'),
      async (bytes, sizes, onError) => {
        fc.pre(bytes.length > 0)
        const made: Uint8Array[] = []
        const text: Uint8Array[] = []
        let at = 0
        const source = new ChunkSource('a.txt', chunked(bytes, sizes))
        for await (const batch of readSegment(source, txt, whole, { onError })) {
          for (const event of batch) {
            if (event.kind === 'bytes') text.push(event.bytes.slice())
            if (event.kind !== 'repair') continue
            made.push(bytes.subarray(at, event.position), Buffer.from('\ufffd').subarray(0, event.textLength))
            at = event.position + event.byteLength
          }
        }
        expect(Buffer.concat([...made, bytes.subarray(at)])).toEqual(Buffer.concat(text))
      },
    ),
  )
})

test('reading fails at the first invalid byte by default, and says where', async () => {
  const bytes = Buffer.concat([Buffer.from('grüß '), Buffer.of(0xff)])
  await expect(read(chunked(bytes, [1]))).rejects.toMatchObject({
    code: 'invalid-utf8',
    position: 7,
    message:
      'a.txt: a byte that is not UTF-8 (invalid-utf8 at 7); `invalid: replace` puts U+FFFD in their place',
  })
})

test('an empty file is counted, or fails where everything must be right', async () => {
  const tally = new ProblemTally()
  expect(await read([], { onProblem: tally.add.bind(tally) })).toStrictEqual({ text: '', marks: [] })
  expect(tally.counts()).toStrictEqual({ 'empty-document': { count: 1, first: [0] } })
  await expect(read([], { onError: 'fail' })).rejects.toMatchObject({ code: 'empty-document' })
})
