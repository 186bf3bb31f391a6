import { expect, test } from 'vitest'
import { loadTokenizerJson, TokenizerError, trainBpe } from '../src/index.ts'
import { limitOf } from '../src/pretokenize/expression-limit.ts'

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

test('the limit is that of a tokenizer whose expression a general engine runs', async () => {
  const trained = JSON.parse(await trainBpe(['a b a b'], { vocabSize: 260 })) as Record<string, unknown>
  const split = { type: 'Split', pattern: { Regex: '(?:b+)+' }, behavior: 'Isolated', invert: false }
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
  const pre_tokenizer = { type: 'Sequence', pretokenizers: [split, level] }
  const encoding = await loadTokenizerJson(JSON.stringify({ ...trained, pre_tokenizer }))
  expect(encoding.decode(encoding.encode('abba abb bab'))).toBe('abba abb bab')
})
