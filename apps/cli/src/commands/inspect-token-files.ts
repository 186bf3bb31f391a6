import {
  openSources,
  readDocumentStarts,
  readIdBlocks,
  readTokenManifest,
  type DatasetStorage,
  type TokenManifest,
} from '@sluice/dataset'
import { nameFaults } from '@sluice/pipeline'
import type { Encoding } from '@sluice/tokenizer'
import { describeInputs, describeLeftOut } from '../terminal/left-out.ts'
import { print, printJson, type Line } from '../terminal/output.ts'
import { formatBytes, formatCount, formatPlural } from '../terminal/units.ts'
import { describeSources, encodingOf, idList, type InspectFlags } from './inspect-parts.ts'

/** Ids of a document that are read to show it. */
const shownIds = 64

interface ShownDocument {
  readonly document: number
  /** Place of its first id. */
  readonly start: number
  readonly tokens: number
  /** The first of its ids. */
  readonly ids: readonly number[]
  /** Of these ids; undefined where this program does not know the tokenizer. */
  readonly text: string | undefined
}

/** `sluice inspect` of token files: counts, identities and the first documents. */
export async function inspectTokenFiles(
  storage: DatasetStorage,
  { rows, json }: InspectFlags,
): Promise<void> {
  const manifest = await readTokenManifest(storage)
  const encoding = await encodingOf({ manifest, storage })
  const shown = await readDocuments(storage, manifest, rows, encoding)
  if (json) printJson({ manifest, documents: shown })
  else print(...(await describe(storage, manifest, shown, encoding)))
}

async function readDocuments(
  storage: DatasetStorage,
  manifest: TokenManifest,
  count: number,
  encoding: Encoding | undefined,
): Promise<readonly ShownDocument[]> {
  const starts: number[] = []
  if (count > 0) {
    // One more says where the last one ends.
    for await (const block of readDocumentStarts(storage, manifest).blocks()) {
      starts.push(...block.subarray(0, count + 1 - starts.length))
      if (starts.length > count) break
    }
  }
  const shown: ShownDocument[] = []
  for (const [document, start] of starts.slice(0, count).entries()) {
    const end = starts[document + 1] ?? manifest.totals.tokens
    const ids: number[] = []
    const range = { first: start, end: Math.min(end, start + shownIds) }
    for await (const block of readIdBlocks(storage, manifest, range)) ids.push(...block.ids)
    shown.push({ document, start, tokens: end - start, ids, text: encoding?.decode(ids) })
  }
  return shown
}

async function describe(
  storage: DatasetStorage,
  manifest: TokenManifest,
  documents: readonly ShownDocument[],
  encoding: Encoding | undefined,
): Promise<Line[]> {
  const { totals, files, format, idType, identities, dropped, inputs, planId } = manifest
  const { tokenizer } = identities
  const faults = await nameFaults(storage, manifest)
  return [
    { title: storage.location },
    `  ${formatPlural(totals.tokens, 'token')} in ${formatPlural(totals.documents, 'document')}, token files for ${format}`,
    ...files.map(
      ({ name, byteLength }, index) =>
        `  ${name}  ${formatBytes(byteLength)}, ${index === 0 ? `ids as ${idType}` : 'where each document begins'}`,
    ),
    ...(inputs ? describeInputs(inputs).map((line) => `  ${line}`) : []),
    ...describeLeftOut(dropped, (reason) => faults[reason] ?? []).map((line) => `  ${line}`),
    '',
    { title: 'identities' },
    `  plan       ${planId}`,
    `  tokenizer  ${tokenizer.sha256}  ${tokenizer.name}, ${formatCount(tokenizer.vocabSize)} ids`,
    ...files.map(({ name, sha256 }) => `  file       ${sha256}  ${name}`),
    ...(await describeSources(openSources(storage, manifest.sources))),
    ...(documents.length === 0
      ? []
      : ['', { title: 'first documents' }, ...documents.flatMap(describeDocument)]),
    ...(encoding === undefined
      ? ['', `  text not shown: this program has no tokenizer with the identity of ${tokenizer.name}`]
      : []),
  ]
}

function describeDocument({ document, start, tokens, ids, text }: ShownDocument): readonly string[] {
  return [
    `  document ${document}, ${formatPlural(tokens, 'id')} from place ${formatCount(start)} on`,
    `    ids   ${idList(ids)}`,
    ...(text === undefined ? [] : [`    text  ${JSON.stringify(ids.length < tokens ? `${text}…` : text)}`]),
  ]
}
