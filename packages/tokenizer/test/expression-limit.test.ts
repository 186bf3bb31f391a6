import { expect, test } from 'vitest'
import { TokenizerError } from '../src/index.ts'
import { limitOf, type RunLimited } from '../src/pretokenize/expression-limit.ts'
import { Pieces } from '../src/pretokenize/pieces.ts'
import { regexPattern } from '../src/pretokenize/regex-pattern.ts'
import { splitStep } from '../src/pretokenize/split.ts'

/** None of these ends in a year: a test that is not stopped never ends. */
const endless = [
  { expression: String.raw`(a+)+$`, text: `${'a'.repeat(60)}b` },
  { expression: String.raw`(?:a|aa)*b`, text: 'a'.repeat(200) },
  { expression: String.raw`(?:[a[b]]*)+c`, text: 'ab'.repeat(40) },
  { expression: String.raw`a*a*a*a*a*a*a*a*a*a*b`, text: 'a'.repeat(1000) },
  { expression: String.raw`(?:a+|b)(?:a+|c)(?:a+|d)(?:a+|e)x`, text: 'a'.repeat(4000) },
  { expression: `${'a{1,5}'.repeat(40)}b`, text: 'a'.repeat(150) },
  { expression: String.raw`\p{L}+\p{L}+x`, text: 'a'.repeat(1 << 20) },
]

test.each(endless)(
  'a search by $expression without end is stopped, with one line',
  ({ expression, text }) => {
    const runLimited = limitOf(expression, expression, 40)
    const search = (): unknown => text.match(new RegExp(expression, 'v'))
    // Where the text is long, it is allowed five seconds a megabyte.
    expect(() => runLimited(Math.min(text.length, 10_000), search)).toThrow(TokenizerError)
  },
)

test('what ends is not touched: its errors and nested searches go through', () => {
  const runLimited = limitOf('(a)+', '(a)+', 1000)
  let found = ''
  runLimited(10, () =>
    runLimited(10, () => {
      found = /(a)+/.exec('baac')![0]
    }),
  )
  expect(found).toBe('aa')
  const own = new Error('own')
  expect(() =>
    runLimited(10, () => {
      throw own
    }),
  ).toThrow(own)
})

test('a search of all pieces is limited once, that of a tokenizer file among them', async () => {
  const pattern = await regexPattern('(?:b+)+')
  expect(pattern.runLimited).toBeDefined()
  const lengths: number[] = []
  const runLimited: RunLimited = (byteLength, work) => {
    lengths.push(byteLength)
    work()
  }
  const pieces = new Pieces()
  const cut = new Pieces()
  pieces.reset(new TextEncoder().encode('abba abb'), true)
  pieces.push(0, 5)
  pieces.push(5, 8)
  splitStep({ ...pattern, runLimited, beforeSpace: 'unknown' }, 'Isolated', false).cut(pieces, cut)
  expect([...cut.starts.subarray(0, cut.count)]).toEqual([0, 1, 3, 5, 6])
  expect(lengths).toEqual([8])
})
