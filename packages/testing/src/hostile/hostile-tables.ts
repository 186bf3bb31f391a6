import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makePartList, makeSourceList } from '@sluice/dataset'
import { edit, manifestOf, rewrite, type HostileFolder, type Json } from './change-folder.ts'
import { wrongFields } from './wrong-fields.ts'

type Change = (at: HostileFolder) => void

/** An Arrow file that the manifest names with its size and hash, and how its name follows from its hash. */
interface NamedFile {
  readonly entry: (manifest: Json) => Json
  readonly nameOf: (sha256: string) => string
}

const listName =
  (list: string) =>
  (sha256: string): string =>
    `lists/${list}-00000-${sha256.slice(0, 16)}.arrow`

const documents: NamedFile = {
  entry: (manifest) => manifest.documentTable.files[0],
  nameOf: (sha256) => `documents/00000-${sha256.slice(0, 16)}.arrow`,
}
const loneIds: NamedFile = { entry: (manifest) => manifest.loneIds.files[0], nameOf: listName('lone-ids') }
const partList: NamedFile = { entry: (manifest) => manifest.parts.files[0], nameOf: listName('parts') }
const sourceList: NamedFile = { entry: (manifest) => manifest.sources.files[0], nameOf: listName('sources') }

/** Changes a file, and the manifest so that it agrees on size, hash and name. */
function editFile({ entry, nameOf }: NamedFile, change: (bytes: Buffer) => Buffer): Change {
  return ({ folder }) => {
    const manifest = manifestOf(folder)
    const file = entry(manifest)
    const name = nameOf(file.sha256)
    const bytes = change(readFileSync(join(folder, name)))
    rmSync(join(folder, name))
    file.sha256 = createHash('sha256').update(bytes).digest('hex')
    file.byteLength = bytes.length
    if ('name' in file) file.name = nameOf(file.sha256)
    writeFileSync(join(folder, nameOf(file.sha256)), bytes)
    rewrite(folder, 'manifest.json', JSON.stringify(manifest))
  }
}

/** A dataset with its sources and parts in lists, as one with many of them has them. */
function listed(folder: string): {
  readonly manifest: Json
  readonly files: ReadonlyMap<string, Uint8Array>
} {
  const manifest = manifestOf(folder)
  const plain = { format: 'jsonl', compression: 'none' }
  const sources = makeSourceList(manifest.sources.map((source: Json) => ({ ...source, ...plain })))
  const parts = makePartList(manifest.parts)
  return {
    manifest: { ...manifest, version: 3, sources: sources.list, parts: parts.identity },
    files: new Map([...sources.files, ...parts.files].map(({ name, bytes }) => [name, bytes])),
  }
}

/** Puts the sources and parts into lists, and changes that. */
function inLists(change: Change): Change {
  return (at) => {
    const { manifest, files } = listed(at.folder)
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(at.folder, name)), { recursive: true })
      writeFileSync(join(at.folder, name), bytes)
    }
    const header = JSON.parse(readFileSync(join(at.folder, 'header.json'), 'utf8'))
    rewrite(at.folder, 'header.json', JSON.stringify({ ...header, sources: manifest.sources }))
    rewrite(at.folder, 'manifest.json', JSON.stringify(manifest))
    change(at)
  }
}

/** Where the first record batch's message begins: after the schema's. */
function batchAt(bytes: Buffer): number {
  return bytes.indexOf(Buffer.from([0xff, 0xff, 0xff, 0xff]), 16)
}

/** What may be wrong with the bytes of any of these files, though size and hash agree. */
const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'that is cut': (bytes) => bytes.subarray(0, bytes.length - 64),
  'that is cut in its values': (bytes) => bytes.subarray(0, batchAt(bytes) + 100),
  'with more at its end': (bytes) => Buffer.concat([bytes, Buffer.alloc(64)]),
  'of zeros': (bytes) => Buffer.alloc(bytes.length),
  'that is empty but for its mark': () => Buffer.from('ARROW1\0\0'),
  'with another schema': (bytes) => {
    // The name of a column of each: `byte_start`, `byte_length` or `document`.
    const at = Math.max(bytes.indexOf('byte_'), bytes.indexOf('document'))
    bytes.write('x', at)
    return bytes
  },
  'with a message length that lies': (bytes) => {
    bytes.writeInt32LE(0x7fffffff, batchAt(bytes) + 4)
    return bytes
  },
  'with a footer length that lies': (bytes) => {
    bytes.writeInt32LE(0x7fffffff, bytes.length - 10)
    return bytes
  },
}

