/** What a file may be that was taken for a tokenizer, told by how it begins, and what to do. */
const kinds: readonly (readonly [begins: readonly string[], what: string])[] = [
  [['version https://git-lfs'], 'a pointer of Git LFS: fetch the file itself with `git lfs pull`'],
  [
    ['<!doctype', '<html', '<?xml'],
    'a web page: the download was refused or led elsewhere; download it again',
  ],
  [['\u001f\u008b'], 'a gzip file: unpack it'],
  [['pk\u0003\u0004'], 'a zip archive: unpack it'],
  [['\u00ff\u00fe', '\u00fe\u00ff'], 'a text in UTF-16: save it as UTF-8'],
]

/** Says what a file is, where that can be told. */
export function whatLiesThere(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'an empty file: copy it again from where it came'
  const begins = String.fromCharCode(...bytes.subarray(0, 64))
    .trimStart()
    .toLowerCase()
  return kinds.find(([some]) => some.some((start) => begins.startsWith(start)))?.[1]
}
