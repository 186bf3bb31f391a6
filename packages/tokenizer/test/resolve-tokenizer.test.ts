import { expect, test } from 'vitest'
import { reopenTokenizer, resolveTokenizer, tokenizerFileKind, trainBpe } from '../src/index.ts'

const text = 'resolve this, and this too'

test('a name gives the encoding that ships with the package, and no bytes to keep', async () => {
  const { encoding, description, bytes } = await resolveTokenizer({ name: 'gpt2' })
  expect(bytes).toBeUndefined()
  expect(description).toEqual({ kind: 'built-in', name: 'gpt2', sha256: encoding.sha256 })
  expect((await reopenTokenizer(description, undefined)).encode(text)).toEqual(encoding.encode(text))
})

test('a file gives an encoding that its description and its bytes give again', async () => {
  const file = {
    name: 'mine.json',
    bytes: new TextEncoder().encode(await trainBpe([text], { vocabSize: 270 })),
  }
  const { encoding, description, bytes } = await resolveTokenizer({ file })
  expect(description).toMatchObject({ kind: 'tokenizer.json', name: 'mine.json', sha256: encoding.sha256 })
  const copy = JSON.parse(JSON.stringify(description)) as typeof description
  expect((await reopenTokenizer(copy, bytes)).encode(text)).toEqual(encoding.encode(text))
})

test('other bytes than those described are refused', async () => {
  const files = await Promise.all(
    [260, 270].map(async (vocabSize) => new TextEncoder().encode(await trainBpe([text], { vocabSize }))),
  )
  const { description } = await resolveTokenizer({ file: { name: 'mine.json', bytes: files[0]! } })
  await expect(reopenTokenizer(description, files[1])).rejects.toThrow(/sha256.*take the file/)
})

test('a file of no known kind is refused with the kinds that are known', () => {
  expect(() => tokenizerFileKind({ name: 'notes.docx', bytes: new Uint8Array(4) })).toThrow(
    /notes.docx.*tokenizer.json/,
  )
})
