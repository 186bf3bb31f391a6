import { DatasetError } from '../errors.ts'
import { partColumnsOf } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { PartReceipt } from '../part/receipt.ts'
import { sha256OfJson } from '../storage/publish-json.ts'
import {
  manifestVersion,
  type DatasetManifest,
  type DatasetTotals,
  type ManifestHeader,
  type ManifestPart,
} from './manifest.ts'

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
  version: DatasetManifest['version'] = manifestVersion,
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
  return {
    version,
    ...rest,
    identities: { ...identities, schema: schemaSha256(header.layout) },
    parts,
    totals: sumTotals(parts, header),
  }
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
    sourceByteLength: sum(sources.map(({ byteLength }) => byteLength)),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
