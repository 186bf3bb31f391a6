import { DatasetError } from '../errors.ts'
import { openCheckpointFile } from '../reader/lazy/checkpoint-file.ts'
import { hashRange } from '../reader/lazy/hash-range.ts'
import { readTensorRange } from '../reader/lazy/load-table.ts'
import { headerName, planName, tablesReceiptName } from '../layout/names.ts'
import type { DatasetManifest, TableIdentity } from '../manifest/manifest.ts'
import { runReading } from '../reader/reading.ts'
import { canonicalJson, sha256OfJson } from '../storage/publish-json.ts'
import { readJson } from '../storage/read-json.ts'
import type { DatasetStorage, ReadHandle } from '../storage/storage.ts'
import { hashObject } from '../reader/hash-object.ts'
import type { Problem } from './problem.ts'

/** Checks the tables and the graph against their hashes. Files that are missing are another check's finding. */
export async function verifyTables(
  storage: DatasetStorage,
  manifest: DatasetManifest,
  checkpoint?: string,
): Promise<Problem[]> {
  const { tables, graph, model } = manifest.identities
  const problems: Problem[] = []
  const check = async (file: string, expected: string, what: string, tableIndex?: number): Promise<void> => {
    if ((await storage.stat(file)) === undefined) return
    const handle = await storage.openRead(file)
    try {
      const table = tableIndex === undefined ? undefined : tables[tableIndex]
      const range = table && (await runReading(readTensorRange(handle, table)))
      const sha256 = await hashObject(handle, range)
      if (sha256 === expected) return
      problems.push({
        code: 'wrong-hash',
        file,
        message: `${what} has sha256 ${sha256}, expected ${expected}`,
      })
    } catch (error) {
      if (!(error instanceof DatasetError) || error.code !== 'corrupt') throw error
      problems.push({ code: 'damaged', file, message: error.message })
    } finally {
      await handle.close()
    }
  }
  for (const [index, table] of tables.entries()) {
    if (table.checkpoint !== undefined) {
      if (checkpoint !== undefined) problems.push(...(await verifyReference(checkpoint, table)))
      continue
    }
    await check(table.file, table.sha256, `${table.name} in ${table.file}`, index)
    if (table.keptIds !== undefined) await check(table.keptIds.file, table.keptIds.sha256, table.keptIds.file)
  }
  if (graph !== null) await check(graph.file, graph.sha256, graph.file)
  if (model !== undefined) await check(model.config.file, model.config.sha256, model.config.file)
  return problems
}

/** Checks a tensor that the dataset only refers to. */
async function verifyReference(checkpoint: string, table: TableIdentity): Promise<Problem[]> {
  let handle: ReadHandle | undefined
  try {
    handle = openCheckpointFile(checkpoint, table)
    const range = await runReading(readTensorRange(handle, table))
    await runReading(hashRange(handle, range, table))
    return []
  } catch (error) {
    if (!(error instanceof DatasetError) || error.code !== 'mismatch') throw error
    return [{ code: 'wrong-checkpoint', file: table.file, message: error.message }]
  } finally {
    await handle?.close()
  }
}

/**
 * Checks that the header and the receipt of the tables say what the manifest says, and that the plan is the one whose id the manifest
 * has. The header and the tables' receipt may be gone: a dataset is whole without them.
 */
export async function verifyStatedAgain(
  storage: DatasetStorage,
  manifest: DatasetManifest,
): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const { file, code, value, what } of statedAgain(manifest)) {
    if (await isAbsent(storage, file)) continue
    const found = await readJson(storage, file).then(canonicalJson).catch(unlessDamaged)
    if (found === canonicalJson(value)) continue
    problems.push({ code, file, message: `${file} is not ${what} of this manifest` })
  }
  if ((await storage.stat(planName)) !== undefined) {
    const found = await readJson(storage, planName).then(sha256OfJson, () => 'no JSON')
    if (found !== manifest.planId) {
      const message = `${planName} has id ${found}, the manifest names ${manifest.planId}`
      problems.push({ code: 'wrong-plan', file: planName, message })
    }
  }
  return problems
}

/** A file that says a part of the manifest over again. */
export interface StatedAgain {
  readonly file: string
  readonly code: 'wrong-header' | 'wrong-receipt'
  readonly value: object
  readonly what: string
}

/** What the header and the receipt of the tables must hold. */
export function statedAgain(manifest: DatasetManifest): readonly StatedAgain[] {
  const { version: _version, totals: _totals, parts, partList: _list, identities, ...rest } = manifest
  const { schema: _schema, ...stated } = identities
  const { tokenizer: _tokenizer, ...made } = stated
  const header = { ...rest, identities: stated, partCount: parts.length }
  const receipt = { version: 1, planId: manifest.planId, identities: made }
  return [
    { file: headerName, code: 'wrong-header', value: header, what: 'the header' },
    { file: tablesReceiptName, code: 'wrong-receipt', value: receipt, what: 'the receipt of the tables' },
  ]
}

/** Nothing has that name: something that is no file does have it. */
async function isAbsent(storage: DatasetStorage, name: string): Promise<boolean> {
  if ((await storage.stat(name)) !== undefined) return false
  const { folder, step } = /^(?:(?<folder>.*)\/)?(?<step>[^/]*)$/.exec(name)!.groups!
  const names = (await storage.list(folder ?? '')).map((entry) => entry.name.replace(/\/$/, ''))
  return !names.includes(step!)
}

function unlessDamaged(error: unknown): undefined {
  const isDamaged = error instanceof DatasetError && ['corrupt', 'invalid-argument'].includes(error.code)
  if (!isDamaged) throw error
}
