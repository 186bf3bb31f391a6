import { randomBytes } from 'node:crypto'
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

describe.each(cases)('$name is encoded in linear time, $implementation', async ({ name, implementation }) => {
  const encoding = await getEncoding(name, { implementation })

  test.each(Object.entries(kinds))('a megabyte of one kind comes back as it was: %s', (_, kind) => {
    const text = kind.repeat(Math.ceil(1e6 / Buffer.byteLength(kind)))
    const ids = encoding.encode(text)
    expect(encoding.decode(ids) === text).toBe(true)
  })

  // tiktoken panics on 1,000,000 spaces and a letter; longer than the longest token of spaces, more change nothing.
  test('the last of many spaces before a letter belongs to the letter', () => {
    for (const count of [1, 2, 3, 17, 200, 1_000_000]) {
      const ids = [...encoding.encode(`${' '.repeat(count)}x`)]
      expect(ids).toEqual([...encoding.encode(' '.repeat(count - 1)), ...encoding.encode(' x')])
    }
  })
})

/** 16 MiB without a place to cut: what is quadratic would take hours here. */
const large: Readonly<Record<string, () => Buffer>> = {
  ...Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, () => Buffer.alloc(16 << 20, kind)] as const),
  ),
  'random letters': () => Buffer.from(randomBytes(16 << 20).map((byte) => 0x61 + (byte % 26))),
  base64: () => Buffer.from(randomBytes(12 << 20).toString('base64')),
}

describe.each(names)('%s', async (name) => {
  const encoding = await getEncoding(name)
  const target = new Uint32Array(17 << 20)

  test.each(Object.entries(large))('sixteen megabytes come back as they were: %s', (kind, make) => {
    const made = make()
    // Characters of several bytes are not cut at the end.
    const bytes = made.subarray(0, made.length - (made.length % Buffer.byteLength(kinds[kind] ?? 'a')))
    const count = encoding.encodeInto(bytes, target)
    expect(Buffer.compare(encoding.decodeBytes(target.subarray(0, count)), bytes)).toBe(0)
  })
})
