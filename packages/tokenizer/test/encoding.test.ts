import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { getEncoding } from '../src/index.ts'
import { trickyText, utf8 } from './support/texts.ts'

const cl100k = await getEncoding('cl100k_base')
const o200k = await getEncoding('o200k_base')
const gpt2 = await getEncoding('gpt2')

describe('special tokens, by the rules of tiktoken', () => {
  const text = 'a<|endoftext|>b<|fim_prefix|>c'
  const refused = expect.objectContaining({ code: 'disallowed-special-token' })

  test('are an error by default, and the error names the token and its place', () => {
    expect(() => cl100k.encode(text)).toThrow(refused)
    expect(() => cl100k.encode(text)).toThrow(/`<\|endoftext\|>` at byte 1/)
  })

  test('are ordinary text when nothing is disallowed, and in encodeOrdinary', () => {
    const ids = [...cl100k.encode(text, { disallowedSpecial: [] })]
    expect(ids).toEqual([...cl100k.encodeOrdinary(text)])
    expect(Math.max(...ids)).toBeLessThan(100257)
    expect(cl100k.decode(ids)).toBe(text)
  })

  test('are encoded when allowed, at any place in the text', () => {
    const all = { allowedSpecial: 'all' } as const
    expect([...cl100k.encode(text, all)]).toEqual([64, 100257, 65, 100258, 66])
    expect([...o200k.encode('a<|endoftext|>b', all)]).toEqual([64, 199999, 65])
    expect([...o200k.encode('<|endofprompt|>', all)]).toEqual([200018])
    expect(cl100k.decode([64, 100257, 65])).toBe('a<|endoftext|>b')
  })

  test('that are not in the allowed set stay disallowed', () => {
    expect(() => cl100k.encode(text, { allowedSpecial: ['<|endoftext|>'] })).toThrow(/fim_prefix/)
    expect(() =>
      cl100k.encode(text, { allowedSpecial: new Set(['<|endoftext|>', '<|fim_prefix|>']) }),
    ).not.toThrow()
  })

  test('may be disallowed one by one, or with any other string', () => {
    expect(() => cl100k.encode(text, { disallowedSpecial: ['<|fim_suffix|>'] })).not.toThrow()
    expect(() => cl100k.encode('plain words', { disallowedSpecial: ['n w'] })).toThrow(refused)
    expect(() =>
      cl100k.encode(text, { allowedSpecial: 'all', disallowedSpecial: ['<|fim_prefix|>'] }),
    ).toThrow(refused)
  })

  test('cut the text: what stands before one is encoded as at the end of a text', () => {
    const ids = [...cl100k.encode('x  <|endoftext|> y', { allowedSpecial: 'all' })]
    expect(ids).toEqual([...cl100k.encode('x  '), 100257, ...cl100k.encode(' y')])
  })

  test('a bare string for a list of tokens is an error, not a list of letters', () => {
    expect(() => cl100k.encode('x', { allowedSpecial: '<|endoftext|>' as 'all' })).toThrow(TypeError)
  })
})

describe('text that is not well formed', () => {
  test('a lone surrogate is U+FFFD; a pair in two halves is one character', () => {
    expect([...cl100k.encode('a\ud800b')]).toEqual([...cl100k.encode('a\ufffdb')])
    expect([...cl100k.encode(['\ud83d', '\ude00'].join(''))]).toEqual([...cl100k.encode('😀')])
  })

  test('bytes that are not UTF-8 are treated as in tiktoken', () => {
    expect([...cl100k.encode(Uint8Array.from([0x20, 0xec, 0x8b, 0xa4, 0xed]))]).toEqual([62085])
  })

  test('U+0085 is white space and U+FEFF is none', () => {
    expect([...cl100k.encode(' \u00850')]).toEqual([220, 126, 227, 15])
    expect(o200k.decode(o200k.encode('\ufeffa'))).toBe('\ufeffa')
  })
})

