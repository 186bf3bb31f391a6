import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveRunConfig, runLocally, type RunOptions } from '@sluice/pipeline'

/** Makes the dataset that `hostileFolders` start from, and a folder beside it with copies of its files. */
export async function makeHostileBase(
  folder: string,
): Promise<{ readonly good: string; readonly outside: string }> {
  const [good, outside, corpus] = ['good', 'outside', 'corpus'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(outside)
  mkdirSync(corpus)
  for (const name of ['a', 'b']) {
    const text = `${name}: the quick brown fox jumps over the lazy dog. `.repeat(8)
    const lines = [{ text, id: name }, { text: 'x', id: null }, { text: `${name} again` }]
    writeFileSync(join(corpus, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  }
  // A table of documents, a list of documents of one id, and lists of texts of any length in the rows.
  const options: Partial<RunOptions> = {
    ...({ maxLength: 8, dim: 2, embeddings: 'lazy', documents: 'boundaries' } as const),
    ...({ boundary: 'document', tail: 'pad', keep: ['id'] } as const),
  }
  await runLocally({ config: resolveRunConfig({ corpus: [corpus], ...options }), out: good, threads: 1 })
  const [part = ''] = readdirSync(join(good, 'parts'))
  copyFileSync(join(good, 'parts', part), join(outside, 'part'))
  copyFileSync(join(good, 'parts', part), join(outside, part))
  const [documents = ''] = readdirSync(join(good, 'documents'))
  const [list = ''] = readdirSync(join(good, 'lists'))
  for (const name of [
    `documents/${documents}`,
    `lists/${list}`,
    'manifest.json',
    'header.json',
    'plan.json',
    'receipts/00000.json',
    'tables/tables.safetensors',
  ])
    copyFileSync(join(good, name), join(outside, name.slice(name.lastIndexOf('/') + 1)))
  writeFileSync(join(outside, 'file'), 'ARROW1\0\0outside')
  return { good, outside }
}
