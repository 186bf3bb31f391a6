import { DatasetError } from '../errors.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { ManifestPart } from '../part/receipt.ts'
import { expectedPart, PartReader } from '../reader/part-reader.ts'
import { runReading } from '../reader/reading.ts'
import { holdSmall } from '../storage/small-object.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { hashObject } from '../reader/hash-object.ts'
import type { Problem } from './problem.ts'

/** Checks one part from its first byte to its last: size, hash, structure, and that its rows are those of its place. */
export async function verifyPart(
  storage: DatasetStorage,
  manifest: Pick<DatasetManifest, 'layout' | 'windows' | 'totals'>,
  part: ManifestPart,
  signal: AbortSignal | undefined,
): Promise<Problem[]> {
  const file = part.name
  const problems: Problem[] = []
  const opened = await storage.openRead(file)
  try {
    if (opened.byteLength !== part.byteLength) {
      const message = `${file} has ${opened.byteLength} bytes, expected ${part.byteLength}`
      return [{ code: 'wrong-size', file, position: Math.min(opened.byteLength, part.byteLength), message }]
    }
    // What is hashed is what is looked at.
    const handle = await holdSmall(opened)
    const sha256 = await hashObject(handle, signal && { signal })
    if (sha256 !== part.sha256) {
      const message = `${file} has sha256 ${sha256}, expected ${part.sha256}: its bytes were changed`
      problems.push({ code: 'wrong-hash', file, message })
    }
    const reader = await runReading(PartReader.open(handle, expectedPart(part, manifest.layout)))
    for (let batch = 0, row = 0; batch < reader.batches; row += reader.body(batch).plan.rows, batch++)
      await checkWindows(reader, batch, part, manifest, row)
    return problems
  } catch (error) {
    if (!(error instanceof DatasetError) || error.code !== 'corrupt') throw error
    const { message, position } = error
    return [...problems, { code: 'damaged', file, message, ...(position !== undefined && { position }) }]
  } finally {
    await opened.close()
  }
}

/** The column `window` (of documents `document`) must count on from the part's first row, or hold numbers of windows in some order. */
async function checkWindows(
  reader: PartReader,
  batch: number,
  part: ManifestPart,
  { layout, windows: { shuffle }, totals }: Pick<DatasetManifest, 'layout' | 'windows' | 'totals'>,
  firstRow: number,
): Promise<void> {
  const { handle, position, plan } = reader.body(batch)
  const name = layout.per ?? 'window'
  const { data } = plan.columns.find(({ column }) => column.name === name)!
  const windows = new BigInt64Array(plan.rows)
  const at = position + data.offset
  await handle.read(new Uint8Array(windows.buffer), at)
  if (shuffle !== undefined) {
    const outside = windows.findIndex((window) => window < 0n || window >= BigInt(totals.rows))
    if (outside === -1) return
    const message = `${part.name} has ${name} ${windows[outside]} at byte ${at + 8 * outside}, expected one of ${totals.rows}`
    throw new DatasetError('corrupt', message, { file: part.name, position: at + 8 * outside })
  }
  const first = BigInt(part.firstWindow + firstRow)
  const wrong = windows.findIndex((window, row) => window !== first + BigInt(row))
  if (wrong === -1) return
  const message = `${part.name} has ${name} ${windows[wrong]} at byte ${at + 8 * wrong}, expected ${first + BigInt(wrong)}`
  throw new DatasetError('corrupt', message, { file: part.name, position: at + 8 * wrong })
}
