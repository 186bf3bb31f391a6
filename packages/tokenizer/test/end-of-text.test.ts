import { expect, test } from 'vitest'
import { loadTokenizerJson } from '../src/index.ts'

interface Added {
  readonly content: string
  readonly special: boolean
}

/** A tokenizer.json with these added tokens: their ids are 1, 2 and so on. */
function fileWith(tokens: readonly Added[]): string {
  return JSON.stringify({
    added_tokens: tokens,
    model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  })
}

const htmlTag = { content: '</s>', special: false }

test("the end of a text is Gemma's <eos>, not its </s>, which is the tag of HTML", async () => {
  const encoding = await loadTokenizerJson(fileWith([{ content: '<eos>', special: true }, htmlTag]))
  expect(encoding.endOfTextId).toBe(1)
})

test('an ordinary token ends a text only where it is named', async () => {
  const unnamed = await loadTokenizerJson(fileWith([htmlTag]))
  expect(() => unnamed.endOfTextId).toThrow(expect.objectContaining({ code: 'unknown-token' }))
  const named = await loadTokenizerJson(fileWith([htmlTag]), { endOfText: '</s>' })
  expect(named.endOfTextId).toBe(1)
})
