import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { codeOf } from '@sluice/errors'
import { detectFormat, openSource, readSegment, type OnError } from '@sluice/corpus'
import { chooseTokenizer, resolveRunConfig, type RunOptions } from '@sluice/pipeline'
import { encodeStream, type Encoding } from '@sluice/tokenizer'
import { refuseOverwritingInput, writeFileAtomically } from '../config/output-file.ts'
import { CommandError } from '../errors.ts'
import { outputBroken, print } from '../terminal/output.ts'

/** `sluice tokenize`, as typed. */
export interface TokenizeFlags extends Pick<RunOptions, 'encoding' | 'tokenizer' | 'special' | 'invalid'> {
  readonly out?: string
  readonly count?: boolean
}

type Source = Awaited<ReturnType<typeof openSource>>

export async function tokenize(file: string, { out, count = false, ...flags }: TokenizeFlags): Promise<void> {
  const config = resolveRunConfig({ special: 'none', ...flags, corpus: [file] })
  if (out === undefined && !count && process.stdout.isTTY) {
    throw new CommandError('invalid-option', 'The ids are raw bytes; give --out FILE, --count, or a pipe')
  }
  if (out !== undefined) await refuseOverwritingInput(out, file)
  const { encoding } = await chooseTokenizer(config)
  await using source = await openSource(file)
  const allowedSpecial = allowedSpecialOf(config.special, encoding)
  const ids = encodeStream(encoding, textOf(source, config.invalid), { allowedSpecial })
  try {
    if (count) print(String(await countOf(ids)))
    else if (out === undefined) await writeToOutput(bytesOf(ids))
    else await writeFileAtomically(out, bytesOf(ids))
  } catch (error) {
    if (codeOf(error) === 'invalid-utf8') await refuseOtherFormats(source)
    throw error
  }
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
  const { format } = await detectFormat(source)
  if (format === 'txt' || format === 'jsonl' || format === 'csv') return
  throw new CommandError(
    'invalid-option',
    `${source.name}: expected a text, got a file of the format ${format}; \`sluice run\` reads its text`,
  )
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

function allowedSpecialOf(special: RunOptions['special'], encoding: Encoding): 'all' | readonly string[] {
  if (special === 'all') return 'all'
  const wanted = special === 'end-of-text' ? encoding.endOfTextId : undefined
  return [...encoding.specialTokens].filter(([, id]) => id === wanted).map(([text]) => text)
}
