import {
  folderStorage,
  holdsTokenFiles,
  manifestFileOf,
  openDataset,
  partColumnsOf,
  textAt,
  type Column,
  type Dataset,
  type DatasetManifest,
  type TextColumn,
} from '@sluice/dataset'
import { isSluiceError } from '@sluice/errors'
import { knowsTexts, marksOfDataset, nameFaults, resolveRunConfig, type RunOptions } from '@sluice/pipeline'
import type { Encoding } from '@sluice/tokenizer'
import { describeInputs, describeLeftOut } from '../terminal/left-out.ts'
import { describeEngine, describeMarks } from '../terminal/marks.ts'
import { print, printJson, type Line } from '../terminal/output.ts'
import { formatBytes, formatCount, formatPlural } from '../terminal/units.ts'
import { inspectTokenFiles } from './inspect-token-files.ts'
import { describeSources, encodingOf, idList, type InspectFlags } from './inspect-parts.ts'

export async function inspect(dir: string, { rows, json }: InspectFlags): Promise<void> {
  const storage = folderStorage(dir)
  if (await holdsTokenFiles(storage)) return inspectTokenFiles(storage, { rows, json })
  await using dataset = await openDataset(storage)
  const encoding = await encodingOf(dataset)
  const shown = await readRows(dataset, Math.min(rows, dataset.length), encoding)
  if (json) {
    const schema = partColumnsOf(dataset.layout).map((column) => ({
      name: column.name,
      type: typeName(column),
    }))
    const marks = marksOf(dataset.manifest, encoding) ?? null
    printJson({ manifest: manifestFileOf(dataset.manifest), schema, marks, rows: shown })
    return
  }
  print(...(await describe(dataset, shown, encoding)))
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
  const batch = await dataset.read(0, count)
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

async function describe(
  dataset: Dataset,
  rows: readonly ShownRow[],
  encoding: Encoding | undefined,
): Promise<Line[]> {
  const { manifest } = dataset
  const { totals, identities, layout, windows, parts, dropped } = manifest
  const { sources } = dataset
  const faults = await nameFaults(dataset.storage, manifest)
  const marks = marksOf(manifest, encoding)
  const columns = partColumnsOf(layout)
  const width = Math.max(...columns.map(({ name }) => name.length))
  const lines: Line[] = [
    title(dataset.storage.location),
    `  ${formatPlural(totals.rows, 'window')} of ${formatPlural(layout.maxLength, 'token')}, stride ${windows.stride}, from ${formatPlural(totals.documents, 'document')}`,
    `  ${formatCount(parts.length)} ${parts.length === 1 ? 'part' : 'parts'}, ${formatBytes(totals.byteLength)}, Arrow IPC ${layout.format}`,
    ...(manifest.inputs ? describeInputs(manifest.inputs).map((line) => `  ${line}`) : []),
    ...describeLeftOut(dropped, (reason) => faults[reason] ?? []).map((line) => `  ${line}`),
    ...(marks === undefined ? [] : describeMarks(marks).map((line) => `  ${line}`)),
    '',
    title('schema'),
    ...columns.map((column) => `  ${column.name.padEnd(width)}  ${typeName(column)}`),
    ...describeTable(dataset),
    '',
    title('identities'),
    `  plan       ${manifest.planId}`,
    `  tokenizer  ${identities.tokenizer.sha256}  ${identities.tokenizer.name}, ${formatCount(identities.tokenizer.vocabSize)} ids`,
    ...(encoding === undefined ? [] : describeEngine(encoding).map((line) => `             ${line}`)),
    ...identities.tables.map(
      ({ name, sha256, shape, dtype }) => `  ${name.padEnd(10)} ${sha256}  ${dtype} [${shape.join(', ')}]`,
    ),
    ...describeModel(identities.model),
    ...describePositions(identities.positions),
    ...(identities.graph === null
      ? []
      : [`  graph      ${identities.graph.sha256}  ${identities.graph.file}`]),
    `  schema     ${identities.schema}`,
    ...(await describeSources(sources)),
  ]
  if (rows.length > 0) lines.push('', title('first rows'), ...rows.flatMap(describeRow))
  if (encoding === undefined) {
    const who = identities.tokenizer.name
    lines.push('', `  text not shown: this program has no tokenizer with the identity of ${who}`)
  } else if (!knowsTexts(encoding)) lines.push('', '  text not shown: the ids came without a tokenizer')
  return lines
}

/** What stands between and around documents. Without the tokenizer the configuration alone does not say it. */
function marksOf(
  { config }: DatasetManifest,
  encoding: Encoding | undefined,
): ReturnType<typeof marksOfDataset> | undefined {
  if (encoding === undefined) return undefined
  try {
    return marksOfDataset(encoding, resolveRunConfig(config as unknown as RunOptions))
  } catch (error) {
    // A configuration of a later version, or one that nobody ran.
    if (isSluiceError(error)) return undefined
    throw error
  }
}

/** What the table of documents holds. */
function describeTable({ manifest: { documentTable }, documents }: Dataset): Line[] {
  if (documentTable === undefined || documents === undefined) return []
  const width = Math.max(...documentTable.columns.map(({ name }) => name.length))
  return [
    '',
    title(
      `documents: ${formatPlural(documents.length, 'row')} in ${documentTable.files[0]?.name ?? 'no file'}`,
    ),
    ...documentTable.columns.map(({ name, field, nulls }) => {
      const from = field === name ? '' : `, from ${field}`
      return `  ${name.padEnd(width)}  string${from}${nulls === 0 ? '' : `, null in ${formatCount(nulls)}`}`
    }),
  ]
}

/** Positions that are not in the vectors. */
function describePositions(positions: DatasetManifest['identities']['positions']): string[] {
  if (positions === undefined) return []
  const sizes = Object.entries(positions.sizes).map(([name, value]) => `${name} ${value}`)
  return [`  positions  ${positions.kind}, ${sizes.join(', ')}: ${positions.formula} (${positions.source})`]
}

function describeModel(model: DatasetManifest['identities']['model']): string[] {
  if (model === undefined) return []
  const { modelType, dtype, semantics, formula, tolerance, provider, config } = model
  return [
    `  model      ${config.sha256}  ${modelType}, ${dtype}, as transformers ${semantics}`,
    ...formula.map((line) => `             ${line}`),
    ...(tolerance === undefined ? [] : [`             ${tolerance}, the rest bit for bit`]),
    ...(provider === undefined ? [] : [`             first_block computed on ${provider} by ONNX Runtime`]),
  ]
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

/** A column's Arrow type, as pyarrow writes it. */
function typeName({ element, shape }: Column | TextColumn): string {
  if (shape === 'text') return 'string'
  const name = {
    f32: 'float',
    f16: 'halffloat',
    bf16: 'uint16 (bfloat16 bits)',
    int32: 'int32',
    int64: 'int64',
    uint16: 'uint16',
  }[element]
  if (shape === 'list') return `list<${name}>`
  return shape.reduceRight<string>((inner, length) => `fixed_size_list<${inner}>[${length}]`, name)
}

function title(text: string): Line {
  return { title: text }
}
