import {
  manifestFileOf,
  partColumnsOf,
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
import type { Line } from '../terminal/output.ts'
import { formatBytes, formatCount, formatPlural } from '../terminal/units.ts'
import { describeSources } from './inspect-parts.ts'

/** A dataset that has parts, whatever its rows are. */
export type RowDataset = Pick<Dataset, 'manifest' | 'storage' | 'sources' | 'documents' | 'layout'>

/** What `--json` shows of a dataset. */
export function jsonOf(
  { manifest, layout }: RowDataset,
  rows: readonly unknown[],
  encoding: Encoding | undefined,
): unknown {
  const schema = partColumnsOf(layout).map((column) => ({ name: column.name, type: typeName(column) }))
  return { manifest: manifestFileOf(manifest), schema, marks: marksOf(manifest, encoding) ?? null, rows }
}

/** @param rows the lines of each row that is shown */
export async function describeDataset(
  dataset: RowDataset,
  rows: readonly (readonly string[])[],
  encoding: Encoding | undefined,
): Promise<Line[]> {
  const { manifest } = dataset
  const { totals, identities, layout, parts, dropped } = manifest
  const { sources } = dataset
  const faults = await nameFaults(dataset.storage, manifest)
  const marks = marksOf(manifest, encoding)
  const columns = partColumnsOf(layout)
  const width = Math.max(...columns.map(({ name }) => name.length))
  const lines: Line[] = [
    title(dataset.storage.location),
    `  ${describeRows(manifest)}`,
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
      ({ name, sha256, shape, dtype, file, checkpoint }) =>
        `  ${name.padEnd(10)} ${sha256}  ${dtype} [${shape.join(', ')}]${checkpoint ? ` of the checkpoint, in ${file}` : ''}`,
    ),
    ...describeModel(identities.model),
    ...describePositions(identities.positions),
    ...(identities.graph === null
      ? []
      : [`  graph      ${identities.graph.sha256}  ${identities.graph.file}`]),
    `  schema     ${identities.schema}`,
    ...(await describeSources(sources)),
  ]
  if (rows.length > 0) lines.push('', title('first rows'), ...rows.flat())
  if (encoding === undefined) {
    const who = identities.tokenizer.name
    lines.push('', `  text not shown: this program has no tokenizer with the identity of ${who}`)
  } else if (!knowsTexts(encoding)) lines.push('', '  text not shown: the ids came without a tokenizer')
  return lines
}

function describeRows({ totals, layout, windows }: DatasetManifest): string {
  if (layout.per === undefined)
    return `${formatPlural(totals.rows, 'window')} of ${formatPlural(layout.maxLength, 'token')}, stride ${windows.stride}, from ${formatPlural(totals.documents, 'document')}`
  const held = layout.pool === 'mean' ? ', pooled: the mean of their vectors' : ''
  return `a row for each of ${formatPlural(totals.rows, 'document')}, ${formatPlural(totals.tokens, 'token')} together, ${formatCount(layout.maxLength)} at most${held}`
}

/** What stands between and around documents. Without the tokenizer the configuration alone does not say it. */
function marksOf(
  { config, identities, layout }: DatasetManifest,
  encoding: Encoding | undefined,
): ReturnType<typeof marksOfDataset> | undefined {
  if (encoding === undefined) return undefined
  try {
    return marksOfDataset(
      encoding,
      resolveRunConfig(config as unknown as RunOptions),
      // A dataset of ids alone does not name the model that chose them.
      identities.model !== undefined || layout.embedding === 'none',
    )
  } catch (error) {
    // A configuration of a later version, or one that nobody ran.
    if (isSluiceError(error)) return undefined
    throw error
  }
}

/** What the table of documents holds. */
function describeTable({ manifest: { documentTable }, documents }: RowDataset): Line[] {
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
  const { modelType, dtype, semantics, formula, tolerance, provider, leftOut, config } = model
  return [
    `  model      ${config.sha256}  ${modelType}, ${dtype}, as transformers ${semantics}`,
    ...formula.map((line) => `             ${line}`),
    ...(tolerance === undefined ? [] : [`             ${tolerance}, the rest bit for bit`]),
    ...(provider === undefined ? [] : [`             first_block computed on ${provider} by ONNX Runtime`]),
    ...(leftOut === undefined ? [] : [`             no tables of ${leftOut}`]),
  ]
}

/** A column's Arrow type, as pyarrow writes it. */
function typeName(column: Column | TextColumn): string {
  if (column.shape === 'text') return 'string'
  const { element, shape, itemShape = [] } = column
  const name = {
    f32: 'float',
    f16: 'halffloat',
    bf16: 'uint16 (bfloat16 bits)',
    int32: 'int32',
    int64: 'int64',
    uint16: 'uint16',
  }[element]
  const nested = (lengths: readonly number[]): string =>
    lengths.reduceRight<string>((inner, length) => `fixed_size_list<${inner}>[${length}]`, name)
  return shape === 'list' ? `list<${nested(itemShape)}>` : nested(shape)
}

function title(text: string): Line {
  return { title: text }
}
