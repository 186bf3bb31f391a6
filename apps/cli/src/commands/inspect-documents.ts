import { openDocuments, textAt, type DatasetStorage, type DocumentDataset } from '@sluice/dataset'
import { knowsTexts } from '@sluice/pipeline'
import type { Encoding } from '@sluice/tokenizer'
import { print, printJson } from '../terminal/output.ts'
import { formatPlural } from '../terminal/units.ts'
import { describeDataset, jsonOf } from './describe-dataset.ts'
import { encodingOf, idList, type InspectFlags } from './inspect-parts.ts'

/** Shows a dataset with a row for each document. */
export async function inspectDocuments(storage: DatasetStorage, { rows, json }: InspectFlags): Promise<void> {
  await using dataset = await openDocuments(storage)
  const encoding = await encodingOf(dataset)
  const shown: ShownDocument[] = []
  for (let document = 0; document < Math.min(rows, dataset.length); document++)
    shown.push(await readDocument(dataset, document, encoding))
  if (json) printJson(jsonOf(dataset, shown, encoding))
  else print(...(await describeDataset(dataset, shown.map(describeDocument), encoding)))
}

interface ShownDocument {
  readonly document: number
  readonly source: string
  readonly byteStart: number
  readonly byteEnd: number
  readonly kept: Readonly<Record<string, string | null>> | undefined
  readonly tokens: number
  /** Undefined of means. */
  readonly inputIds: readonly number[] | undefined
  /** Undefined of means, and where this program does not know the tokenizer. */
  readonly text: string | undefined
  /** The first numbers of the first id's embedding, or of the mean. */
  readonly embedding: readonly number[] | undefined
}

async function readDocument(
  dataset: DocumentDataset,
  document: number,
  encoding: Encoding | undefined,
): Promise<ShownDocument> {
  const { inputIds, inputsEmbeds, embedding, kept, offsets, ...place } = await dataset.read(document, 1, {
    embeds: dataset.hasEmbeddings,
  })
  const names = dataset.layout.kept?.names ?? []
  const vectors = embedding ?? inputsEmbeds
  const isText = encoding !== undefined && inputIds !== undefined && knowsTexts(encoding)
  return {
    document,
    source: (await dataset.sources.at(place.source[0]!))?.name ?? '?',
    byteStart: Number(place.byteStart[0]),
    byteEnd: Number(place.byteEnd[0]),
    kept: kept && Object.fromEntries(kept.map((texts, column) => [names[column]!, textAt(texts, 0)])),
    tokens: offsets[1]!,
    inputIds: inputIds && [...inputIds],
    text: isText ? encoding.decode([...inputIds]) : undefined,
    embedding:
      vectors instanceof Float32Array ? [...vectors.subarray(0, Math.min(4, dataset.layout.dim))] : undefined,
  }
}

function describeDocument(shown: ShownDocument): string[] {
  const { document, source, byteStart, byteEnd, kept, tokens, inputIds, text, embedding } = shown
  const lines = [
    `  document ${document}, ${source} bytes ${byteStart}–${byteEnd}, ${formatPlural(tokens, 'token')}`,
  ]
  if (inputIds !== undefined) lines.push(`    input_ids     ${idList(inputIds)}`)
  for (const [name, value] of Object.entries(kept ?? {}))
    lines.push(`    ${name.padEnd(13)} ${JSON.stringify(value)}`)
  if (text !== undefined)
    lines.push(`    text          ${JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)}`)
  if (embedding !== undefined && embedding.length > 0) {
    const numbers = embedding.map((value) => value.toFixed(4)).join(', ')
    const which = inputIds === undefined ? 'embedding    ' : 'inputs_embeds'
    lines.push(`    ${which} [${numbers}, …]${inputIds === undefined ? '' : ' at position 0'}`)
  }
  return lines
}
