import type { Dataset, DatasetManifest, DatasetStorage } from '@sluice/dataset'
import { tokenizerFileKinds, type Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import { frameOfMarks, marksOfDataset, type MarkChoice } from './document-marks.ts'
import { noTokenizer } from './opaque-ids.ts'
import { openTokenizer, type RunTokenizer, type TokenizerIdentity } from './run-tokenizer.ts'
import { readTokenizerCopy } from './tokenizer-copy.ts'

/**
 * Opens the tokenizer that a dataset's ids are of: the built-in one, or the copy in the dataset.
 *
 * @throws RunError `other-tokenizer` when this program's tokenizer gives other ids; DatasetError `not-found` without the copy
 */
export async function openDatasetTokenizer({
  manifest,
  storage,
}: {
  readonly manifest: { readonly identities: Pick<DatasetManifest['identities'], 'tokenizer'> }
  readonly storage: DatasetStorage
}): Promise<Encoding> {
  const { tokenizer } = manifest.identities
  return openTokenizer(identityOf(tokenizer), { readFile: () => readTokenizerCopy(storage, tokenizer) })
}

/**
 * Opens the tokenizer of a dataset for another run over the same corpus.
 *
 * @throws as {@link openDatasetTokenizer}
 */
export async function reuseDatasetTokenizer(
  dataset: {
    readonly manifest: { readonly identities: Pick<DatasetManifest['identities'], 'tokenizer'> }
    readonly storage: DatasetStorage
  },
  choice: MarkChoice,
): Promise<RunTokenizer> {
  const { tokenizer } = dataset.manifest.identities
  const encoding = await openDatasetTokenizer(dataset)
  const marks = { ...marksOfDataset(encoding, choice), cautions: [] }
  const frame = frameOfMarks(marks)
  const hasFile = tokenizer.kind !== undefined && tokenizer.kind !== noTokenizer
  const bytes = !hasFile ? undefined : await readTokenizerCopy(dataset.storage, tokenizer)
  const identity = {
    ...identityOf(tokenizer),
    vocabSize: encoding.vocabSize,
    endOfTextId: marks.separator.id,
    ...(frame && { frame }),
  }
  return { encoding, identity, bytes, marks }
}

function identityOf({
  kind,
  details,
  ...rest
}: Dataset['manifest']['identities']['tokenizer']): TokenizerIdentity {
  if (kind === undefined) return rest
  const known = [...tokenizerFileKinds, noTokenizer].find((name) => name === kind)
  if (known === undefined) {
    throw new RunError(
      'other-tokenizer',
      `Expected a tokenizer file of the kinds ${tokenizerFileKinds.join(', ')}, got ${kind}; use the version of Sluice that made the dataset`,
    )
  }
  return { ...rest, kind: known, ...(details && { details }) }
}
