import { randomUUID } from 'node:crypto'
import { createWriteStream, type Stats } from 'node:fs'
import { realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { codeOf } from '@sluice/errors'
import { CommandError } from '../errors.ts'
import { refuseUrl } from './output-folder.ts'

/**
 * Checks a file that a command will write.
 *
 * @throws CommandError `invalid-option` where it is a URL or a folder, its folder is missing, or it is the command's input,
 *   also by another name
 */
export async function refuseOverwritingInput(out: string, input: string): Promise<void> {
  refuseUrl(out)
  const [output, source, folder] = await Promise.all([out, input, dirname(out)].map(statOrNothing))
  if (folder?.isDirectory() !== true) {
    throw refusal(`Expected --out ${out} to be in a folder that exists, got ${dirname(out)}`)
  }
  if (output?.isDirectory() === true) throw refusal(`Expected --out ${out} to be a file, got a folder`)
  if (output !== undefined && output.isFile() && output.ino === source?.ino && output.dev === source.dev) {
    throw refusal(`Expected --out ${out} to be another file than the text, which it would replace`)
  }
}

/**
 * Writes a file so that its name appears once all of it is there. What is there and is no regular file, such as a pipe
 * or `/dev/null`, is written into and stays.
 *
 * @throws CommandError `output-failed`
 */
export async function writeFileAtomically(out: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const there = await statOrNothing(out)
  if (there !== undefined && !there.isFile()) return write(bytes, out, 'w', out)
  const path = there === undefined ? out : await realpath(out)
  const partial = `${path}.${randomUUID()}.part`
  try {
    await write(bytes, partial, 'wx', out)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {})
    throw error
  }
}

async function write(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  flags: 'w' | 'wx',
  out: string,
): Promise<void> {
  const file = createWriteStream(path, { flags, flush: flags === 'wx' })
  let failure: Error | undefined
  file.on('error', (error) => (failure ??= error))
  try {
    await pipeline(Readable.from(bytes), file)
  } catch (error) {
    // Reading the text can fail as well, and its error is passed on as it is.
    if (failure === undefined || failure !== error) throw error
    throw new CommandError('output-failed', `Could not write ${out}: ${codeOf(error)}`, { cause: error })
  }
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined)
}

function refusal(message: string): CommandError {
  return new CommandError('invalid-option', message)
}
