import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { getEncoding, loadTokenizerJson, trainBpe } from '../src/index.ts'

const folder = new URL('fixtures/tokenizer-json/', import.meta.url)

test('patterns of published files that a general engine runs are told', async () => {
  const general: string[] = []
  for (const file of readdirSync(folder)) {
    if (!/^(llama3|qwen2|deepseek-coder|tekken|bloom|command-r)\.json\.gz$/.test(file)) continue
    const { tokenizer } = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as {
      readonly tokenizer: unknown
    }
    const { generalPatterns } = await loadTokenizerJson(JSON.stringify(tokenizer))
    if (generalPatterns.length > 0) general.push(file)
  }
  // Llama 3, Qwen 2, Tekken and Command R have them.
  expect(general).toEqual(['bloom.json.gz', 'deepseek-coder.json.gz'])
  expect((await getEncoding('gpt2')).generalPatterns).toEqual([])
})

test("a user's own pattern is named: the general engine runs it", async () => {
  const trained = JSON.parse(await trainBpe(['a b a b'], { vocabSize: 260 })) as Record<string, unknown>
  const split = {
    type: 'Split',
    pattern: { Regex: '[aeiou]+|[^aeiou]+' },
    behavior: 'Isolated',
    invert: false,
  }
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
  const pre_tokenizer = {
    type: 'Sequence',
    pretokenizers: [{ type: 'Sequence', pretokenizers: [split] }, level],
  }
  const encoding = await loadTokenizerJson(JSON.stringify({ ...trained, pre_tokenizer }))
  expect(encoding.generalPatterns).toEqual(['[aeiou]+|[^aeiou]+'])
})
