import { execFileSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { edit, firstPart, manifestOf, rewrite, type HostileFolder, type Json } from './change-folder.ts'
import { hostileTables } from './hostile-tables.ts'
import { wrongFields } from './wrong-fields.ts'

/** Changes the first part, and the manifest so that it agrees on size, hash and name. */
function editPart(change: (bytes: Buffer) => Buffer): (at: HostileFolder) => void {
  return ({ folder }) => {
    const manifest = manifestOf(folder)
    const [part] = manifest.parts
    const bytes = change(readFileSync(join(folder, part.name)))
    rmSync(join(folder, part.name))
    part.sha256 = createHash('sha256').update(bytes).digest('hex')
    part.name = `parts/00000-${part.sha256.slice(0, 16)}.arrow`
    manifest.totals.byteLength += bytes.length - part.byteLength
    part.byteLength = bytes.length
    writeFileSync(join(folder, part.name), bytes)
    rewrite(folder, 'manifest.json', JSON.stringify(manifest))
  }
}

/** Changes the header of the tables' file. */
function editTables(change: (header: Json) => unknown): (at: HostileFolder) => void {
  return ({ folder }) => {
    const path = 'tables/tables.safetensors'
    const bytes = readFileSync(join(folder, path))
    const length = Number(bytes.readBigUInt64LE())
    const changed = change(JSON.parse(bytes.toString('utf8', 8, 8 + length)))
    const header = Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed))
    const prefix = Buffer.alloc(8)
    prefix.writeBigUInt64LE(BigInt(header.length))
    rewrite(folder, path, Buffer.concat([prefix, header, bytes.subarray(8 + length)]))
  }
}

/** Puts something else in the place of a file or folder. */
function replace(
  nameOf: (folder: string) => string,
  put: (path: string, at: HostileFolder) => void,
): (at: HostileFolder) => void {
  return (at) => {
    const path = join(at.folder, nameOf(at.folder))
    renameSync(path, `${at.folder}.moved`)
    put(path, at)
  }
}

const inPlace: Readonly<Record<string, (path: string, at: HostileFolder) => void>> = {
  'a link to a copy outside': (path, { outside }) =>
    symlinkSync(join(outside, path.slice(path.lastIndexOf('/') + 1)), path),
  'a link to nothing': (path, { outside }) => symlinkSync(join(outside, 'nothing'), path),
  'a link to itself': (path) => symlinkSync(path, path),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a named pipe': (path) => execFileSync('mkfifo', [path]),
  'a folder': (path) => mkdirSync(path),
  'a socket': (path) => {
    const script = "require('node:net').createServer().listen(process.argv[1], () => process.exit())"
    execFileSync(process.execPath, ['-e', script, path])
  },
  'nothing at all': () => {},
  'an empty file': (path) => writeFileSync(path, ''),
}

const places: Readonly<Record<string, (folder: string) => string>> = {
  'a part': firstPart,
  'the manifest': () => 'manifest.json',
  'the tables': () => 'tables/tables.safetensors',
  'a file of documents': (folder) => manifestOf(folder).documentTable.files[0].name,
  'a file of lone ids': (folder) => `lists/${readdirSync(join(folder, 'lists'))[0]!}`,
  'a receipt': () => 'receipts/00000.json',
  'the header': () => 'header.json',
  'the plan': () => 'plan.json',
}

const inPlaces = Object.entries(places).flatMap(([place, nameOf]) =>
  Object.entries(inPlace).map(([what, put]) => [`${what} as ${place}`, replace(nameOf, put)] as const),
)

const linkedFolders = [
  ...['parts', 'tables', 'receipts', 'documents', 'lists', '_tmp', 'tokens', 'spool', 'tokenizer'],
].map(
  (name) =>
    [
      `the folder ${name} as a link`,
      ({ folder, outside }: HostileFolder) => {
        rmSync(join(folder, name), { recursive: true, force: true })
        symlinkSync(outside, join(folder, name))
      },
    ] as const,
)

const names = (name: string) => edit((manifest) => (manifest.parts[0].name = name))
const tableNames = (name: string) => edit((manifest) => (manifest.identities.tables[0].file = name))

