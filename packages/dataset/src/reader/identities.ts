import { DatasetError } from '../errors.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'

/** Hashes that a dataset is expected to state. */
export interface ExpectedIdentities {
  readonly planId?: string
  /** sha256 of the tokenizer. */
  readonly tokenizer?: string
  /** sha256 of each table by its name, such as `wte.weight`. */
  readonly tables?: Readonly<Record<string, string>>
  /** sha256 of the ONNX graph. */
  readonly graph?: string
}

/** @throws DatasetError `mismatch` naming the first identity that differs. */
export function checkIdentities(
  manifest: DatasetManifest,
  expected: ExpectedIdentities,
  location: string,
): void {
  const check = (what: string, want: string | undefined, found: string | undefined): void => {
    if (want === undefined || want === found) return
    throw new DatasetError(
      'mismatch',
      `${location} was made with ${what} ${found ?? 'none'}, expected ${want}; ` +
        'use the one it was made with, or make the dataset again',
    )
  }
  const { tokenizer, tables, graph } = manifest.identities
  check('plan', expected.planId, manifest.planId)
  check(`tokenizer ${tokenizer.name}`, expected.tokenizer, tokenizer.sha256)
  for (const [name, want] of Object.entries(expected.tables ?? {})) {
    check(`table ${name}`, want, tables.find((table) => table.name === name)?.sha256)
  }
  check('graph', expected.graph, graph?.sha256)
}
