import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findJsonFault } from '../src/load/json-fault.ts'
import { parseJson } from '../src/load/parse-json.ts'
import { loadTokenizerJson, resolveTokenizer } from '../src/index.ts'
import { charOfByte } from '../src/unicode/byte-alphabet.ts'

const utf8 = new TextEncoder()

test('a fault is found in what is no JSON only, and what stands before it can be the beginning of JSON', () => {
  let faults = 0
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.array(
        fc.record({
          at: fc.nat(80),
          removed: fc.nat(2),
          put: fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ue0-.1atn\n é'), maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
      fc.boolean(),
      (value, changes, isSpread) => {
        let text = JSON.stringify(value, null, isSpread ? 2 : 0)
        for (const { at, removed, put } of changes) text = text.slice(0, at) + put + text.slice(at + removed)
        const fault = findJsonFault(text)
        if (fault === undefined) return void JSON.parse(text)
        expect(() => JSON.parse(text) as unknown, text).toThrow(SyntaxError)
        faults++
        expect(fault.at).toBeLessThanOrEqual(text.length)
        // Cut off there, nothing is wrong with it but that it ends.
        expect(findJsonFault(text.slice(0, fault.at))?.at ?? fault.at).toBe(fault.at)
      },
    ),
    { numRuns: 2000 },
  )
  expect(faults).toBeGreaterThan(500)
})

test.each([
  ['', 'an empty file: copy it again from where it came'],
  [
    'version https://git-lfs.github.com/spec/v1\noid sha256:4d',
    'a pointer of Git LFS: fetch the file itself with `git lfs pull`',
  ],
  ['\n<!DOCTYPE html><html>', 'a web page: the download was refused or led elsewhere; download it again'],
  [gzipSync('{}'), 'a gzip file: unpack it'],
  [Buffer.from('\ufeff{}', 'utf16le'), 'a text in UTF-16: save it as UTF-8'],
  ['{"a": 1,\n "b" 2}', '"2}" at line 2, column 6 in place of `:`: copy it again from where it came'],
  ['{"a": [1, NaN]}', '"NaN]}" at line 1, column 11 in place of a value: copy it again from where it came'],
  ['{"a": [1, 2', 'its end at line 1, column 12 in place of `,` or `]`: copy it again from where it came'],
  [
    Buffer.from('{"é": "\xe9"}', 'latin1'),
    'a byte that is not UTF-8 (0xe9) at byte 2: copy it again from where it came',
  ],
] as const)('%j is no JSON, and why is said', async (file, got) => {
  const bytes = typeof file === 'string' ? utf8.encode(file) : new Uint8Array(file)
  const message = `Expected some.json to be JSON, got ${got}`
  expect(() => parseJson(bytes, 'some.json')).toThrow(message)
  await expect(resolveTokenizer({ file: { name: 'some.json', bytes } })).rejects.toMatchObject({
    code: 'invalid-vocabulary',
    message,
  })
})

test('a file of no kind of tokenizer is called what it is', async () => {
  const bytes = new Uint8Array(gzipSync('x'))
  await expect(resolveTokenizer({ file: { name: 'some.model', bytes } })).rejects.toThrow(
    'got a gzip file: unpack it',
  )
})

/** A byte-level tokenizer.json with normalizers in each other, so that the file is nested `depth` deep. */
function nested(depth: number): string {
  const inner = (depth - 1) / 2
  const open = '{"type": "Sequence", "normalizers": ['
  const bytes = Array.from(Array(256).keys(), (byte) => [charOfByte[byte]!, byte] as const)
  const vocab = JSON.stringify(Object.fromEntries(bytes))
  return `{"normalizer": ${open.repeat(inner)}${']}'.repeat(inner)},
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
    "model": {"type": "BPE", "vocab": ${vocab}, "merges": []}}`
}

test('a file that is nested as deep as the reference reads is read, and a deeper one is refused', async () => {
  // tokenizers 0.23.2 says `recursion limit exceeded` of the second.
  expect([...(await loadTokenizerJson(nested(127))).encode('ab')]).toEqual([97, 98])
  const refused = {
    code: 'invalid-vocabulary',
    message: expect.stringContaining('nested at most 127 deep') as string,
  }
  for (const file of [nested(129), nested(200_001), '['.repeat(100_000) + ']'.repeat(100_000)]) {
    await expect(loadTokenizerJson(file)).rejects.toMatchObject(refused)
  }
})
