import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReadOptions } from '../../src/documents/read-options.ts'
import { ProblemTally } from '../../src/problem.ts'
import { planSegments } from '../../src/segments/plan-segments.ts'
import { readSegment } from '../../src/segments/read-segment.ts'
import { ChunkSource } from '../chunk-source.ts'
import { collect, collectSegments, type Collected } from '../collect.ts'
import { MemorySource } from '../memory-source.ts'
import { chunkSizes, nearlyUtf8 } from '../utf8/arbitrary.ts'

const jsonl = { format: 'jsonl', compression: 'none' } as const

async function read(
  content: Uint8Array | string,
  options: ReadOptions = {},
  sizes: readonly number[] = [7],
  targetBytes = 1 << 20,
) {
  const source = new MemorySource(
    'a.jsonl',
    typeof content === 'string' ? Buffer.from(content) : content,
    sizes,
  )
  return collectSegments(source, jsonl, await planSegments(source, jsonl, { targetBytes }), options)
}

const line = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => Buffer.from(JSON.stringify({ text }))),
  fc
    .constantFrom(
      '',
      ' ',
      '\r',
      '{}',
      '[]',
      '{"text":null}',
      '{"text":7}',
      '{"text":""}',
      '{"text":"\\ud800"}',
      '{"text":"a"',
      'null',
      '{"text":"x"}\r',
    )
    .map((text) => Buffer.from(text)),
  nearlyUtf8.map((bytes) => Buffer.concat([Buffer.from('{"text":"'), bytes, Buffer.from('"}')])),
  fc.integer({ min: 30, max: 60 }).map((length) => Buffer.from(JSON.stringify({ text: 'l'.repeat(length) }))),
)
const maxLineBytes = 50

/** The obvious way: everything in memory, one line after the other. */
function slowReference(
  content: Buffer,
  onError: 'skip' | 'replace',
): { documents: Collected[]; problems: Record<string, number[]> } {
  const documents: Collected[] = []
  const problems: Record<string, number[]> = {}
  let start = 0
  while (start < content.length) {
    const feed = content.indexOf('\n', start)
    const end = feed === -1 ? content.length : feed
    const reason = lineOutcome(content.subarray(start, end), start, end, onError, documents)
    for (const each of reason) (problems[each.reason] ??= []).push(each.position)
    start = end + 1
  }
  return { documents, problems }
}

function lineOutcome(
  bytes: Buffer,
  start: number,
  end: number,
  onError: 'skip' | 'replace',
  documents: Collected[],
) {
  const found: { reason: string; position: number }[] = []
  const note = (reason: string, position = start) => found.push({ reason, position })
  if (bytes.length > maxLineBytes) note('line-too-long')
  else if (/^[ \t\r]*$/.test(bytes.toString('latin1'))) return found
  else {
    let text = new TextDecoder('utf-8', { ignoreBOM: start > 0 }).decode(bytes)
    if (!Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)).equals(bytes)) {
      note('invalid-utf8', -1)
      if (onError === 'skip') return found
    }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      note('broken-json')
      return found
    }
    text =
      typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
        ? value.text
        : '\0'
    if (text === '\0') note('missing-field')
    else if (text === '') note('empty-document')
    else if (!text.isWellFormed()) {
      note('lone-surrogate')
      if (onError === 'replace') documents.push({ text: text.toWellFormed(), start, end })
    } else documents.push({ text, start, end })
  }
  return found
}