/** Puts the number 2^40 in place of every whole number that has eight bytes in a file's values: offsets and counts among them. */
function hugeValues(bytes: Buffer): Buffer {
  const at = batchAt(bytes)
  const body = at + 8 + bytes.readInt32LE(at + 4)
  for (let place = body; place < body + 64; place += 8) bytes.writeBigInt64LE(2n ** 40n, place)
  return bytes
}

/** Damages of each kind of file. */
function damagesOf(what: string, file: NamedFile, around: (change: Change) => Change): [string, Change][] {
  return Object.entries({ ...damages, 'with huge values': hugeValues }).map(([how, change]) => [
    `${what} ${how}`,
    around(editFile(file, change)),
  ])
}

const asItIs = (change: Change): Change => change

/** Gives the file of one list the name of another's. */
const swapLists = edit((manifest) => {
  const { files } = manifest.parts
  manifest.parts.files = manifest.sources.files
  manifest.sources.files = files
})

const others: Readonly<Record<string, Change>> = {
  'sources and parts in lists': inLists(() => {}),
  'lists that have each other’s files': inLists(swapLists),
  'a list of parts with a file twice': inLists(
    edit(({ parts }) => {
      parts.files.push(parts.files[0])
      parts.count *= 2
    }),
  ),
  'a list of parts without files': inLists(
    edit(({ parts }) => Object.assign(parts, { count: 0, files: [] })),
  ),
  'a list of parts that counts more': inLists(edit(({ parts }) => (parts.count += 1))),
  'a list of parts whose file counts more': inLists(
    edit(({ parts }) => {
      parts.count += 1
      parts.files[0].rows += 1
    }),
  ),
  'a list of parts with a file of 2^40 bytes': inLists(
    edit(({ parts }) => (parts.files[0].byteLength = 2 ** 40)),
  ),
  'a list in a manifest of version 2': inLists(edit((manifest) => (manifest.version = 2))),
  'a manifest of version 3 without lists': edit((manifest) => (manifest.version = 3)),
  'a list of parts that names a part elsewhere': inLists(
    editFile(partList, (bytes) => {
      const at = bytes.indexOf('parts/')
      bytes.write('../../', at)
      return bytes
    }),
  ),
  'a list of parts that is a link': inLists(({ folder, outside }) => {
    const path = join(folder, partList.nameOf(partList.entry(manifestOf(folder)).sha256))
    rmSync(path)
    symlinkSync(join(outside, 'file'), path)
  }),
  'a list of parts that is not there': inLists(({ folder }) =>
    rmSync(join(folder, partList.nameOf(partList.entry(manifestOf(folder)).sha256))),
  ),
  'documents that are numbered otherwise': editFile(documents, (bytes) => {
    const at = batchAt(bytes)
    bytes.writeBigInt64LE(7n, at + 8 + bytes.readInt32LE(at + 4))
    return bytes
  }),
  'a table of documents with another number of them': edit(
    ({ documentTable }) => documentTable.files[0].documents++,
  ),
  'a table of documents that begins later': edit(
    ({ documentTable }) => documentTable.files[0].firstDocument++,
  ),
  'a table of documents that is named with ..': edit(
    ({ documentTable }) => (documentTable.files[0].name = 'documents/../../x.arrow'),
  ),
  'a table of documents that is a part': edit(
    ({ documentTable, parts }) => (documentTable.files[0].name = parts[0].name),
  ),
  'a table of documents without files': edit(({ documentTable }) => (documentTable.files = [])),
  'a table of documents with its file twice': edit(({ documentTable: { files } }) => files.push(files[0])),
  'a table of documents with another column': edit(
    ({ documentTable }) => (documentTable.columns[0].name = 'other'),
  ),
  'no table of documents': edit((manifest) => delete manifest.documentTable),
  'a table of documents where nothing is kept': edit(({ layout }) => delete layout.kept),
  'lone ids where windows cross documents': edit(({ windows }) => (windows.boundary = 'cross')),
  'lone ids that count more': edit((manifest) => manifest.loneIds.count++),
}

/** What others may do to the tables and lists of a dataset: its documents, its lone ids, and lists of sources and parts. */
export function hostileTables(good: string): readonly (readonly [string, Change])[] {
  const { manifest } = listed(good)
  const { sources, parts } = manifest
  return [
    ...Object.entries(others),
    ...damagesOf('a table of documents', documents, asItIs),
    ...damagesOf('lone ids', loneIds, asItIs),
    ...damagesOf('a list of parts', partList, inLists),
    ...damagesOf('a list of sources', sourceList, inLists),
    ...wrongFields({ sources, parts }).map(
      ([what, change]) => [`in lists ${what}`, inLists(change)] as const,
    ),
  ]
}
