import {
  openDataset,
  traceRow,
  type Dataset,
  type DocumentRecord,
  type RowPiece,
  type SourceRange,
} from '@sluice/dataset'
import { CommandError } from '../errors.ts'
import { print, printJson, type Line } from '../terminal/output.ts'

/** `sluice inspect --row` and `--token`, as typed. */
export interface OriginFlags {
  readonly row?: number
  readonly token?: number
  readonly json: boolean
}

/** Says which documents and records a row, or an id of the token stream, came from. */
export async function inspectOrigin(dir: string, { row, token, json }: OriginFlags): Promise<void> {
  await using dataset = await openDataset(dir)
  const rowOrigin = row === undefined ? undefined : await originOfRow(dataset, row)
  const tokenOrigin = token === undefined ? undefined : await originOfToken(dataset, token)
  if (json) {
    printJson({ ...(rowOrigin && { row: rowOrigin }), ...(tokenOrigin && { token: tokenOrigin }) })
    return
  }
  print(
    ...(rowOrigin === undefined ? [] : describeRow(rowOrigin)),
    ...(tokenOrigin === undefined ? [] : describeToken(tokenOrigin)),
  )
}

/** A range with the name of its source. */
interface Place extends SourceRange {
  readonly name: string
}

interface DocumentOrigin {
  readonly document: number
  readonly place: Place
  readonly firstToken: number
  readonly tokens: number
  readonly kept: Readonly<Record<string, string | null>>
}

interface PieceOrigin extends Pick<RowPiece, 'from' | 'to' | 'document' | 'firstId'> {
  readonly place?: Place
  readonly record?: DocumentOrigin
}

interface RowPlaces {
  readonly row: number
  readonly window: number
  readonly place: Place
  readonly pieces: readonly PieceOrigin[]
}

interface TokenPlace {
  readonly token: number
  /** Its place among the ids of the document; their number where it is the separator behind them. */
  readonly id: number
  readonly record: DocumentOrigin
}

async function originOfRow(dataset: Dataset, row: number): Promise<RowPlaces> {
  const { window, text, pieces } = await traceRow(dataset, row)
  const named: PieceOrigin[] = []
  for (const { text: range, record, ...piece } of pieces) {
    named.push({
      ...piece,
      ...(range && { place: await placeOf(dataset, range) }),
      ...(record && { record: await originOfRecord(dataset, record) }),
    })
  }
  return { row, window, place: await placeOf(dataset, text), pieces: named }
}

async function originOfToken(dataset: Dataset, token: number): Promise<TokenPlace> {
  const { documents } = dataset
  if (documents === undefined) {
    throw new CommandError(
      'invalid-option',
      `${dataset.storage.location} has no table of documents, so that \`--token\` finds nothing; run with \`--keep\`, or look at a row with \`--row\``,
    )
  }
  const record = await documents.findToken(token)
  const end = record && (await endOfRecord(dataset, record))
  if (record === undefined || (end !== undefined && token >= end)) {
    throw new CommandError(
      'invalid-option',
      `Expected \`--token\` to be a place in the token stream of ${dataset.storage.location}, got ${token}`,
    )
  }
  return { token, id: token - record.firstToken, record: await originOfRecord(dataset, record) }
}

/** Where the ids of the last document end; before other documents a separator may stand. */
async function endOfRecord({ documents }: Dataset, record: DocumentRecord): Promise<number | undefined> {
  return record.document + 1 === documents!.length ? record.firstToken + record.tokens : undefined
}

async function originOfRecord(dataset: Dataset, record: DocumentRecord): Promise<DocumentOrigin> {
  const { document, source, byteStart, byteEnd, firstToken, tokens } = record
  const names = dataset.layout.kept?.names ?? []
  const kept = Object.fromEntries(names.map((name, place) => [name, record.kept[place] ?? null]))
  const place = await placeOf(dataset, { source, byteStart, byteEnd })
  return { document, place, firstToken, tokens, kept }
}

async function placeOf({ sources }: Dataset, range: SourceRange): Promise<Place> {
  return { ...range, name: (await sources.at(range.source))?.name ?? '?' }
}

function describeRow({ row, window, place, pieces }: RowPlaces): Line[] {
  return [
    { title: `row ${row}` },
    `  window ${window}, from ${describePlace(place)}`,
    ...pieces.flatMap(({ from, to, document, firstId, place: text, record }) => [
      `  inputs ${from}–${to - 1}: ${describeDocument(document, firstId, to - from)}`,
      ...(text === undefined ? [] : [`    text     ${describePlace(text)}`]),
      ...(record === undefined ? [] : describeRecord(record)),
    ]),
  ]
}

function describeDocument(document: number | undefined, firstId: number | undefined, ids: number): string {
  if (document === undefined) return 'the dataset does not say which document (run with `--documents ids`)'
  return firstId === undefined
    ? `document ${document}`
    : `document ${document}, its ids ${firstId}–${firstId + ids - 1}`
}

function describeToken({ token, id, record }: TokenPlace): Line[] {
  const what = id < record.tokens ? `id ${id} of` : 'the separator after'
  return [{ title: `token ${token}` }, `  ${what} document ${record.document}`, ...describeRecord(record)]
}

function describeRecord({ place, kept }: DocumentOrigin): string[] {
  return [
    `    record   ${describePlace(place)}`,
    ...Object.entries(kept).map(([name, value]) => `    ${name.padEnd(8)} ${JSON.stringify(value)}`),
  ]
}

/** Bytes of the (decompressed) text, or row numbers of a table. */
function describePlace({ name, byteStart, byteEnd }: Place): string {
  return `${name} at ${byteStart}–${byteEnd}`
}
