/**
 * Rows of documents, opened with the readers of their users: pyarrow, polars, DuckDB and the Python reader; means summed up by numpy in the
 * stated order; and a tiny model of transformers, which gets the vectors of each row in place of its ids:
 * `node tools/interop/main.ts documents`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDocumentLoader } from '@sluice/dataloader'
import { openDocuments } from '@sluice/dataset'
import { resolveRunConfig, runLocally, type RunOptions } from '@sluice/pipeline'

const [python = 'python3', script = ''] = process.argv.slice(2)
const reader = fileURLToPath(new URL('../../dataloader/python', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-documents-'))

const run = async (name: string, options: Omit<RunOptions, 'corpus'>): Promise<void> => {
  const corpus = [join(folder, 'corpus.jsonl')]
  await runLocally({
    config: resolveRunConfig({ corpus, per: 'document', ...options }),
    out: join(folder, name),
  })
}

const start = (...stage: readonly string[]): void => {
  const env = { ...process.env, PYTHONPATH: reader }
  const { status } = spawnSync(python, ['-W', 'ignore', script, folder, ...stage], { stdio: 'inherit', env })
  if (status !== 0) throw new Error(`documents.py ${stage.join(' ')} ended with ${status}`)
}

/** What this side's loader gives, for the other side to compare. */
async function writeBatches(name: string): Promise<void> {
  await using dataset = await openDocuments(join(folder, name))
  const options = { batchSize: 7, shuffle: 'keyed', seed: 5, worldSize: 2, rank: 1, dropLast: false } as const
  await using loader = createDocumentLoader(dataset, { ...options, padId: 3, padToMultipleOf: 4 })
  const batches: object[] = []
  for await (const { documents, shape, inputIds = [], attentionMask = [], inputsEmbeds = [] } of loader) {
    const numbers = { inputIds: [...inputIds], attentionMask: [...attentionMask], embeds: [...inputsEmbeds] }
    batches.push({ documents: [...documents], shape, ...numbers })
  }
  writeFileSync(join(folder, `${name}-batches.json`), JSON.stringify(batches))
}

try {
  // The models, their tokenizer, and texts of its words.
  start('draw')
  const plain = { dim: 24, tokenizer: join(folder, 'gpt2'), keep: ['name'] } as const
  await run('full', plain)
  await run('lazy', { ...plain, embeddings: 'lazy' })
  await run('pruned', { ...plain, embeddings: 'lazy', prune: true })
  await run('half', { ...plain, dtype: 'f16', idType: 'uint16', ipc: 'stream' })
  await run('mean', { ...plain, pool: 'mean' })
  for (const model of ['gpt2', 'llama', 'bert']) {
    const asked = { model: join(folder, model), bos: model === 'llama' }
    await run(`${model}-full`, { ...asked, stage: 'first-block', maxLength: 40 })
    await run(`${model}-lazy`, { ...asked, embeddings: 'lazy', maxLength: 40 })
    const lazily = { ...asked, embeddings: 'lazy', reference: true } as const
    await run(`${model}-reference`, { ...lazily, maxLength: 40 })
    await run(`${model}-reference-windows`, { ...lazily, per: 'window', maxLength: 9, tail: 'pad' })
    await writeBatches(`${model}-full`)
    await run(`${model}-mean`, { ...asked, pool: 'mean', maxLength: 40 })
    await run(`${model}-pruned`, { ...asked, embeddings: 'lazy', prune: true, maxLength: 40 })
    const windows = { ...asked, per: 'window', maxLength: 9, tail: 'pad' } as const
    await run(`${model}-windows`, windows)
    await run(`${model}-pruned-windows`, { ...windows, embeddings: 'lazy', prune: true })
  }
  start('check')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