test('any lines in any chunks and segments are read as the slow reference reads them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 12 }),
      fc.boolean(),
      chunkSizes,
      fc.integer({ min: 1, max: 300 }),
      fc.constantFrom('skip', 'replace'),
      async (lines, ends, sizes, targetBytes, onError) => {
        const content = Buffer.concat(
          lines
            .flatMap((each, k) => (k === 0 ? [each] : [Buffer.from('\n'), each]))
            .concat(ends ? [Buffer.from('\n')] : []),
        )
        const { documents, problems } = await read(content, { onError, maxLineBytes }, sizes, targetBytes)
        const reference = slowReference(content, onError)
        expect(documents).toStrictEqual(reference.documents)
        const counts = Object.entries(reference.problems).map(([reason, at]) => [reason, at.length])
        expect(
          Object.fromEntries(Object.entries(problems).map(([reason, { count }]) => [reason, count])),
        ).toStrictEqual(Object.fromEntries(counts))
        for (const reason of [
          'broken-json',
          'missing-field',
          'line-too-long',
          'empty-document',
          'lone-surrogate',
        ] as const) {
          expect(problems[reason]?.first).toStrictEqual(reference.problems[reason]?.slice(0, 10))
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('every fault fails where it is, with its reason and position', async () => {
  const faults: readonly (readonly [string | Buffer, string, number])[] = [
    ['{"text":"a"}\n{"text":', 'broken-json', 13],
    ['{"text":"a"}\n{"body":"b"}', 'missing-field', 13],
    ['{"text":"a"}\n{"text":3}', 'missing-field', 13],
    ['{"text":"a"}\n{"text":""}', 'empty-document', 13],
    ['{"text":"a"}\n{"text":"\\udc00"}', 'lone-surrogate', 13],
    [Buffer.from('{"text":"a"}\n{"text":"\xff"}', 'latin1'), 'invalid-utf8', 22],
    [`{"text":"a"}\n{"text":"${'x'.repeat(100)}"}`, 'line-too-long', 13],
  ]
  for (const [content, code, position] of faults) {
    await expect(read(content, { onError: 'fail', maxLineBytes: 40 })).rejects.toMatchObject({
      code,
      position,
      source: 'a.jsonl',
    })
  }
})

test('policies may differ by reason', async () => {
  const content = '{"text":"a"}\nnot json\n{"text":"b"}\n{}'
  const onError = { 'broken-json': 'skip' } as const
  await expect(read(content, { onError })).rejects.toMatchObject({ code: 'missing-field' })
  const { documents, problems } = await read(content, { onError: { ...onError, 'missing-field': 'skip' } })
  expect(documents.map(({ text }) => text)).toStrictEqual(['a', 'b'])
  expect(problems).toStrictEqual({
    'broken-json': { count: 1, first: [13] },
    'missing-field': { count: 1, first: [35] },
  })
})

test('the field is a key, or a JSON pointer', async () => {
  const content = '{"text":"a","a.b":"c","meta":{"x/y":["p","q"]},"__proto__":{"z":"w"}}'
  const field = async (name: string) =>
    (await read(content, { field: name, onError: 'skip' })).documents.map(({ text }) => text)
  expect(await field('a.b')).toStrictEqual(['c'])
  expect(await field('/meta/x~1y/1')).toStrictEqual(['q'])
  expect(await field('/meta/none/1')).toStrictEqual([])
  expect(await field('toString')).toStrictEqual([])
  await expect(field('/a~2')).rejects.toMatchObject({ code: 'invalid-options' })
})

test('a line of a gigabyte is passed over in bounded memory', async () => {
  const chunk = new Uint8Array(1 << 20).fill(0x78)
  const before = process.memoryUsage().arrayBuffers
  let highest = 0
  async function* input(): AsyncGenerator<Uint8Array> {
    for (let k = 0; k < 1024; k++) {
      highest = Math.max(highest, process.memoryUsage().arrayBuffers)
      yield chunk
    }
    yield Buffer.from('\n{"text":"next"}')
  }
  const tally = new ProblemTally()
  const options = { onError: 'skip', maxLineBytes: 4 << 20, onProblem: tally.add.bind(tally) } as const
  const source = new ChunkSource('a.jsonl', input())
  const documents = await collect([readSegment(source, jsonl, { kind: 'whole' }, options)])
  expect(documents).toStrictEqual([{ text: 'next', start: 2 ** 30 + 1, end: 2 ** 30 + 16 }])
  expect(tally.counts()).toStrictEqual({ 'line-too-long': { count: 1, first: [0] } })
  expect(highest - before).toBeLessThan(16 << 20)
})

test('options without a meaning are refused', async () => {
  const wrong: readonly ReadOptions[] = JSON.parse(
    '[{"maxLineBytes":0},{"field":""},{"onError":"ignore"},{"onError":{"typo":"skip"}},{"csvSeparator":"ab"},{"csvSeparator":"\\n"},{"keep":"id"},{"maxBatchBytes":1e12}]',
  )
  for (const options of wrong) {
    await expect(read('{}', options)).rejects.toMatchObject({ code: 'invalid-options' })
  }
})
