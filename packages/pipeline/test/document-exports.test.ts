import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportDocuments, openDocuments, textAt } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'

const gpt2 = await getEncoding('gpt2')

test('kept values, a split and every export go with rows of documents', async () => {
  const folder = temporaryFolder()
  const corpus = [join(folder, 'a.jsonl')]
  const lines = Array.from({ length: 40 }, (_, at) => ({
    text: `text ${at} `.repeat((at % 5) + 1),
    id: `n${at}`,
  }))
  writeFileSync(corpus[0]!, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const out = join(folder, 'out')
  const options: RunOptions = {
    ...({ corpus, per: 'document', dim: 3, keep: ['id'] } as const),
    split: { validation: 0.3 },
  }
  await runLocally({ config: resolveRunConfig(options), out, threads: 1 })
  const found: string[] = []
  for (const side of ['train', 'validation']) {
    await using dataset = await openDocuments(join(out, side))
    const batch = await dataset.read(0, dataset.length)
    for (let row = 0; row < batch.rows; row++) {
      const id = textAt(batch.kept![0]!, row)!
      const ids = batch.inputIds!.subarray(batch.offsets[row], batch.offsets[row + 1])
      expect(gpt2.decode([...ids])).toBe(lines[Number(id.slice(1))]!.text)
      found.push(id)
      expect(await dataset.documents!.read(row)).toMatchObject([{ document: row, kept: [id] }])
    }
    const root = temporaryFolder()
    for (const to of ['tokens', 'megatron', 'npy'] as const)
      await exportDocuments(dataset, { to, out: join(root, to) })
    expect(readdirSync(join(root, 'npy')).toSorted()).toEqual([
      ...['byte_end.npy', 'byte_start.npy', 'document.npy', 'id.npy', 'id_offsets.npy', 'id_valid.npy'],
      ...['input_ids.npy', 'inputs_embeds.npy', 'offsets.npy', 'source.npy'],
    ])
    // Token files are what a run makes of the same documents.
    const ids = readFileSync(join(root, 'tokens', 'tokens.bin'))
    expect([...new Uint32Array(Uint8Array.from(ids).buffer)]).toEqual([...batch.inputIds!])
    await expect(exportDocuments(dataset, { to: 'hf', out: join(root, 'hf') })).rejects.toThrow(
      'A dataset with a row for each document is exported to tokens, megatron and npy, got hf',
    )
  }
  expect(found.toSorted()).toEqual(lines.map(({ id }) => id).toSorted())
})
