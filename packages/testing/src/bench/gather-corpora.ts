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

/** Where a text comes from: files of a Debian package, or of several. */
interface Source {
  readonly name: string
  readonly debianPackage: string | readonly string[]
  readonly files: string
  /** @default 16 MiB */
  readonly limit?: number
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
const man = (language: string): string => `usr/share/man/${language}/**/*.gz`
const help = (language: string): string => `usr/share/libreoffice/help/${language}/text/**/*.html`
const messages = 'usr/lib/libreoffice/program/resource/*/LC_MESSAGES/*.mo'
/** The languages on which tokenizers are measured: manuals, help pages and messages of programs. */
const languageSources: readonly Source[] = [
  { name: 'czech', debianPackage: 'libreoffice-help-cs', files: help('cs') },
  { name: 'polish', debianPackage: 'manpages-pl', files: man('pl') },
  { name: 'spanish', debianPackage: 'manpages-es', files: man('es') },
  { name: 'portuguese', debianPackage: 'manpages-pt-br', files: man('pt_BR') },
  { name: 'french', debianPackage: 'manpages-fr', files: man('fr') },
  { name: 'turkish', debianPackage: 'libreoffice-help-tr', files: help('tr') },
  { name: 'korean', debianPackage: 'libreoffice-help-ko', files: help('ko') },
  { name: 'hindi', debianPackage: 'libreoffice-help-hi', files: help('hi') },
  { name: 'arabic', debianPackage: 'libreoffice-l10n-ar', files: messages },
  { name: 'hebrew', debianPackage: 'libreoffice-l10n-he', files: messages },
  { name: 'chinese-2mb', debianPackage: 'libreoffice-help-zh-cn', files: help('zh-CN'), limit: 2_000_000 },
  {
    name: 'chinese-16mb',
    debianPackage: ['libreoffice-help-zh-cn', 'libreoffice-help-zh-tw', 'manpages-zh'],
    files: 'usr/share/{libreoffice/help/zh-*/text/**/*.html,man/zh_CN/**/*.gz}',
  },
  {
    name: 'web-english',
    debianPackage: 'debian-handbook',
    files: 'usr/share/doc/debian-handbook/html/en-US/*.html',
  },
]
/** The most bytes of a text. */
export const corpusLimit = 16 * 1024 * 1024

export const corporaFolder: string = fileURLToPath(
  new URL('../../../../node_modules/.cache/sluice-bench/corpora/', import.meta.url),
)

/** The names of the texts and the files they are in, gathered when they are not there yet. */
export function gatherCorpora(log: (line: string) => void): readonly { name: string; path: string }[] {
  return gatherSources(sources, log)
}

/** Texts of twelve languages, gathered as {@link gatherCorpora} does. */
export function gatherLanguages(log: (line: string) => void): readonly { name: string; path: string }[] {
  return gatherSources(languageSources, log)
}

function gatherSources(
  wanted: readonly Source[],
  log: (line: string) => void,
): readonly { name: string; path: string }[] {
  mkdirSync(corporaFolder, { recursive: true })
  return wanted.map((source) => {
    const path = join(corporaFolder, `${source.name}.txt`)
    if (!existsSync(path)) {
      const text = gather(source)
      writeFileSync(path, text)
      log(
        `${source.name}: ${(text.length / 1e6).toFixed(1)} MB from ${[source.debianPackage].flat().join(', ')}`,
      )
    }
    return { name: source.name, path }
  })
}

function gather({ debianPackage, files, limit = corpusLimit }: Source): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-corpus-'))
  try {
    execFileSync('apt-get', ['download', ...[debianPackage].flat()], { cwd: folder, stdio: 'pipe' })
    for (const archive of globSync('*.deb', { cwd: folder }))
      execFileSync('dpkg-deb', ['-x', join(folder, archive), folder])
    const texts: Buffer[] = []
    let length = 0
    for (const file of globSync(files, { cwd: folder }).toSorted()) {
      if (!existsSync(join(folder, file))) continue // a link out of the package
      const raw = readFileSync(join(folder, file))
      const text = Buffer.from(textOf(file, raw))
      texts.push(text)
      length += text.length
      if (length >= limit) break
    }
    return cutAtLine(Buffer.concat(texts), limit)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The text of a file; pages lose their markup, and of messages the translations are taken. */
function textOf(file: string, raw: Buffer): string {
  if (file.endsWith('.mo')) return translationsOf(raw)
  // The dictionary has a few bytes that are not UTF-8: they become U+FFFD.
  const text = (/\.(gz|dz)$/.test(file) ? gunzipSync(raw) : raw).toString('utf8')
  return file.endsWith('.html') ? withoutMarkup(text) : text
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0' }

function withoutMarkup(page: string): string {
  return page
    .replaceAll(/<(script|style|head)\b[^]*?<\/\1>/g, '')
    .replaceAll(/<\/(p|div|h\d|li|tr|pre)>/g, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => entities[name]!)
    .replaceAll(/\n\s+\n/g, '\n\n')
}

/** The translations of a file of GNU gettext: their number and the place of their table stand at bytes 8 and 16. */
function translationsOf(file: Buffer): string {
  const count = file.readUInt32LE(8)
  const table = file.readUInt32LE(16)
  return Array.from({ length: count }, (_, i) => {
    const length = file.readUInt32LE(table + 8 * i)
    const at = file.readUInt32LE(table + 8 * i + 4)
    return `${file.toString('utf8', at, at + length)}\n`
  }).join('')
}

function cutAtLine(text: Buffer, limit: number): Buffer {
  return text.length <= limit ? text : text.subarray(0, text.lastIndexOf('\n', limit) + 1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  gatherCorpora(console.log)
  gatherLanguages(console.log)
}
