import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openSource, readSegment } from '@sluice/corpus'
import { encodeStream, encodingNames, getEncoding, type Encoding, type EncodingName } from '@sluice/tokenizer'
import { CommandError } from '../errors.ts'
import type { TokenizeFlags } from './tokenize.command.ts'

export async function tokenize(
  file: string,
  { encoding: name, special, out, count = false }: TokenizeFlags,
): Promise<void> {
  if (!(encodingNames as readonly string[]).includes(name)) {
    throw new CommandError(
      'invalid-option',
      `Expected --encoding to be one of ${encodingNames.join(', ')}, got ${name}`,
    )
  }
  const toTerminal = out === undefined && !count && process.stdout.isTTY
  if (toTerminal)
    throw new CommandError('invalid-option', 'The ids are raw bytes; give --out FILE, --count, or a pipe')
  const encoding = await getEncoding(name as EncodingName)
  await using source = await openSource(file)
  const ids = encodeStream(encoding, textOf(source), { allowedSpecial: allowedSpecialOf(special, encoding) })
  if (count) {
    let total = 0
    for await (const piece of ids) total += piece.length
    console.log(total)
  } else if (out === undefined) {
    await pipeline(Readable.from(bytesOf(ids)), process.stdout)
  } else {
    await writeFileAtomically(out, bytesOf(ids))
  }
}

/** The text's bytes, checked to be UTF-8. */
async function* textOf(source: Parameters<typeof readSegment>[0]): AsyncGenerator<Uint8Array> {
  const plain = { format: 'txt', compression: 'none' } as const
  const options = { onError: { 'empty-document': 'skip' } } as const
  for await (const events of readSegment(source, plain, { kind: 'whole' }, options)) {
    for (const event of events) if (event.kind === 'bytes') yield event.bytes
  }
}

async function* bytesOf(ids: AsyncIterable<Uint32Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of ids) yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)
}

/** The name appears when all is there. */
async function writeFileAtomically(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const partial = `${path}.${randomUUID()}.part`
  try {
    await pipeline(Readable.from(bytes), createWriteStream(partial, { flags: 'wx', flush: true }))
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error
    throw new CommandError('invalid-option', `Could not write ${path}: ${code}`, { cause: error })
  }
}

function allowedSpecialOf(special: TokenizeFlags['special'], encoding: Encoding): 'all' | readonly string[] {
  if (special === 'all') return 'all'
  const wanted = special === 'end-of-text' ? encoding.endOfTextId : undefined
  return [...encoding.specialTokens].filter(([, id]) => id === wanted).map(([text]) => text)
}