describe('encodeInto', () => {
  test('gives what encodeOrdinary gives', () => {
    const target = new Uint32Array(4096)
    fc.assert(
      fc.property(trickyText, (text) => {
        const count = o200k.encodeInto(utf8(text), target)
        expect(target.slice(0, count)).toEqual(o200k.encodeOrdinary(text))
      }),
    )
  })

  test('needs room for the ids only, and says how much', () => {
    const bytes = utf8('Hello, world. Is this-- a test?')
    expect(gpt2.encodeInto(bytes, new Uint32Array(10))).toBe(10)
    expect(() => gpt2.encodeInto(bytes, new Uint32Array(9))).toThrow(/10 ids, got 9/)
    expect(() => gpt2.encodeInto(bytes, new Uint32Array(9))).toThrow(
      expect.objectContaining({ code: 'target-too-small' }),
    )
  })

  test('encodes allowed special tokens, and leaves the others as text', () => {
    const target = new Uint32Array(100)
    const bytes = utf8('a<|endoftext|>')
    expect(cl100k.encodeInto(bytes, target, { allowedSpecial: ['<|endoftext|>'] })).toBe(2)
    expect([...target.subarray(0, 2)]).toEqual([64, 100257])
    expect(cl100k.encodeInto(bytes, target)).toBeGreaterThan(2)
  })

  test('counts each bad sequence as U+FFFD', () => {
    const target = new Uint32Array(100)
    const count = gpt2.encodeInto(Uint8Array.from([0x61, 0xff, 0x20, 0xe4, 0xb8, 0x62]), target)
    expect([...target.subarray(0, count)]).toEqual([...gpt2.encode('a\ufffd \ufffdb')])
  })
})

describe('decoding', () => {
  test('undoes encoding', () => {
    fc.assert(
      fc.property(trickyText, (text) => {
        for (const encoding of [gpt2, cl100k, o200k]) {
          expect(encoding.decode(encoding.encodeOrdinary(text))).toBe(text.toWellFormed())
          expect(encoding.decodeBytes(encoding.encodeOrdinary(utf8(text)))).toEqual(utf8(text))
        }
      }),
    )
  })

  test('refuses ids that are no token', () => {
    const refused = expect.objectContaining({ code: 'unknown-token' })
    for (const id of [100261, 100277, -1, 1.5, NaN]) expect(() => cl100k.decode([id])).toThrow(refused)
  })

  test('bytes that are not UTF-8 become U+FFFD in text', () => {
    expect(cl100k.decode(cl100k.encode(Uint8Array.from([0xff])))).toBe('\ufffd')
  })
})

describe('counts, batches and offsets', () => {
  test('agree with encode', () => {
    fc.assert(
      fc.property(trickyText, (text) => {
        const ids = o200k.encode(text, { disallowedSpecial: [] })
        expect(o200k.count(text, { disallowedSpecial: [] })).toBe(ids.length)
        const { ids: same, starts, ends } = o200k.encodeWithOffsets(utf8(text), { disallowedSpecial: [] })
        expect(same).toEqual(ids)
        for (let i = 0; i < ids.length; i++) {
          expect(utf8(text).slice(starts[i], ends[i])).toEqual(o200k.decodeBytes([ids[i]!]))
        }
        expect(ends.at(-1) ?? 0).toBe(utf8(text).length)
        expect(starts.subarray(1)).toEqual(ends.subarray(0, -1))
      }),
    )
    expect(gpt2.encodeBatch(['a', 'b c']).map((ids) => [...ids])).toEqual([[64], [65, 269]])
  })

  test('offsets into a string are UTF-16 units, those of the whole character', () => {
    const { ids, starts, ends } = gpt2.encodeWithOffsets('a😀中b')
    expect(gpt2.decode(ids)).toBe('a😀中b')
    expect([...starts]).toEqual([0, 1, 1, 3, 4])
    expect([...ends]).toEqual([1, 3, 3, 4, 5])
  })
})
