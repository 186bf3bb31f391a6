import { join } from 'node:path'
import {
  isSourceList,
  openSources,
  tokenManifestVersion,
  type DatasetManifest,
  type DatasetStorage,
  type DocumentTableIdentity,
  type InputAccount,
  type TokenManifest,
} from '@sluice/dataset'

/** What a finished run made. */
export interface RunSummary {
  readonly planId: string
  /** 0 of token files. */
  readonly windows: number
  /** The dataset was there already, made by an earlier run of the same plan: nothing was done. */
  readonly alreadyDone: boolean
  /** Ids of the corpus, separators included; null where the dataset was there already. */
  readonly tokens: number | null
  readonly documents: number
  /** Bytes of all parts, or of the token files. */
  readonly byteLength: number
  readonly sourceBytes: number
  readonly seconds: number
  /** The execution provider that looked the embeddings up; null where rows hold none. */
  readonly provider: string | null
  /** Path of the first part, or of the ids of token files. */
  readonly firstPart: string
  /** What did not become windows, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Where the first faults of the content are, by reason, the source by its name. */
  readonly faults: Readonly<Record<string, readonly NamedPlace[]>>
  /** Everything that was found where the sources were looked for. */
  readonly inputs: InputAccount
  /** The columns that documents carry along, and how many documents have no value. */
  readonly kept: DocumentTableIdentity['columns']
}

/** Where something of the content was left out or repaired. */
export interface NamedPlace {
  readonly source: string
  /** Bytes before it in the (decompressed) source, or rows in a table. */
  readonly position: number
}

/** What a manifest does not say of a run. */
export interface RunFacts {
  /** Folder of the dataset. */
  readonly out: string
  readonly sourceBytes: number
  readonly seconds: number
  readonly provider: string | null
}

/** Returns the summary of a run by its manifest; ids are counted there only for token files. */
export async function summaryOf(
  storage: DatasetStorage,
  manifest: DatasetManifest | TokenManifest,
  { out, ...facts }: RunFacts,
): Promise<Omit<RunSummary, 'alreadyDone' | 'tokens'>> {
  const { planId, totals, dropped } = manifest
  const isFlat = manifest.version === tokenManifestVersion
  return {
    planId,
    windows: isFlat ? 0 : manifest.totals.rows,
    documents: totals.documents,
    byteLength: totals.byteLength,
    ...facts,
    firstPart: join(out, (isFlat ? manifest.files : manifest.parts)[0]?.name ?? ''),
    dropped,
    faults: await nameFaults(storage, manifest),
    inputs: inputsOf(manifest),
    kept: isFlat ? [] : (manifest.documentTable?.columns ?? []),
  }
}

/** What was found where the corpus of a dataset lies: a manifest says it where it was not all read. */
export function inputsOf({ inputs, sources }: Pick<DatasetManifest, 'inputs' | 'sources'>): InputAccount {
  const read = isSourceList(sources) ? sources.count : sources.length
  return inputs ?? { listed: read, read, skipped: {}, first: {}, followed: 0 }
}

/** Names the sources of a manifest's faults. */
export async function nameFaults(
  storage: DatasetStorage,
  { faults = {}, ...manifest }: Pick<DatasetManifest, 'faults' | 'sources'>,
): Promise<RunSummary['faults']> {
  const sources = openSources(storage, manifest.sources)
  const named: Record<string, NamedPlace[]> = {}
  for (const [reason, places] of Object.entries(faults)) {
    const list = (named[reason] = [] as NamedPlace[])
    for (const { source, position } of places)
      list.push({ source: (await sources.at(source))?.name ?? '', position })
  }
  return named
}
