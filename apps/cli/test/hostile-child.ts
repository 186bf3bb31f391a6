/** Does everything that opens a dataset with each folder that it is told of, and says what came of it. */
import dns from 'node:dns'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDataLoader } from '@sluice/dataloader'
import {
  exportDataset,
  folderStorage,
  openDataset,
  planRepair,
  applyRepair,
  verifyDataset,
} from '@sluice/dataset'
import { isSluiceError } from '@sluice/errors'
import { recomputeWindows } from '@sluice/pipeline'
import { inspect } from '../src/commands/inspect.ts'

const sent: string[] = []
net.Socket.prototype.connect = function (...args: unknown[]) {
  sent.push(JSON.stringify(args[0]))
  throw new Error('nothing is to be sent')
}
dns.lookup = ((name: string) => {
  sent.push(name)
  throw new Error('no name is to be asked for')
}) as unknown as typeof dns.lookup

const read = async (folder: string): Promise<string> => {
  await using dataset = await openDataset(folder)
  let rows = 0
  for await (const batch of dataset.batches()) rows += (await dataset.embed(batch)).rows
  const documents = await dataset.documents?.read(0, dataset.documents.length)
  return `accepted ${rows} rows of ${documents?.length}`
}

const operations: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  read,
  async verify(folder) {
    const { problems } = await verifyDataset(folderStorage(folder))
    return problems.length === 0 ? 'accepted' : problems.map(({ code }) => code).join()
  },
  async deep(folder) {
    await using dataset = await openDataset(folder)
    await using again = await recomputeWindows(dataset, { roots: [], signal: AbortSignal.timeout(120_000) })
    return `accepted ${typeof again.recompute}`
  },
  async load(folder) {
    await using dataset = await openDataset(folder)
    await using loader = await createDataLoader(dataset, { batchSize: 2, shuffle: false })
    let rows = 0
    for await (const batch of loader) rows += batch.inputIds.length / 8
    return `accepted ${rows}`
  },
  async inspect(folder) {
    await inspect(folder, { rows: 2, json: true })
    return 'accepted'
  },
  async export(folder) {
    const out = mkdtempSync(join(tmpdir(), 'sluice-hostile-'))
    try {
      await using dataset = await openDataset(folder)
      for (const to of ['tokens', 'parquet'] as const)
        await exportDataset(dataset, { to, out: join(out, to), ...(to === 'tokens' && { unit: 'window' }) })
      await exportDataset(dataset, { to: 'megatron', out: join(out, 'documents') })
      return 'accepted'
    } finally {
      rmSync(out, { recursive: true })
    }
  },
  async repair(folder) {
    const storage = folderStorage(folder)
    const plan = await planRepair(storage, { reopen: true })
    await applyRepair(storage, plan)
    return `accepted ${plan.actions.length}`
  },
}

process.on('message', (folder: string) => {
  void (async () => {
    for (const [name, work] of Object.entries(operations)) {
      const started = performance.now()
      let outcome: string
      try {
        outcome = await work(folder)
      } catch (error) {
        outcome = isSluiceError(error) ? `${error.code}: ${error.message}` : `THREW ${(error as Error).stack}`
      }
      const memory = Math.round(process.resourceUsage().maxRSS / 1024)
      process.send!({ name, outcome, ms: performance.now() - started, memory, sent })
    }
    process.send!('done')
  })()
})
