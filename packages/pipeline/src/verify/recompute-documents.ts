import { openDocuments, type DocumentDataset, type RecomputeDocument } from '@sluice/dataset'
import { openFirstBlock } from './first-block-again.ts'
import { runAgain, type MadeAgain, type RecomputeOptions } from './run-again.ts'

/**
 * Makes the rows of a dataset of documents again from the corpus: tokenizes all of it into a temporary dataset of ids, and makes the
 * vectors from the dataset's own tables, one document at a time.
 *
 * @throws RunError `corpus-changed` where a source is not what the manifest says; `poisonous-task` where one of which there are ids could
 * not be read; `forbidden-path` where it may not be
 */
export async function recomputeDocuments(
  dataset: DocumentDataset,
  options: RecomputeOptions,
): Promise<{ readonly recompute: RecomputeDocument } & AsyncDisposable> {
  const { layout } = dataset
  const firstBlock = await openFirstBlock(dataset)
  let made: MadeAgain | undefined
  let again: DocumentDataset | undefined
  const close = async (): Promise<void> => {
    await firstBlock?.close()
    await again?.close()
    await made?.[Symbol.asyncDispose]()
  }
  try {
    made = await runAgain(
      dataset,
      { embeddings: 'none', dtype: 'f32', pool: 'none', prune: false, reference: false },
      options,
    )
    const documents = (again = await openDocuments(made.folder))
    await made.compare(documents)
    return {
      async recompute(document) {
        const { inputIds, offsets, ...place } = await documents.read(document)
        if (inputIds === undefined) throw new Error('Expected ids in a dataset that was made for them')
        if (layout.embedding === 'none') return { ...place, inputIds, offsets }
        const inputsEmbeds = await dataset.embed({ inputIds, offsets })
        if (layout.pool === 'mean')
          return { ...place, offsets, embedding: meanOf(inputsEmbeds, inputIds.length, layout.dim) }
        const block = inputIds.length > 0 ? firstBlock?.of({ inputIds }) : undefined
        return { ...place, inputIds, offsets, inputsEmbeds, ...block }
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The obvious version: one float32 addition after the other, in the order of the positions, and one division. */
function meanOf(vectors: ArrayLike<number>, count: number, dim: number): Float32Array {
  return Float32Array.from({ length: dim }, (_, column) => {
    let sum = Math.fround(0)
    for (let at = 0; at < count; at++) sum = Math.fround(sum + vectors[at * dim + column]!)
    return count === 0 ? 0 : Math.fround(sum / count)
  })
}
