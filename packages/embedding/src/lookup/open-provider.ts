import type { Lookup } from './lookup.ts'
import { createOrtLookup, type OrtSettings } from './ort-lookup.ts'
import type { Provider } from './provider.ts'
import type { SharedTables } from './shared-tables.ts'
import type { TableSource } from './table-source.ts'
import { createWasmLookup } from './wasm-lookup.ts'

/**
 * Opens one provider; no operator runs elsewhere.
 *
 * @throws EmbeddingError `provider-unavailable`, saying what is missing and how to get it.
 */
export async function openProvider(
  provider: Provider,
  source: TableSource,
  { shared, ...settings }: Omit<OrtSettings, 'provider'> & { readonly shared?: SharedTables | undefined },
): Promise<Lookup> {
  return provider === 'wasm'
    ? createWasmLookup(source, shared)
    : createOrtLookup(source, { ...settings, provider })
}
