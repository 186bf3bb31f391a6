import { DatasetError } from '../errors.ts'
import { documentRows } from '../layout/document-table.ts'
import { resolveLayout, rowByteLengthOf, type DatasetLayout } from '../layout/layout.ts'
import { documentsName, manifestName, partName } from '../layout/names.ts'
import { mostListRows, type ListIdentity } from '../lists/list-kind.ts'
import { readParts } from '../lists/parts.ts'
import { isSourceList } from '../lists/sources.ts'
import { canonicalJson } from '../storage/publish-json.ts'
import { checkJson, readJson } from '../storage/read-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { schemaSha256, sumTotals } from './build-manifest.ts'
import { manifestSchema } from './manifest-schema.ts'
import type { ManifestFile } from './manifest-file.ts'
import {
  documentManifestVersion,
  listedManifestVersion,
  tokenManifestVersion,
  type DatasetManifest,
} from './manifest.ts'
import type { ManifestPart } from '../part/receipt.ts'

/**
 * Reads and checks `manifest.json`.
 *
 * @throws DatasetError `not-a-dataset` where there is none, `newer-version`, `no-windows` where it is one of token files, or
 * `corrupt` naming the wrong field.
 */
export async function readManifest(storage: DatasetStorage): Promise<DatasetManifest> {
  const manifest = await readRowManifest(storage)
  if (manifest.version !== documentManifestVersion) return manifest
  const message = `${storage.location} has a row for each document, not windows: open it with \`openDocuments\`, or see \`sluice inspect\``
  throw new DatasetError('no-windows', message, { file: manifestName })
}

/**
 * Reads and checks `manifest.json` of a dataset that has parts: its rows are windows or documents.
 *
 * @throws DatasetError as {@link readManifest}
 */
export async function readRowManifest(storage: DatasetStorage): Promise<DatasetManifest> {
  const value = await readManifestValue(storage)
  refuseOther(versionOf(value), storage)
  const manifest = await withParts(checkJson(manifestSchema, value, storage, manifestName), storage)
  checkConsistent(manifest, storage)
  return manifest
}

/** Reads `manifest.json` without judging it. @throws DatasetError `not-a-dataset` where there is none */
export async function readManifestValue(storage: DatasetStorage): Promise<unknown> {
  if ((await storage.stat(manifestName)) !== undefined) return readJson(storage, manifestName)
  throw new DatasetError(
    'not-a-dataset',
    `${storage.location} has no ${manifestName}: it is not a dataset, or its run is not finished; ` +
      'run it again to finish, or `sluice repair` if the file was lost',
    { file: manifestName },
  )
}

/** The version that a manifest says it has; undefined where it says none. */
export function versionOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined
}

/** Reads the parts where they are a list. Only the version of the format that has lists may name some. */
async function withParts(file: ManifestFile, storage: DatasetStorage): Promise<DatasetManifest> {
  const { parts, ...manifest } = file
  const partList = isPartList(parts) ? parts : undefined
  const hasLists = partList !== undefined || isSourceList(manifest.sources)
  const isAsSaid = hasLists === (manifest.version === listedManifestVersion)
  if (manifest.version !== documentManifestVersion && !isAsSaid) {
    const message = `${manifestName} in ${storage.location} is damaged: a manifest of version ${manifest.version} ${hasLists ? 'has no lists' : 'has a list'}`
    throw new DatasetError('corrupt', message, { file: manifestName })
  }
  if (partList === undefined) return { ...manifest, parts: parts as readonly ManifestPart[] }
  return { ...manifest, parts: await readParts(storage, partList), partList }
}

function isPartList(parts: ManifestFile['parts']): parts is ListIdentity {
  return !Array.isArray(parts)
}

function refuseOther(version: unknown, { location }: DatasetStorage): void {
  if (version === tokenManifestVersion) {
    const message = `${location} holds token files, not windows: map tokens.bin into memory, or see \`sluice inspect\``
    throw new DatasetError('no-windows', message, { file: manifestName })
  }
  if (typeof version === 'number' && version > documentManifestVersion) {
    throw new DatasetError(
      'newer-version',
      `${location} has a manifest of version ${version}, this reader knows up to ${documentManifestVersion}; ` +
        'upgrade Sluice to read it',
      { file: manifestName },
    )
  }
}

