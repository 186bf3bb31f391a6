/**
 * Gather the benchmark's texts from Debian packages into `node_modules/.cache/sluice-bench/corpora/` (never committed):
 *
 *   node packages/testing/src/bench/gather-corpora.ts
 *
 * Needs apt-get and dpkg-deb. Each text is the concatenation of one package's files, in path order, to at most 16 MiB.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** Where a text comes from. */
interface Source {
  readonly name: string
  readonly debianPackage: string
  readonly files: string
}

const sources: readonly Source[] = [
  { name: 'english', debianPackage: 'dict-gcide', files: 'usr/share/dictd/*.dict.dz' },
  { name: 'docs', debianPackage: 'linux-doc-6.1', files: 'usr/share/doc/*/Documentation/**/*.rst.gz' },
  { name: 'code', debianPackage: 'libpython3.11-stdlib', files: 'usr/lib/python3.11/**/*.py' },
  { name: 'chinese', debianPackage: 'manpages-zh', files: 'usr/share/man/zh_CN/**/*.gz' },
  { name: 'japanese', debianPackage: 'manpages-ja', files: 'usr/share/man/ja/**/*.gz' },
  { name: 'russian', debianPackage: 'manpages-ru', files: 'usr/share/man/ru/**/*.gz' },
  { name: 'german', debianPackage: 'manpages-de', files: 'usr/share/man/de/**/*.gz' },
]
/** The most bytes of a text. */
export const corpusLimit = 16 * 1024 * 1024

export const corporaFolder: string = fileURLToPath(
  new URL('../../../../node_modules/.cache/sluice-bench/corpora/', import.meta.url),
)

/** The names of the texts and the files they are in, gathered when they are not there yet. */
export function gatherCorpora(log: (line: string) => void): readonly { name: string; path: string }[] {
  mkdirSync(corporaFolder, { recursive: true })
  return sources.map((source) => {
    const path = join(corporaFolder, `${source.name}.txt`)
    if (!existsSync(path)) {
      const text = gather(source)
      writeFileSync(path, text)
      log(`${source.name}: ${(text.length / 1e6).toFixed(1)} MB from ${source.debianPackage}`)
    }
    return { name: source.name, path }
  })
}

function gather({ debianPackage, files }: Source): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-corpus-'))
  try {
    execFileSync('apt-get', ['download', debianPackage], { cwd: folder, stdio: 'pipe' })
    const [archive] = globSync('*.deb', { cwd: folder })
    execFileSync('dpkg-deb', ['-x', join(folder, archive!), folder])
    const texts: Buffer[] = []
    let length = 0
    for (const file of globSync(files, { cwd: folder }).toSorted()) {
      if (!existsSync(join(folder, file))) continue // a link out of the package
      const raw = readFileSync(join(folder, file))
      // The dictionary has a few bytes that are not UTF-8: they become U+FFFD.
      const text = Buffer.from((/\.(gz|dz)$/.test(file) ? gunzipSync(raw) : raw).toString('utf8'))
      texts.push(text)
      length += text.length
      if (length >= corpusLimit) break
    }
    return cutAtLine(Buffer.concat(texts))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function cutAtLine(text: Buffer): Buffer {
  return text.length <= corpusLimit ? text : text.subarray(0, text.lastIndexOf('\n', corpusLimit) + 1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) gatherCorpora(console.log)
