import {
  folderStorage,
  holdsDocuments,
  holdsTokenFiles,
  openDataset,
  textAt,
  type Dataset,
} from '@sluice/dataset'
import { knowsTexts } from '@sluice/pipeline'
import type { Encoding } from '@sluice/tokenizer'
import { print, printJson } from '../terminal/output.ts'
import { describeDataset, jsonOf } from './describe-dataset.ts'
import { inspectDocuments } from './inspect-documents.ts'
import { inspectTokenFiles } from './inspect-token-files.ts'
import { encodingOf, idList, type InspectFlags } from './inspect-parts.ts'

export async function inspect(dir: string, { rows, json }: InspectFlags): Promise<void> {
  const storage = folderStorage(dir)
  if (await holdsTokenFiles(storage)) return inspectTokenFiles(storage, { rows, json })
  if (await holdsDocuments(storage)) return inspectDocuments(storage, { rows, json })
  await using dataset = await openDataset(storage)
  const encoding = await encodingOf(dataset)
  const shown = await readRows(dataset, Math.min(rows, dataset.length), encoding)
  if (json) printJson(jsonOf(dataset, shown, encoding))
  else print(...(await describeDataset(dataset, shown.map(describeRow), encoding)))
}

interface ShownRow {
  readonly window: number
  readonly source: string
  readonly byteStart: number
  readonly byteEnd: number
  /** Number of the document that the window begins in; undefined where the dataset does not say. */
  readonly document: number | undefined
  /** What that document carries along. */
  readonly kept: Readonly<Record<string, string | null>> | undefined
  readonly inputIds: readonly number[]
  readonly targetIds: readonly number[]
  /** Undefined where this program does not know the tokenizer. */
  readonly text: string | undefined
  /** The first numbers of the first id's embedding. */
  readonly embedding: readonly number[] | undefined
}

async function readRows(
  dataset: Dataset,
  count: number,
  encoding: Encoding | undefined,
): Promise<ShownRow[]> {
  if (count === 0) return []
  const batch = await dataset.read(0, count, { embeds: dataset.hasEmbeddings })
  const { maxLength, dim, kept } = dataset.layout
  const keptNames = kept?.names ?? []
  const names = await Promise.all(Array.from(batch.source, (source) => nameOf(dataset, source)))
  return Array.from({ length: count }, (_, row) => {
    const inputIds = [...batch.inputIds.subarray(row * maxLength, (row + 1) * maxLength)]
    const embeds = batch.inputsEmbeds
    return {
      window: Number(batch.window[row]),
      source: names[row] ?? '?',
      byteStart: Number(batch.byteStart[row]),
      byteEnd: Number(batch.byteEnd[row]),
      document: batch.document && Number(batch.document[row]),
      kept:
        batch.kept &&
        Object.fromEntries(batch.kept.map((texts, place) => [keptNames[place]!, textAt(texts, row)])),
      inputIds,
      targetIds: [...batch.targetIds.subarray(row * maxLength, (row + 1) * maxLength)],
      text: encoding !== undefined && knowsTexts(encoding) ? encoding.decode(inputIds) : undefined,
      embedding:
        embeds instanceof Float32Array
          ? [...embeds.subarray(row * maxLength * dim).subarray(0, Math.min(4, dim))]
          : undefined,
    }
  })
}

async function nameOf({ sources }: Dataset, source: number): Promise<string> {
  return (await sources.at(source))?.name ?? '?'
}

function describeRow({
  window,
  source,
  document,
  kept,
  byteStart,
  byteEnd,
  inputIds,
  targetIds,
  text,
  embedding,
}: ShownRow): string[] {
  const lines = [
    `  window ${window}, ${source} bytes ${byteStart}–${byteEnd}${document === undefined ? '' : `, document ${document}`}`,
    `    input_ids     ${idList(inputIds)}`,
    `    target_ids    ${idList(targetIds)}`,
  ]
  for (const [name, value] of Object.entries(kept ?? {}))
    lines.push(`    ${name.padEnd(13)} ${JSON.stringify(value)}`)
  if (text !== undefined)
    lines.push(`    text          ${JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)}`)
  if (embedding !== undefined)
    lines.push(
      `    inputs_embeds [${embedding.map((value) => value.toFixed(4)).join(', ')}, …] at position 0`,
    )
  return lines
}
