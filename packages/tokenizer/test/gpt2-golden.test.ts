import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { getEncoding } from '../src/index.ts'

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')

interface Entry {
  readonly id: string
  readonly what: string
  readonly input: string | readonly number[] | null
  readonly expected: unknown
}
const { entries } = JSON.parse(fixture('llms-from-scratch-ch02.json')) as { entries: readonly Entry[] }
const gpt2 = await getEncoding('gpt2')
const all = { allowedSpecial: 'all' } as const

describe('gpt2 gives the ids that LLMs-from-scratch chapter 2 prints', () => {
  const asserted = entries.filter(({ id }) =>
    /^(bpe_tests\.(gpt2|tiktoken)|ex2\.1\.encode|main\.gpt2_encode|bpe_compare\.(tiktoken|openai|hf))/.test(
      id,
    ),
  )
  for (const { id, input, expected } of asserted) {
    test(`${id}: ${JSON.stringify(input)}`, () => {
      expect([...gpt2.encode(input as string, all)]).toEqual(expected)
      expect(gpt2.decode(expected as number[])).toBe(input)
    })
  }

  test('the fixture holds them', () => {
    expect(asserted.length).toBeGreaterThan(20)
  })

  test('the ids of line break, carriage return and end of text', () => {
    const ids = entries.find(({ id }) => id === 'bpe_tests.newline_id')!.expected
    expect({
      newline: gpt2.encode('\n')[0],
      endoftext: gpt2.endOfTextId,
      carriage_return: gpt2.encode('\r')[0],
    }).toEqual(ids)
  })

  test('a special token that was not allowed is an error', () => {
    const text = entries.find(({ id }) => id === 'bpe_tests.disallowed_special')!.input as string
    expect(() => gpt2.encode(text)).toThrow(expect.objectContaining({ code: 'disallowed-special-token' }))
  })

  test('the whole of The Verdict', () => {
    const ids = JSON.parse(fixture('the-verdict.gpt2.json')) as number[]
    const text = fixture('the-verdict.txt')
    expect([...gpt2.encode(text)]).toEqual(ids)
    expect(gpt2.decode(ids)).toBe(text)
    expect(gpt2.count(text)).toBe(ids.length)
  })
})

test('vocabSize is 50257', () => {
  expect(gpt2.vocabSize).toBe(50257)
})