const others: Readonly<Record<string, (at: HostileFolder) => void>> = {
  'nothing changed': () => {},
  'a part named with ..': names('parts/../../x.arrow'),
  'a part with an absolute name': names('/etc/passwd'),
  'a part named in other letters': ({ folder }) =>
    edit((manifest) => (manifest.parts[0].name = firstPart(folder).toUpperCase()))({ folder, outside: '' }),
  'a part named with a line break': names('parts/a\n/../../x'),
  'a table named with ..': tableNames('../x'),
  'a table with an absolute name': tableNames('/etc/passwd'),
  'a table named with a line break and ..': tableNames('a\n/../x'),
  'a table named in other letters': tableNames('tables/TABLES.safetensors'),
  'a table named in a like letter': tableNames('t\u0430bles/tables.safetensors'),
  'a table of a name with NUL': tableNames('tables/tables.safetensors\0'),
  'a table that is a part': ({ folder }) =>
    edit((manifest) => (manifest.identities.tables[0].file = firstPart(folder)))({ folder, outside: '' }),
  'the same part twice': edit((manifest) => manifest.parts.push(manifest.parts[0])),
  'the same table twice': edit((manifest) => manifest.identities.tables.push(manifest.identities.tables[0])),
  'no tables': edit((manifest) => (manifest.identities.tables = [])),
  'no parts': edit((manifest) => (manifest.parts = [])),
  'parts in another order': edit((manifest) => (manifest.parts = manifest.parts.toReversed())),
  'huge counts': edit((manifest) => {
    const rows = 2 ** 31 * 200
    const maxLength = manifest.layout.maxLength
    manifest.layout.rowsPerBatch = 1
    for (const one of [manifest.parts[0], manifest.totals])
      Object.assign(one, { rows, tokens: rows * maxLength })
    manifest.parts.length = 1
  }),
  'record batches of any size': edit((manifest) => (manifest.layout.rowsPerBatch = 2 ** 31 - 1)),
  'one row in a record batch': edit((manifest) => (manifest.layout.rowsPerBatch = 1)),
  'a later version': edit((manifest) => (manifest.version = 99)),
  'a version that is no number': edit((manifest) => (manifest.version = '2')),
  'a field that is not known': edit((manifest) => (manifest.more = 1)),
  'a source that is a URL': edit((manifest) => (manifest.sources[0].name = 'http://127.0.0.1:9/a.txt')),
  'a source that is a device': edit((manifest) => (manifest.sources[0].name = '/dev/zero')),
  'a corpus that is a URL': edit(
    (manifest) => (manifest.config.corpus = ['http://127.0.0.1:9/a.txt', '/dev/zero']),
  ),
  'a configuration that is a number': edit((manifest) => (manifest.config = 1)),
  'a configuration that is deep': ({ folder }) => {
    const text = readFileSync(join(folder, 'manifest.json'), 'utf8')
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    rewrite(folder, 'manifest.json', text.replace('"config":{', `"config":{"deep":${deep},`))
  },
  'a configuration that is a little too deep': ({ folder }) => {
    const text = readFileSync(join(folder, 'manifest.json'), 'utf8')
    const deep = '['.repeat(70) + ']'.repeat(70)
    rewrite(folder, 'manifest.json', text.replace('"config":{', `"config":{"deep":${deep},`))
  },
  'a configuration with many values': ({ folder }) => {
    const text = readFileSync(join(folder, 'manifest.json'), 'utf8')
    rewrite(
      folder,
      'manifest.json',
      text.replace('"config":{', `"config":{"many":[${'[],'.repeat(5_000_000)}0],`),
    )
  },
  'a manifest of zeros': ({ folder }) => {
    rewrite(folder, 'manifest.json', '')
    truncateSync(join(folder, 'manifest.json'), 2 ** 34)
  },
  'a manifest that is a million brackets': ({ folder }) =>
    rewrite(folder, 'manifest.json', '['.repeat(1_000_000)),
  'a manifest with a byte order mark': ({ folder }) =>
    rewrite(folder, 'manifest.json', `\ufeff${readFileSync(join(folder, 'manifest.json'), 'utf8')}`),
  'a manifest in UTF-16': ({ folder }) =>
    rewrite(
      folder,
      'manifest.json',
      Buffer.from(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'utf16le'),
    ),
  'a manifest with NaN': ({ folder }) =>
    rewrite(
      folder,
      'manifest.json',
      readFileSync(join(folder, 'manifest.json'), 'utf8').replace('"config":{', '"config":{"x":NaN,'),
    ),
  'a manifest with an endless number': ({ folder }) =>
    rewrite(
      folder,
      'manifest.json',
      readFileSync(join(folder, 'manifest.json'), 'utf8').replace('"config":{', '"config":{"x":1e999,'),
    ),
  'a manifest with a field twice': ({ folder }) =>
    rewrite(
      folder,
      'manifest.json',
      readFileSync(join(folder, 'manifest.json'), 'utf8').replace('"version":2', '"version":99,"version":2'),
    ),
  'numbers written with a point': ({ folder }) =>
    rewrite(
      folder,
      'manifest.json',
      readFileSync(join(folder, 'manifest.json'), 'utf8')
        .replace('"stride":', '"stride":0')
        .replace(/"stride":0(\d+)/, '"stride":$1.0'),
    ),
  'a key that is __proto__': ({ folder }) =>
    rewrite(
      folder,
      'manifest.json',
      readFileSync(join(folder, 'manifest.json'), 'utf8').replace('{', '{"__proto__":{"x":1},'),
    ),
  'a part that is a hard link': ({ folder, outside }) => {
    const path = join(folder, firstPart(folder))
    rmSync(path)
    linkSync(join(outside, 'part'), path)
  },
  'a part that is cut': ({ folder }) => truncateSync(join(folder, firstPart(folder)), 100),
  'a part that is cut, and the manifest agrees': editPart((bytes) => bytes.subarray(0, bytes.length - 64)),
  'a part with more at its end': editPart((bytes) => Buffer.concat([bytes, Buffer.alloc(64)])),
  'a part with another schema': editPart((bytes) => {
    const at = bytes.indexOf('input_ids')
    bytes.write('imput_ids', at)
    return bytes
  }),
  'a part with lengths that lie': editPart((bytes) => {
    const at = bytes.indexOf(Buffer.from([0xff, 0xff, 0xff, 0xff]), 16)
    bytes.writeInt32LE(0x7fffffff, at + 4)
    return bytes
  }),
  'a part of zeros': editPart((bytes) => Buffer.alloc(bytes.length)),
  'a part that is another Arrow file': ({ folder, outside }) =>
    rewrite(folder, firstPart(folder), readFileSync(join(outside, 'file'))),
  'a file beside the parts': ({ folder }) => writeFileSync(join(folder, 'parts/more.arrow'), 'more'),
  'a folder beside the parts': ({ folder }) => {
    mkdirSync(join(folder, 'parts/more'))
    writeFileSync(join(folder, 'parts/more/file'), 'more')
  },
  'a link beside the parts': ({ folder, outside }) => symlinkSync(outside, join(folder, 'parts/more')),
  'a link among leftovers': ({ folder, outside }) => {
    mkdirSync(join(folder, '_tmp'), { recursive: true })
    symlinkSync(outside, join(folder, '_tmp/more'))
  },
  'a receipt of another part': ({ folder }) => {
    const receipt = JSON.parse(readFileSync(join(folder, 'receipts/00000.json'), 'utf8'))
    rewrite(folder, 'receipts/00000.json', JSON.stringify({ ...receipt, index: 1 }))
  },
  'a receipt that is deep': ({ folder }) => rewrite(folder, 'receipts/00000.json', '['.repeat(100_000)),
  'a header of another dataset': ({ folder }) => rewrite(folder, 'header.json', '{"partCount":1e9}'),
  'a receipt of the tables that names others': ({ folder }) =>
    rewrite(folder, 'tables/tables.json', '{"identities":{}}'),
  'a lost manifest and a header with a billion parts': ({ folder }) => {
    const header = JSON.parse(readFileSync(join(folder, 'header.json'), 'utf8'))
    rewrite(folder, 'header.json', JSON.stringify({ ...header, partCount: 2 ** 40 }))
    rmSync(join(folder, 'manifest.json'))
  },
  'tables of another shape': editTables((header) => ({
    ...header,
    'wte.weight': { ...header['wte.weight'], shape: [1, 2] },
  })),
  'tables with offsets that end before they begin': editTables((header) => ({
    ...header,
    'wte.weight': { ...header['wte.weight'], data_offsets: header['wte.weight'].data_offsets.toReversed() },
  })),
  'tables with offsets beyond the file': editTables((header) => ({
    ...header,
    'wte.weight': { ...header['wte.weight'], data_offsets: [2 ** 40, 2 ** 40 + 8] },
  })),
  'tables with offsets that are fractions': editTables((header) => ({
    ...header,
    'wte.weight': { ...header['wte.weight'], data_offsets: [0.5, 8.5] },
  })),
  'tables of another type': editTables((header) => ({
    ...header,
    'wte.weight': { ...header['wte.weight'], dtype: 'F64' },
  })),
  'tables without the table': editTables(() => ({})),
  'tables whose header is a list': editTables(() => []),
  'tables whose header is deep': editTables(() => '['.repeat(100_000)),
  'tables whose header is no JSON': editTables(() => '{"wte.weight":'),
  'tables whose header says more bytes than there are': ({ folder }) => {
    const bytes = readFileSync(join(folder, 'tables/tables.safetensors'))
    bytes.writeBigUInt64LE(2n ** 63n)
    rewrite(folder, 'tables/tables.safetensors', bytes)
  },
  'tables with other numbers': ({ folder }) => {
    const bytes = readFileSync(join(folder, 'tables/tables.safetensors'))
    bytes[bytes.length - 1]! ^= 1
    rewrite(folder, 'tables/tables.safetensors', bytes)
  },
  'tables of zeros without end': ({ folder }) =>
    truncateSync(join(folder, 'tables/tables.safetensors'), 2 ** 36),
}

/**
 * What others may do to the folder of a dataset, by what it is: one list for all that opens one. `nothing changed` is
 * among them.
 *
 * @param good folder of the dataset that all of them start from
 */
export function hostileFolders(good: string): ReadonlyMap<string, (at: HostileFolder) => void> {
  return new Map([
    ...Object.entries(others),
    ...hostileTables(good),
    ...inPlaces,
    ...linkedFolders,
    ...wrongFields(manifestOf(good)),
  ])
}
