import { hashTensor, openModel, type Embedder } from '@sluice/embedding'
import type { Dataset } from '@sluice/dataset'
import { dirname, join } from 'node:path'
import { DataLoaderError } from '../errors.ts'

/** What lazy rows need of an embedder. */
export type RowEmbedder = Pick<Embedder, 'embeddingDim' | 'numPositions' | 'embed' | 'close'>

/**
 * An embedder over the copy of a model in a dataset: its `inputs_embeds`, which have no positions in them. Rows are read when
 * they are first needed.
 *
 * @param verify - prove by its hash that the token table is the one the dataset was made with.
 * @returns undefined for a dataset that was made without a model
 * @throws DataLoaderError `mismatch` where it is not.
 */
export async function openModelEmbedder(dataset: Dataset, verify: boolean): Promise<RowEmbedder | undefined> {
  const { model: planned, tables } = dataset.manifest.identities
  if (planned === undefined) return undefined
  const { dtype, semantics, tokenTensor, config, table } = planned
  // They are opened by path: what is no file of the dataset's own, such as a link that leads out, is refused first.
  for (const { file } of [config, ...tables]) await (await dataset.storage.openRead(file)).close()
  const model = await openModel(join(dataset.storage.location, dirname(config.file)), {
    ...{ computeDtype: dtype, semantics },
    ...(tokenTensor !== undefined && { tokenTensor }),
  })
  const expected = tables.find(({ name }) => name === table)?.sha256
  const found = verify ? await hashTensor(model.tensors.token) : expected
  if (found !== expected) {
    model.close()
    throw new DataLoaderError(
      'mismatch',
      `${table} in ${dataset.storage.location} has sha256 ${found}, the manifest names ${expected}: ` +
        'this is not the model the dataset was made with',
    )
  }
  return {
    embeddingDim: model.embeddingDim,
    numPositions: 0,
    async embed(ids, _positions, output, { signal } = {}) {
      signal?.throwIfAborted()
      model.inputsEmbedsInto(ids, output)
    },
    async close() {
      model.close()
    },
  }
}
