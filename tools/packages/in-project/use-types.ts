// Compiled strictly and with the declarations of libraries checked, in both resolutions.
import { readDocuments, type DocumentEvent } from '@sluice/corpus'
import { createDataLoader, type Batch } from '@sluice/dataloader'
import { openDataset, type Dataset } from '@sluice/dataset'
import { createEmbedder, type Embedder } from '@sluice/embedding'
import { resolveRunConfig, runLocally, type RunConfig } from '@sluice/pipeline'
import { openRunClient } from '@sluice/queue'
import { getEncoding, type Encoding } from '@sluice/tokenizer'
import { Generator } from '@sluice/torch-random'

export const encoding: Encoding = await getEncoding('gpt2')
export const config: RunConfig = resolveRunConfig({ corpus: ['book.txt'], maxLength: 4 })
export const generator: Generator = new Generator(123)
export type Used = [DocumentEvent, Batch, Dataset, Embedder]
export const functions = [
  readDocuments,
  createDataLoader,
  openDataset,
  createEmbedder,
  runLocally,
  openRunClient,
]
