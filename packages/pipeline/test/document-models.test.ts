import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { folderStorage, openDocuments, verifyDataset } from '@sluice/dataset'
import { openModel } from '@sluice/embedding'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import { recomputeDocuments, resolveRunConfig, runLocally } from '../src/index.ts'
import { writeSources } from './run-folder.ts'
import { copyTinyModel, readIds, readTensorBytes, textOf, tinyModels } from './tiny-model.ts'

describe('the documents of the tiny models of transformers', () => {
  const goldens = globSync('*/bf16/expected.safetensors', { cwd: tinyModels }).toSorted()

  test.each(goldens)('are those of %s', async (golden) => {
    const path = join(tinyModels, golden)
    const ids = readIds(path)
    const folder = temporaryFolder()
    const model = copyTinyModel(dirname(golden), join(folder, 'model'))
    const corpus = join(folder, 'corpus.jsonl')
    // Each golden row is a document; so are some of its beginnings.
    const documents = [ids.subarray(0, 7), ids.subarray(7, 14), ids.subarray(0, 3), ids.subarray(14, 21)]
    writeFileSync(corpus, documents.map((each) => `${JSON.stringify({ text: textOf(each) })}\n`).join(''))
    const out = join(folder, 'out')
    const config = resolveRunConfig({
      ...({ corpus: [corpus], model, per: 'document', stage: 'first-block', maxLength: 7 } as const),
    })
    await runLocally({ config, out, threads: 1 })
    await using dataset = await openDocuments(out)
    const { inputIds, offsets, inputsEmbeds, firstBlock } = await dataset.read(0, 4)
    expect([...offsets]).toEqual([0, 7, 14, 17, 24])
    const { dim, firstBlockDim = 0 } = dataset.layout
    const golds = readTensorBytes(path, 'inputs_embeds')
    const bytes = Buffer.from(inputsEmbeds!.buffer, inputsEmbeds!.byteOffset, inputsEmbeds!.byteLength)
    const rowBytes = dim * inputsEmbeds!.BYTES_PER_ELEMENT
    expect(bytes.subarray(0, 14 * rowBytes).equals(golds.subarray(0, 14 * rowBytes))).toBe(true)
    expect(bytes.subarray(17 * rowBytes).equals(golds.subarray(14 * rowBytes, 21 * rowBytes))).toBe(true)
    const opened = await openModel(model)
    const block = await opened.loadFirstBlock()
    for (const [row, each] of documents.entries()) {
      const own = inputIds!.subarray(offsets[row], offsets[row + 1]) as Int32Array
      expect(own).toEqual(Int32Array.from(each))
      const vectors = block.compute(opened.inputsEmbeds(own), { ids: own, length: own.length })
      const stored = firstBlock!.subarray(offsets[row]! * firstBlockDim, offsets[row + 1]! * firstBlockDim)
      expect(stored.length).toBe(vectors.length)
      if (stored instanceof Float32Array) expect(stored).toEqual(vectors)
    }
    opened.close()
    await using again = await recomputeDocuments(dataset, {
      roots: [folder],
      signal: new AbortController().signal,
    })
    const deep = { documents: 4, recompute: again.recompute }
    expect((await verifyDataset(folderStorage(out), { deep })).problems).toEqual([])
  })
})

test("what a model's tokenizer puts around a text stays where a document is cut off", async () => {
  const folder = temporaryFolder()
  const model = copyTinyModel('bert/f32', join(folder, 'model'))
  const path = join(model, 'tokenizer.json')
  const special = (token: string, id: number): object => ({
    [token]: { id: token, ids: [id], tokens: [token] },
  })
  const piece = (id: string): object => ({ SpecialToken: { id, type_id: 0 } })
  const sequence = { Sequence: { id: 'A', type_id: 0 } }
  const template = {
    ...{ type: 'TemplateProcessing', single: [piece('t1'), sequence, piece('t2')] },
    pair: [piece('t1'), sequence, piece('t2'), { Sequence: { id: 'B', type_id: 1 } }, piece('t2')],
    special_tokens: { ...special('t1', 1), ...special('t2', 2) },
  }
  const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...tokenizer, post_processor: template }))
  const corpus = writeSources(folder, [{ jsonl: [textOf([9, 8, 7, 6, 5, 4]), textOf([3])] }])
  const options = { corpus, model, per: 'document', specialTokens: 'model', embeddings: 'lazy' } as const
  const out = join(folder, 'out')
  await runLocally({ config: resolveRunConfig({ ...options, maxLength: 5 }), out, threads: 1 })
  await using dataset = await openDocuments(out)
  const { inputIds, offsets, byteStart, byteEnd } = await dataset.read(0, 2)
  expect([...inputIds!]).toEqual([1, 9, 8, 7, 2, 1, 3, 2])
  expect([...offsets]).toEqual([0, 5, 8])
  expect(byteEnd[0]).toBeGreaterThan(byteStart[0]!)
  await expect(
    runLocally({ config: resolveRunConfig({ ...options, maxLength: 2 }), out: join(folder, 'none') }),
  ).rejects.toThrow('Expected `maxLength` to be more than 2, the ids around each document, got 2')
})
