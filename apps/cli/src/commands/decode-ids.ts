import type { Encoding } from '@sluice/tokenizer'
import { CommandError } from '../errors.ts'

/** A file of ids, as `sluice tokenize` writes them: raw little-endian uint32, or numbers in a text. */
export interface IdsFile {
  readonly name: string
  readonly chunks: AsyncIterable<Uint8Array>
  readonly isText: boolean
}

/** Ids that are kept in memory where a decoder needs all of them: 1 GiB. */
const mostKeptIds = 1 << 28

/**
 * The bytes of the text of ids. Where each id stands for bytes of the text, they are decoded as they come; elsewhere what an id becomes
 * depends on its neighbours, and all ids are kept in memory.
 *
 * @throws CommandError `invalid-option` for a file that does not hold ids of the encoding, with the place
 */
export async function* decodeIds(file: IdsFile, encoding: Encoding): AsyncGenerator<Uint8Array> {
  if (encoding.keepsText) {
    for await (const ids of checkedIds(file, encoding)) yield encoding.decodeBytes(ids)
    return
  }
  const kept: Uint32Array[] = []
  let count = 0
  for await (const ids of checkedIds(file, encoding)) {
    kept.push(ids)
    count += ids.length
    if (count > mostKeptIds)
      throw refusal(file, `expected at most ${mostKeptIds} ids, which ${encoding.name} decodes as a whole`)
  }
  const all = new Uint32Array(count)
  let at = 0
  for (const ids of kept) {
    all.set(ids, at)
    at += ids.length
  }
  yield encoding.decodeBytes(all)
}

async function* checkedIds(file: IdsFile, { vocabSize, name }: Encoding): AsyncGenerator<Uint32Array> {
  let before = 0
  for await (const ids of file.isText ? readNumbers(file) : readRaw(file)) {
    const wrong = ids.findIndex((id) => id >= vocabSize)
    if (wrong >= 0)
      throw refusal(
        file,
        `expected ids of ${name} (0 to ${vocabSize - 1}), got ${ids[wrong]!} at index ${before + wrong}`,
      )
    before += ids.length
    yield ids
  }
}

async function* readRaw(file: IdsFile): AsyncGenerator<Uint32Array> {
  let rest = new Uint8Array(0)
  let total = 0
  for await (const chunk of file.chunks) {
    total += chunk.length
    const bytes = new Uint8Array(rest.length + chunk.length)
    bytes.set(rest)
    bytes.set(chunk, rest.length)
    const count = bytes.length >> 2
    const view = new DataView(bytes.buffer)
    if (count > 0) yield Uint32Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true))
    rest = bytes.slice(4 * count)
  }
  if (rest.length > 0)
    throw refusal(file, `expected ids of 4 bytes each, got ${total} bytes; for numbers in a text give --text`)
}

async function* readNumbers(file: IdsFile): AsyncGenerator<Uint32Array> {
  const latin1 = new TextDecoder('latin1')
  let rest = ''
  let before = 0
  for await (const chunk of file.chunks) {
    const words = (rest + latin1.decode(chunk)).split(/[\s,]+/)
    rest = words.pop()!
    if (rest.length > 10) words.push(rest)
    const ids = words.filter((word) => word !== '').map((word, i) => numberOf(file, word, before + i))
    before += ids.length
    if (ids.length > 0) yield Uint32Array.from(ids)
  }
  if (rest !== '') yield Uint32Array.of(numberOf(file, rest, before))
}

function numberOf(file: IdsFile, word: string, index: number): number {
  if (/^\d{1,10}$/.test(word) && Number(word) < 2 ** 32) return Number(word)
  throw refusal(file, `expected a number at index ${index}, got ${JSON.stringify(word.slice(0, 40))}`)
}

function refusal({ name }: IdsFile, what: string): CommandError {
  return new CommandError('invalid-option', `${name}: ${what}`)
}