/** What a schema of fields cannot say: numbers that must agree with each other. */
function checkConsistent(manifest: DatasetManifest, storage: DatasetStorage): void {
  const fail = (what: string): never => {
    throw new DatasetError('corrupt', `${manifestName} in ${storage.location} is damaged: ${what}`, {
      file: manifestName,
    })
  }
  const reason = whyImpossible(manifest.layout)
  if (reason !== undefined) fail(reason)
  const isPerDocument = manifest.layout.per === 'document'
  if (isPerDocument !== (manifest.version === documentManifestVersion))
    fail(`a manifest of version ${manifest.version} has other rows`)
  let nextWindow = 0
  for (const [index, part] of manifest.parts.entries()) {
    if (part.firstWindow !== nextWindow) {
      fail(`${part.name} begins at window ${part.firstWindow}, expected ${nextWindow}`)
    }
    if (part.name !== partName(index, part.sha256)) {
      fail(`part ${index} is called ${JSON.stringify(part.name)}, expected ${partName(index, part.sha256)}`)
    }
    const least = part.rows * rowByteLengthOf(manifest.layout, { least: true })
    if (part.byteLength < least) fail(`${part.name} has ${part.byteLength} bytes for ${part.rows} rows`)
    const most = part.rows * manifest.layout.maxLength
    const isPossible = isPerDocument ? part.tokens <= most : part.tokens === most
    if (!isPossible) fail(`${part.name} has ${part.tokens} tokens`)
    nextWindow += part.rows
  }
  const wrong = whyWrongTable(manifest) ?? whyWrongLoneIds(manifest) ?? whyWrongReference(manifest)
  if (wrong !== undefined) fail(wrong)
  const totals = canonicalJson(sumTotals(manifest.parts, manifest))
  const stated = canonicalJson(manifest.totals)
  if (totals !== stated) fail(`\`totals\` is ${stated}, the parts add up to ${totals}`)
  if (manifest.identities.schema !== schemaSha256(manifest.layout)) {
    fail('`identities.schema` does not belong to `layout`')
  }
}

/** Why a document table is none that the layout can have. */
function whyWrongTable({ layout: { kept }, documentTable: table }: DatasetManifest): string | undefined {
  if (kept === undefined || table === undefined) {
    return kept === undefined && table === undefined
      ? undefined
      : '`documentTable` does not belong to `layout`'
  }
  if (table.columns.map(({ name }) => name).join('\0') !== kept.names.join('\0'))
    return '`documentTable` has other columns than `layout`'
  const { perFile } = documentRows(kept)
  for (const [index, { name, firstDocument, documents, sha256 }] of table.files.entries()) {
    const isFull = documents === perFile || (index === table.files.length - 1 && documents <= perFile)
    if (firstDocument !== index * perFile || !isFull) return `${name} has not the documents of its place`
    if (name !== documentsName(index, sha256)) return `${name} is not named after its place and content`
  }
  return undefined
}

/** Why a dataset like this has no tensors of a checkpoint, or none in such a file. */
function whyWrongReference({ layout, identities: { tables, model } }: DatasetManifest): string | undefined {
  const wrong = tables.find(
    ({ checkpoint, file, keptIds }) =>
      checkpoint === true &&
      (layout.embedding !== 'lazy' ||
        model === undefined ||
        keptIds !== undefined ||
        !/^[^/]+\.safetensors$/.test(file)),
  )
  return wrong && `${wrong.name} cannot be a tensor of a checkpoint`
}

/** Why lone ids are none that windows like these leave. */
function whyWrongLoneIds({ layout, windows, loneIds }: DatasetManifest): string | undefined {
  if (loneIds === undefined) return undefined
  const isFilled = windows.boundary === 'document' && windows.tail === 'pad'
  if (!isFilled || layout.documents === 'none') return '`loneIds` does not belong to `windows` and `layout`'
  const isFull = loneIds.files.slice(0, -1).every(({ rows }) => rows === mostListRows)
  return isFull ? undefined : '`loneIds` has a file that is not full before its last one'
}

/** Why a layout is none that a dataset can have, in the words of the check that its writer makes. */
function whyImpossible(layout: DatasetLayout): string | undefined {
  try {
    const resolved = resolveLayout(layout)
    return canonicalJson(resolved) === canonicalJson(layout) ? undefined : '`layout` contradicts itself'
  } catch (error) {
    if (error instanceof DatasetError) return error.message
    throw error
  }
}
