import { DatasetError } from '../errors.ts'
import { partColumnsOf } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import { mostInlineRows } from '../lists/list-kind.ts'
import { makePartList } from '../lists/parts.ts'
import { isSourceList, sourceBytesOf } from '../lists/sources.ts'
import type { PartReceipt } from '../part/receipt.ts'
import { sha256OfJson } from '../storage/publish-json.ts'
import {
  documentManifestVersion,
  listedManifestVersion,
  manifestVersion,
  type DatasetManifest,
  type DatasetTotals,
  type ManifestHeader,
} from './manifest.ts'
import type { ManifestPart } from '../part/receipt.ts'

/** sha256 of a layout's columns: what `identities.schema` holds. */
export function schemaSha256(layout: DatasetLayout): string {
  return sha256OfJson(partColumnsOf(layout))
}

/**
 * Puts a manifest together from its header and the receipts of all parts, in order.
 *
 * @throws DatasetError `incomplete` for a gap, `conflict` for a receipt of another plan.
 */
export function buildManifest(
  header: ManifestHeader,
  receipts: readonly PartReceipt[],
  version: 1 | 2 = manifestVersion,
): DatasetManifest {
  const { partCount, identities, ...rest } = header
  if (receipts.length !== partCount) {
    throw new DatasetError('incomplete', `Expected ${partCount} receipts, got ${receipts.length}`)
  }
  let nextWindow = 0
  const parts = receipts.map((receipt, index): ManifestPart => {
    const { version: _, planId, index: place, ...part } = receipt
    if (planId !== header.planId) {
      const message = `The receipt of part ${index} is of plan ${planId}, expected ${header.planId}`
      throw new DatasetError('conflict', message, { file: receipt.name })
    }
    if (place !== index || part.firstWindow !== nextWindow) {
      const message =
        `Expected part ${index} to begin at window ${nextWindow}, ` +
        `got part ${place} at window ${part.firstWindow}`
      throw new DatasetError('incomplete', message, { file: receipt.name })
    }
    nextWindow += part.rows
    return part
  })
  const partList = version === 2 && parts.length > mostInlineRows ? makePartList(parts).identity : undefined
  const hasLists = partList !== undefined || isSourceList(rest.sources)
  return {
    version: versionFor(header.layout, hasLists ? listedManifestVersion : version),
    ...rest,
    ...(partList && { partList }),
    identities: { ...identities, schema: schemaSha256(header.layout) },
    parts,
    totals: sumTotals(parts, header),
  }
}

function versionFor<V>({ per }: DatasetLayout, ofWindows: V): V | typeof documentManifestVersion {
  return per === 'document' ? documentManifestVersion : ofWindows
}

/** The totals of a list of parts. */
export function sumTotals(
  parts: readonly ManifestPart[],
  { sources }: Pick<DatasetManifest, 'sources'>,
): DatasetTotals {
  return {
    rows: sum(parts.map(({ rows }) => rows)),
    tokens: sum(parts.map(({ tokens }) => tokens)),
    documents: sum(parts.map(({ documents }) => documents)),
    byteLength: sum(parts.map(({ byteLength }) => byteLength)),
    sourceByteLength: sourceBytesOf(sources),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
