import type { SourceReader } from '@sluice/dataset'
import { codeOf } from '@sluice/errors'
import { openDatasetTokenizer } from '@sluice/pipeline'
import type { Encoding } from '@sluice/tokenizer'
import { formatBytes, formatCount } from '../terminal/units.ts'

/** `sluice inspect`, as typed. */
export interface InspectFlags {
  readonly rows: number
  readonly json: boolean
}

/** A dataset's tokenizer, if this program has the very same one. */
export async function encodingOf(
  dataset: Parameters<typeof openDatasetTokenizer>[0],
): Promise<Encoding | undefined> {
  try {
    return await openDatasetTokenizer(dataset)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'other-tokenizer' || code === 'unknown-encoding' || code === 'not-found') return undefined
    throw error
  }
}

/** Sources that are shown. */
const shownSources = 10

/** The first sources, each with its identity. */
export async function describeSources(sources: SourceReader): Promise<readonly string[]> {
  const first = await sources.range(0, shownSources)
  const more = sources.count - first.length
  return [
    ...first.map(
      ({ name, sha256, byteLength }) => `  source     ${sha256}  ${name}, ${formatBytes(byteLength)}`,
    ),
    ...(more > 0 ? [`  … and ${formatCount(more)} more sources`] : []),
  ]
}

/** The first of some ids. */
export function idList(ids: readonly number[]): string {
  return `[${ids.slice(0, 12).join(', ')}${ids.length > 12 ? ', …' : ''}]`
}
