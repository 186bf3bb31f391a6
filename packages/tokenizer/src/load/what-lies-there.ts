/** What a file may be that was taken for a tokenizer, told by its first bytes, and what to do. */
const kinds: readonly (readonly [begins: RegExp, what: string])[] = [
  [/^$/, 'an empty file: copy it again from where it came'],
  [/^version https:\/\/git-lfs/, 'a pointer of Git LFS: fetch the file itself with `git lfs pull`'],
  [
    /^\s*<(?:!doctype|html|\?xml)/i,
    'a web page: the download was refused or led elsewhere; download it again',
  ],
  [/^\x1f\x8b/, 'a gzip file: unpack it'],
  [/^PK\x03\x04/, 'a zip archive: unpack it'],
  [/^(?:\xff\xfe|\xfe\xff)/, 'a text in UTF-16: save it as UTF-8'],
]

/** Says what a file is, where that can be told. */
export function whatLiesThere(bytes: Uint8Array): string | undefined {
  const begins = String.fromCharCode(...bytes.subarray(0, 64))
  return kinds.find(([pattern]) => pattern.test(begins))?.[1]
}
