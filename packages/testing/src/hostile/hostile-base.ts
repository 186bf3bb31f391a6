import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveRunConfig, runLocally } from '@sluice/pipeline'

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
  for (const name of ['a', 'b'])
    writeFileSync(
      join(corpus, `${name}.txt`),
      `${name}: the quick brown fox jumps over the lazy dog. `.repeat(8),
    )
  const options = { maxLength: 8, dim: 2, embeddings: 'lazy', documents: 'boundaries' } as const
  await runLocally({ config: resolveRunConfig({ corpus: [corpus], ...options }), out: good, threads: 1 })
  const [part = ''] = readdirSync(join(good, 'parts'))
  copyFileSync(join(good, 'parts', part), join(outside, 'part'))
  copyFileSync(join(good, 'parts', part), join(outside, part))
  for (const name of [
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
