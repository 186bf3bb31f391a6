import { DatasetError } from '../errors.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'

/** What a flat export calls a document: a document of the corpus, or the inputs of each window on their own. */
export type SequenceUnit = 'document' | 'window'

/**
 * How the documents of a dataset are found again:
 *
 * - `stream`: windows in their order overlap to one stream of ids, in which documents follow each other.
 * - `cut`: the windows of each document overlap to its text.
 * - `packed`: pieces name their document and their place in it.
 */
export type DocumentRule = 'stream' | 'cut' | 'packed'

type Judged = { readonly rule: DocumentRule } | { readonly reason: string }

/** Decides from the manifest alone how documents are found again, or says why they cannot be. */
function judge({ layout, windows, totals }: DatasetManifest): Judged {
  const { maxLength, documents, pieces } = layout
  const { boundary, stride, packing } = windows
  if (packing === 'best-fit') {
    if (pieces === true) return { rule: 'packed' }
    return { reason: 'is packed and does not say which documents its rows hold' }
  }
  // A window covers its inputs and its last target, so windows may lie one further apart than they have inputs.
  if (stride > maxLength + 1) return { reason: 'leaves out ids between its windows' }
  if (boundary === 'document') {
    return documents === 'none' ? { reason: 'has no document columns' } : { rule: 'cut' }
  }
  if (totals.documents === 1) return { rule: 'stream' }
  if (documents === 'none') return { reason: 'has no document columns' }
  if (stride > maxLength) return { reason: 'does not say which document the last target of a window is of' }
  return { rule: 'stream' }
}

/**
 * Decides what an export calls a document: what was asked for, or documents where the dataset keeps columns about them,
 * else windows.
 *
 * @throws DatasetError `invalid-argument` naming the reason, where documents are wanted and cannot be found again.
 */
export function resolveUnit(
  manifest: DatasetManifest,
  asked: SequenceUnit | undefined,
): { readonly unit: 'window' } | { readonly unit: 'document'; readonly rule: DocumentRule } {
  const judged = judge(manifest)
  const { documents, pieces } = manifest.layout
  const knows = documents !== 'none' || pieces === true
  if (asked === 'window' || (asked === undefined && !knows)) return { unit: 'window' }
  if ('rule' in judged) return { unit: 'document', rule: judged.rule }
  throw new DatasetError(
    'invalid-argument',
    `The dataset ${judged.reason}, so it cannot be exported by document; use \`unit: 'window'\` to export the ` +
      'inputs of each window as a document of its own',
  )
}
