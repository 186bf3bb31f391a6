import { createHash, randomUUID, type Hash } from 'node:crypto'
import { mkdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfinedFolder } from '@sluice/confined-file'
import type { ByteSource, SourceIdentity } from '../bytes/byte-source.ts'

/** A copy on the local disk. */
export interface SpooledSource {
  /** `FOLDER/<sha256>-<name>`: the content is in the name, the extension is kept for the format. */
  readonly path: string
  readonly identity: SourceIdentity & { readonly sha256: string }
}

/**
 * Copies a source into a folder: standard input to read it more than once, a download to cut it into segments. The copy
 * appears under its name only when it is complete and on the disk. A download with a strong ETag that was broken off,
 * even by the end of the process, resumes where it was at the next call.
 *
 * @param folder trusted path, made if it is missing
 * @param below a folder in it that others may write to: no link is followed on the way to it, or in it
 * @throws ConfinedFileError `not-a-folder`, `not-a-file`; errors of the system
 */
export async function spoolSource(source: ByteSource, folder: string, below = ''): Promise<SpooledSource> {
  await mkdir(folder, { recursive: true })
  await using outer = await ConfinedFolder.open(folder)
  if (below === '') return await spoolInto(source, outer, folder)
  await using inner = await outer.makeFolder(below)
  return await spoolInto(source, inner, join(folder, below))
}

async function spoolInto(source: ByteSource, home: ConfinedFolder, folder: string): Promise<SpooledSource> {
  const partial = `${partialName(source)}.part`
  const handle = await home.openForUpdate(partial)
  const hash = createHash('sha256')
  let byteLength = 0
  try {
    byteLength = await hashExisting(handle, source, hash)
    for await (const chunk of source.stream(byteLength === 0 ? {} : { start: byteLength })) {
      await writeAll(handle, chunk, byteLength)
      hash.update(chunk)
      byteLength += chunk.length
    }
    await handle.truncate(byteLength)
    await handle.sync()
  } finally {
    await handle.close()
  }
  const sha256 = hash.digest('hex')
  const name = `${sha256}-${plainName(source.name)}`
  await home.rename(partial, home, name)
  await home.sync()
  return { path: join(folder, name), identity: { byteLength, sha256 } }
}

/** Stable for a strong ETag, otherwise random. */
function partialName({ seekable, name, etag, byteLength }: ByteSource): string {
  if (!seekable || etag === undefined) return randomUUID()
  return createHash('sha256')
    .update(JSON.stringify([name, etag, byteLength]))
    .digest('hex')
}

async function hashExisting(handle: FileHandle, source: ByteSource, hash: Hash): Promise<number> {
  const { size } = await handle.stat()
  const existing = Math.min(size, source.byteLength ?? 0)
  const buffer = new Uint8Array(1 << 20)
  let at = 0
  while (at < existing) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, existing - at), at)
    if (bytesRead === 0) break
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return at
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

/** Letters, digits, dots, dashes: the end of a name, with its extensions. */
function plainName(name: string): string {
  const path = name.replace(/\?.*$/s, '')
  const plain = path
    .slice(path.lastIndexOf('/') + 1)
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(-80)
  return plain === '' || plain === '-' ? 'input' : plain
}
