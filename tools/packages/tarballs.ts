import { copyFileSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { must } from './run.ts'

/** A packed package. */
export interface Tarball {
  readonly name: string
  readonly path: string
  readonly files: readonly string[]
}

/** npm's flags that name every package that is published. */
export function publishedWorkspaces(root: string): string[] {
  return globSync('{packages,apps}/*/package.json', { cwd: root })
    .filter((path) => JSON.parse(readFileSync(join(root, path), 'utf8')).private !== true)
    .flatMap((path) => ['--workspace', posix.dirname(path.replaceAll('\\', '/'))])
}

/**
 * Packs every package that is published into `folder`, as `npm publish` would: all are compiled, so that what `prepack` does
 * for each is done here for all at once.
 */
export function packAll(root: string, folder: string): Tarball[] {
  mkdirSync(folder, { recursive: true })
  for (const path of globSync('{packages,apps}/*/package.json', { cwd: root })) {
    for (const file of ['LICENSE', 'NOTICE']) copyFileSync(join(root, file), join(root, path, '..', file))
  }
  const json = must(root, 'npm', [
    ...['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', folder],
    ...publishedWorkspaces(root),
  ])
  const packed = JSON.parse(json.slice(json.search(/^[[{]/m))) as Record<string, Packed> | readonly Packed[]
  return Object.values(packed).map(({ name, filename, files }) => ({
    name,
    path: join(folder, filename.replace('@', '').replace('/', '-')),
    files: files.map(({ path }) => path),
  }))
}

interface Packed {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** What is wrong with the files of a tarball; nothing for one as it should be. */
export function faultsOf(tarball: Tarball, readme: string): string[] {
  const { name, files } = tarball
  const missing = ['LICENSE', 'NOTICE', 'README.md', 'package.json'].filter((file) => !files.includes(file))
  const stray = files.filter((file) => /\.map$|\.tsbuildinfo$|(^|\/)test\/|__pycache__/.test(file))
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) =>
    posix.normalize(link),
  )
  const dead = links.filter((link) => !files.some((file) => file === link || file.startsWith(`${link}/`)))
  // Programs are bundles; the tokenizer's kernel and vocabularies are compiled from others' code and data.
  const holdsOthers = files.some((file) => /(^dist\/main\.js|\.wasm|\.vocab)$/.test(file))
  const isStated = files.some((file) => file.endsWith('THIRD-PARTY-LICENSES.txt'))
  return [
    ...(holdsOthers && !isStated ? [`${name}: THIRD-PARTY-LICENSES.txt is not in the tarball`] : []),
    ...missing.map((file) => `${name}: ${file} is not in the tarball`),
    ...stray.map((file) => `${name}: ${file} should not be in the tarball`),
    ...dead.map((link) => `${name}: README.md links to ${link}, which is not in the tarball`),
  ]
}
