import {
  isSourceList,
  openSources,
  type DatasetManifest,
  type DatasetStorage,
  type DocumentTableIdentity,
  type InputAccount,
} from '@sluice/dataset'

/** What a finished run made. */
export interface RunSummary {
  readonly planId: string
  readonly windows: number
  /** The dataset was there already, made by an earlier run of the same plan: nothing was done. */
  readonly alreadyDone: boolean
  /** Ids of the corpus, separators included; null where the dataset was there already. */
  readonly tokens: number | null
  /** Bytes of all parts. */
  readonly byteLength: number
  readonly sourceBytes: number
  readonly seconds: number
  /** The execution provider that looked the embeddings up; null where rows hold none. */
  readonly provider: string | null
  /** Path of the first part. */
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

/** What was found where the corpus of a dataset lies: a manifest says it where it was not all read. */
export function inputsOf({ inputs, sources }: DatasetManifest): InputAccount {
  const read = isSourceList(sources) ? sources.count : sources.length
  return inputs ?? { listed: read, read, skipped: {}, first: {}, followed: 0 }
}

/** Names the sources of a manifest's faults. */
export async function nameFaults(
  storage: DatasetStorage,
  { faults = {}, ...manifest }: DatasetManifest,
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
