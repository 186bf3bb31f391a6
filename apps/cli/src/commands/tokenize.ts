import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { codeOf } from '@sluice/errors'
import { detectFormat, openSource, readSegment, type OnError } from '@sluice/corpus'
import { chooseTokenizer, resolveRunConfig, type DocumentMarks, type RunOptions } from '@sluice/pipeline'
import { encodeStream, type Encoding } from '@sluice/tokenizer'
import { refuseOverwritingInput, writeFileAtomically } from '../config/output-file.ts'
import { CommandError } from '../errors.ts'
import { decodeIds } from './decode-ids.ts'
import { outputBroken, print } from '../terminal/output.ts'

/** `sluice tokenize`, as typed. */
export interface TokenizeFlags extends Pick<
  RunOptions,
  | 'encoding'
  | 'tokenizer'
  | 'tokenizerPattern'
  | 'tokenizerSpecials'
  | 'special'
  | 'invalid'
  | 'bos'
  | 'bosId'
  | 'specialTokens'
> {
  readonly out?: string
  readonly count?: boolean
  readonly text?: boolean
  readonly decode?: boolean
}

type Source = Awaited<ReturnType<typeof openSource>>

export async function tokenize(
  file: string,
  { out, count = false, text = false, decode = false, ...flags }: TokenizeFlags,
): Promise<void> {
  const config = resolveRunConfig({ special: 'none', ...flags, corpus: [file] })
  if (count && decode) throw new CommandError('invalid-option', 'Expected one of --count and --decode')
  if (out === undefined && !count && !text && !decode && process.stdout.isTTY) {
    throw new CommandError(
      'invalid-option',
      'The ids are raw bytes; give --text, --out FILE, --count, or a pipe',
    )
  }
  if (out !== undefined) await refuseOverwritingInput(out, file)
  // No separator stands in one text: none need be named.
  const { encoding, marks } = await chooseTokenizer({ ...config, separatorId: config.separatorId ?? '0' })
  await using source = await openSource(file)
  const write = (bytes: AsyncIterable<Uint8Array>): Promise<void> =>
    out === undefined ? writeToOutput(bytes) : writeFileAtomically(out, bytes)
  if (decode) {
    await write(decodeIds({ name: source.name, chunks: source.stream(), isText: text }, encoding))
    return
  }
  const allowedSpecial = allowedSpecialOf(config.special, encoding)
  const utf8 = textOf(source, config.invalid)
  const ids = framed(marks, encodeStream(encoding, utf8, { allowedSpecial, addSpecialTokens: false }))
  try {
    if (count) print(String(await countOf(ids)))
    else await write(text ? linesOf(ids) : bytesOf(ids))
  } catch (error) {
    if (codeOf(error) === 'invalid-utf8') await refuseOtherFormats(source)
    throw error
  }
}

/** The ids of a text with those that stand around it. */
async function* framed(
  { before, after }: DocumentMarks,
  ids: AsyncIterable<Uint32Array>,
): AsyncGenerator<Uint32Array> {
  if (before.length > 0) yield Uint32Array.from(before, ({ id }) => id)
  yield* ids
  if (after.length > 0) yield Uint32Array.from(after, ({ id }) => id)
}

/** The text's bytes, decompressed and checked to be UTF-8. */
async function* textOf(source: Source, invalid: OnError): AsyncGenerator<Uint8Array> {
  const format = await detectFormat(source, { format: 'txt' })
  const onError = { 'empty-document': 'skip', 'invalid-utf8': invalid } as const
  for await (const events of readSegment(source, format, { kind: 'whole' }, { onError })) {
    for (const event of events) if (event.kind === 'bytes') yield event.bytes
  }
}

/** Names what a file is that is not UTF-8, where its content shows it. */
async function refuseOtherFormats(source: Source): Promise<void> {
  const format = await detectAgain(source)
  if (format === undefined || format === 'txt' || format === 'jsonl' || format === 'csv') return
  throw new CommandError(
    'invalid-option',
    `${source.name}: expected a text, got a file of the format ${format}; \`sluice run\` reads its text`,
  )
}

/** The format of a source that was read already; undefined of a pipe, which is read only once. */
async function detectAgain(source: Source): Promise<string | undefined> {
  try {
    return (await detectFormat(source)).format
  } catch (error) {
    if (codeOf(error) === 'read-twice') return undefined
    throw error
  }
}

async function countOf(ids: AsyncIterable<Uint32Array>): Promise<number> {
  let total = 0
  for await (const piece of ids) total += piece.length
  return total
}

async function writeToOutput(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await pipeline(Readable.from(bytes), process.stdout, { end: false })
  } catch (error) {
    // The program reports a broken output when it ends.
    if (!outputBroken.aborted) throw error
  }
}

async function* bytesOf(ids: AsyncIterable<Uint32Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of ids) yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)
}

/** One id a line. */
async function* linesOf(ids: AsyncIterable<Uint32Array>): AsyncGenerator<Uint8Array> {
  const utf8 = new TextEncoder()
  for await (const piece of ids) if (piece.length > 0) yield utf8.encode(`${piece.join('\n')}\n`)
}

function allowedSpecialOf(special: RunOptions['special'], encoding: Encoding): 'all' | readonly string[] {
  if (special === 'all') return 'all'
  const { addedTokens = [] } = encoding
  if (special !== 'end-of-text') return addedTokens
  // Asked only here: a tokenizer without such a token refuses to name it.
  const { endOfTextId } = encoding
  const ends = [...encoding.specialTokens].filter(([, id]) => id === endOfTextId)
  return [...new Set([...ends.map(([text]) => text), ...addedTokens])]
}
