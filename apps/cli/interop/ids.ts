/**
 * Corpora of ids as numpy, pyarrow and datasets write them, and the ids around documents as transformers' `tokenizer(text)` puts them
 * there; read with the Python reader: `node tools/interop/main.ts ids`.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { resolveRunConfig, runLocally, type RunOptions } from '@sluice/pipeline'

const [python = 'python3', script = ''] = process.argv.slice(2)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-ids-'))

/** Tokenizers with ids around a text, by their fixtures. */
const framing = ['llama3', 'bert-cased', 'roberta', 'modernbert', 'sequence-post']

function call(...args: readonly string[]): void {
  const { status } = spawnSync(python, ['-W', 'ignore', script, ...args], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`ids.py ended with ${status}`)
}

async function run(out: string, options: Partial<RunOptions> & Pick<RunOptions, 'corpus'>): Promise<void> {
  const config = resolveRunConfig({ maxLength: 16, embeddings: 'none', documents: 'ids', ...options })
  await runLocally({ config, out: join(folder, out), threads: 1 })
}

try {
  for (const name of framing) {
    const fixture = new URL(
      `packages/tokenizer/test/fixtures/tokenizer-json/${name}.json.gz`,
      `file://${root}/`,
    )
    const { tokenizer, texts } = JSON.parse(gunzipSync(readFileSync(fixture)).toString('utf8')) as {
      readonly tokenizer: unknown
      readonly texts: readonly string[]
    }
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'tokenizer.json'), JSON.stringify(tokenizer))
    const usable = texts.filter((text) => text !== '' && text.isWellFormed()).slice(0, 300)
    const lines = usable.map((text) => `${JSON.stringify({ text })}\n`).join('')
    writeFileSync(join(folder, name, 'texts.jsonl'), lines)
  }
  call('write', folder, ...framing)

  const at = (file: string): string[] => [join(folder, file)]
  const shared = { format: 'ids', vocabSize: 50_257, separatorId: '50256' } as const
  await run('from-bin', { ...shared, corpus: at('train.bin'), idDtype: 'uint16', endId: 50_256 })
  await run('from-vector', { ...shared, corpus: at('vector.npy'), endId: 50_256 })
  await run('from-parquet', { ...shared, corpus: at('lists.parquet') })
  await run('from-saved', { ...shared, corpus: at('saved') })
  await run('from-lines', { ...shared, corpus: at('lists.jsonl') })
  await run('from-rows', { ...shared, corpus: at('rows.npy'), embeddings: 'lazy', dim: 4 })
  for (const name of framing) {
    const corpus = [join(folder, name, 'texts.jsonl')]
    const tokenizer = join(folder, name)
    await run(`around-${name}`, {
      corpus,
      tokenizer,
      specialTokens: 'model',
      special: 'all',
      maxLength: 1,
      separatorId: '0',
    })
  }
  call('check', folder, join(root, 'packages/dataloader/python'), ...framing)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
