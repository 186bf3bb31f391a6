import { describe, expect, test } from 'vitest'
import { type EncodingName, getEncoding } from '../src/index.ts'

/** Texts of one kind of piece, on which other encoders need quadratic time, overflow their stack or panic. */
const kinds: Readonly<Record<string, string>> = {
  letter: 'a',
  space: ' ',
  newline: '\n',
  digit: '7',
  mark: '^',
  emoji: '😀',
  chinese: '在使用此命令时',
  mixed: 'ab ',
}

const names: readonly EncodingName[] = ['gpt2', 'cl100k_base', 'o200k_base']
const implementations = ['wasm', 'typescript'] as const
const cases = names.flatMap((name) => implementations.map((implementation) => ({ name, implementation })))

describe.each(cases)('$name, $implementation', async ({ name, implementation }) => {
  const encoding = await getEncoding(name, { implementation })

  test.each(Object.entries(kinds))('a megabyte of one kind comes back as it was: %s', (_, kind) => {
    const text = kind.repeat(Math.ceil(1e6 / Buffer.byteLength(kind)))
    const ids = encoding.encode(text)
    expect(encoding.decode(ids) === text).toBe(true)
  })

  // tiktoken panics on 1,000,000 spaces and a letter; longer than the longest token of spaces, more change nothing.
  test('spaces before a letter: the last belongs to the letter', () => {
    for (const count of [1, 2, 3, 17, 200, 1_000_000]) {
      const ids = [...encoding.encode(`${' '.repeat(count)}x`)]
      expect(ids).toEqual([...encoding.encode(' '.repeat(count - 1)), ...encoding.encode(' x')])
    }
  })
})
