import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { seededRandom, roundsUntilSeen, swapOverAndOver, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  detectFormat,
  identifySmallFiles,
  openSource,
  SmallFileReader,
  smallFileBytes,
  smallFileLength,
  sourceFormatOf,
  type FormatOverride,
} from '../../src/index.ts'

const random = seededRandom(15)
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random() * 256))

function content(): Buffer {
  const text = Buffer.from('Some words – and “more”, 語.\n'.repeat(1 + random() * 40))
  const lines = Buffer.from('{"text":"one"}\n{"text":"two"}\n'.repeat(1 + random() * 9))
  return pick([
    () => text,
    () => lines,
    () => Buffer.concat([Buffer.from('\ufeff'), text]),
    () => Buffer.from(text.toString(), 'utf16le'),
    () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text.toString(), 'utf16le')]),
    () => Buffer.concat([text, bytesOf(20)]),
    () => bytesOf(300),
    () => Buffer.alloc(0),
    () => gzipSync(pick([text, lines])),
    () => gzipSync(gzipSync(text)),
    () => gzipSync(text).subarray(0, 25),
    () => zstdCompressSync(pick([text, lines])),
    () => brotliCompressSync(text),
    () => Buffer.from('{"a": 1,\n "b": 2}\n'),
    () => Buffer.from('[1, 2]'),
    () => Buffer.from(`PK\u0003\u0004${'\0'.repeat(40)}`, 'latin1'),
    () => Buffer.from('%PDF-1.7 \n1 0 obj\n'),
    () => Buffer.from('PAR1 and no more'),
    () => Buffer.concat([Buffer.from('\u0000'), text]),
    () => Buffer.alloc(smallFileBytes - 1 + Math.floor(random() * 3), 'a text of some length '),
  ])()
}

const endings = [
  'txt',
  'md',
  'jsonl',
  'json',
  'csv',
  'gz',
  'txt.gz',
  'br',
  'jsonl.zst',
  'parquet',
  'u16',
  '',
  'x',
]

test('a small file is identified as the general way identifies it, or left to it', async () => {
  const folder = temporaryFolder()
  const paths = Array.from({ length: 400 }, (_, index) => {
    const path = join(folder, `${index}.${pick(endings)}`)
    writeFileSync(path, content())
    return path
  })
  const overrides: readonly FormatOverride[] = [
    ...[{}, { format: 'txt' }, { format: 'ids', idDtype: 'uint16' }, { format: 'ids' }],
    ...([{ compression: 'none' }, { compression: 'gzip', format: 'jsonl' }] as const),
  ] as const
  const reader = new SmallFileReader()
  let known = 0
  for (const override of overrides) {
    const identities = await identifySmallFiles(reader, paths, override)
    for (const [index, path] of paths.entries()) {
      await using source = await openSource(path)
      const usual = await detectFormat(source, override).catch(() => undefined)
      if (identities.sha256[index] === '') {
        if (usual !== undefined) expect(source.byteLength, path).toBeGreaterThan(smallFileBytes)
        continue
      }
      known++
      expect({ ...sourceFormatOf(identities, index) }, path).toEqual(usual)
      const { byteLength, sha256 } = await source.identify()
      expect([identities.byteLength[index], identities.sha256[index]], path).toEqual([byteLength, sha256])
    }
  }
  expect(known).toBeGreaterThan(2 * paths.length)
})

test('what is no small file is not read', async () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder, name)
  writeFileSync(at('small.txt'), 'a text')
  writeFileSync(at('large.txt'), Buffer.alloc(smallFileBytes + 1, 'x'))
  writeFileSync(at('largest.txt'), Buffer.alloc(smallFileBytes, 'x'))
  mkdirSync(at('folder'))
  symlinkSync('small.txt', at('link.txt'))
  symlinkSync('nothing', at('broken.txt'))
  const reader = new SmallFileReader()
  const lengthOf = (name: string): (number | undefined)[] => [
    reader.read(at(name))?.length,
    smallFileLength(at(name)),
  ]
  expect(lengthOf('small.txt')).toEqual([6, 6])
  expect(lengthOf('link.txt')).toEqual([6, 6])
  expect(lengthOf('largest.txt')).toEqual([smallFileBytes, smallFileBytes])
  const others = ['large.txt', 'folder', 'broken.txt', 'missing.txt', 'a\0b', 'small.txt/a']
  if (process.platform !== 'win32') {
    // Nobody writes to it: whoever waits for that hangs.
    execFileSync('mkfifo', [at('pipe')])
    others.push('pipe')
  }
  for (const name of others) {
    expect(lengthOf(name), name).toEqual([undefined, undefined])
    expect(reader.read(at(name), undefined, 6), name).toBeUndefined()
  }
  expect(reader.read(at('small.txt'), undefined, 6)?.length).toBe(6)
  for (const byteLength of [5, 7]) expect(reader.read(at('small.txt'), undefined, byteLength)).toBeUndefined()
  expect(reader.read(at('small.txt'), [at('folder')])).toBeUndefined()
  expect(reader.read(at('small.txt'), [folder])?.length).toBe(6)
})

test('a file that grows is read as it was at one moment, or not at all', async () => {
  const path = join(temporaryFolder(), 'log.txt')
  const reader = new SmallFileReader()
  for (let round = 0; round < 50; round++) {
    appendFileSync(path, 'x'.repeat(700))
    expect(reader.read(path)?.length).toBe(700 * (round + 1))
  }
})

test.skipIf(process.platform !== 'linux')(
  'a file is read where files may be read, while its name is swapped for a link that leads out over and over',
  async () => {
    const base = temporaryFolder()
    const root = join(base, 'root')
    mkdirSync(root)
    writeFileSync(join(base, 'outside.txt'), 'outside')
    writeFileSync(join(root, 'a.own'), 'inside')
    symlinkSync(join(base, 'outside.txt'), join(root, 'a.link'))
    await using _ = await swapOverAndOver(root, 'a', ['a.own', 'a.link'])
    const reader = new SmallFileReader()
    const seen = new Set<string | undefined>()
    for (const _round of roundsUntilSeen(3000, seen, ['inside', undefined])) {
      const bytes = reader.read(join(root, 'a'), [root])
      seen.add(bytes && Buffer.from(bytes).toString())
    }
    expect(seen).toEqual(new Set(['inside', undefined]))
  },
)
