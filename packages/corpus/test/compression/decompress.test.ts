import { xz } from '@napi-rs/lzma'
import * as fc from 'fast-check'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Compression } from '../../src/compression/compression.ts'
import { decompress } from '../../src/compression/decompress.ts'
import { chunked } from '../utf8/arbitrary.ts'

const compressors: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: gzipSync,
  // With a checksum, so that every cut can be noticed.
  zstd: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  brotli: brotliCompressSync,
  xz: xz.compressSync,
}

async function restore(
  bytes: Uint8Array,
  compression: Compression,
  sizes: readonly number[] = [1 << 16],
): Promise<Buffer> {
  async function* input(): AsyncGenerator<Uint8Array> {
    for (const piece of chunked(bytes, sizes)) {
      const chunk = new Uint8Array(piece)
      yield chunk
      chunk.fill(0)
    }
  }
  const copies: Buffer[] = []
  for await (const chunk of decompress(input(), compression, 'a')) copies.push(Buffer.from(chunk))
  return Buffer.concat(copies)
}

for (const compression of ['gzip', 'zstd', 'xz'] as const) {
  const compress = compressors[compression]!
  test(`${compression}: one member after the other is one text, whatever the chunks`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 2000 }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 }),
        async (members, sizes) => {
          const whole = Buffer.concat(members.map(compress))
          expect((await restore(whole, compression, sizes)).equals(Buffer.concat(members))).toBe(true)
        },
      ),
      { numRuns: compression === 'xz' ? 8 : 60 },
    )
  })
}

for (const compression of ['gzip', 'zstd', 'brotli', 'xz'] as const) {
  test(`${compression}: a cut at any place is an error, never a shorter text`, async () => {
    const bytes = compressors[compression]!(Buffer.from('the quick brown fox '.repeat(20)))
    for (let length = 1; length < bytes.length; length++) {
      await expect(restore(bytes.subarray(0, length), compression), `cut at ${length}`).rejects.toMatchObject(
        {
          code: 'broken-file',
          source: 'a',
        },
      )
    }
  })
}

for (const compression of ['gzip', 'zstd', 'brotli', 'xz'] as const) {
  test(`${compression}: something else after the end is an error`, async () => {
    const bytes = Buffer.concat([compressors[compression]!(Buffer.from('text')), Buffer.from('garbage')])
    await expect(restore(bytes, compression)).rejects.toMatchObject({ code: 'broken-file' })
  })
}

test('zstd: frames of every shape are walked over', async () => {
  const text = Buffer.concat([
    Buffer.alloc(300_000),
    Buffer.from('x'.repeat(200)),
    Buffer.from(Array.from({ length: 300_000 }, (_, k) => (k * 7919) % 251)),
  ])
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  const frames = [
    zstdCompressSync(text),
    skippable,
    zstdCompressSync(text.subarray(0, 100)),
    skippable,
    zstdCompressSync(Buffer.alloc(0)),
  ]
  const whole = Buffer.concat(frames)
  const expected = Buffer.concat([text, text.subarray(0, 100)])
  expect((await restore(whole, 'zstd', [1000, 3])).equals(expected)).toBe(true)
})

test('zstd: a frame that gives other than its header says is an error, whatever the chunks', async () => {
  const frame = Buffer.from('28b52ffd2042010000', 'hex')
  for (const size of [1, 3, 9])
    await expect(restore(frame, 'zstd', [size])).rejects.toMatchObject({ code: 'broken-file' })
})
