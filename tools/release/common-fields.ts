/** A package.json, as far as releases look at it. */
export interface Manifest {
  readonly [field: string]: unknown
  readonly name: string
  readonly private?: boolean
  readonly homepage?: string
  readonly repository?: { readonly url?: string }
  readonly bin?: object
  readonly exports: Readonly<Record<string, unknown>>
  readonly files?: readonly string[]
  readonly keywords?: readonly string[]
  readonly scripts?: Readonly<Record<string, string>>
}

/** Node that the libraries run on: zlib has had zstd since 22.15. The programs use what Node 24 brought. */
const libraryNode = '>=22.15'
const programNode = '>=24'

/** Kept out of tarballs: what the compiler notes for itself, and maps, which only say where this project's folders are. */
const leftOut = ['!**/*.map', '!**/*.tsbuildinfo', '!**/__pycache__']

/** The fields that every published package has, for the one in `folder`. */
export function commonFields(
  manifest: Manifest,
  workspace: Manifest,
  folder: string,
): Readonly<Record<string, unknown>> {
  const own = (manifest.files ?? []).filter((file) => !leftOut.includes(file) && file !== 'NOTICE')
  const isProgram = manifest.exports['.'] === undefined
  return {
    license: 'MIT',
    homepage: workspace.homepage,
    bugs: `${workspace.homepage}/issues`,
    repository: { type: 'git', url: workspace.repository?.url, directory: folder },
    engines: { node: isProgram ? programNode : libraryNode },
    // What threads and workers start with is named by its package: a bundler that drops it makes them end at once.
    ...(isProgram ? {} : { sideEffects: manifest['sideEffects'] ?? false }),
    files: [...own, 'NOTICE', ...leftOut],
    scripts: { ...manifest.scripts, prepack: 'node ../../tools/release/prepack.ts' },
    publishConfig: { access: 'public', provenance: true },
  }
}

const order = [
  ...[
    'name',
    'version',
    'private',
    'type',
    'license',
    'description',
    'keywords',
    'homepage',
    'bugs',
    'repository',
  ],
  ...['engines', 'sideEffects', 'files', 'bin', 'exports', 'imports', 'scripts', 'nx', 'publishConfig'],
  ...['dependencies', 'peerDependencies', 'peerDependenciesMeta', 'optionalDependencies', 'devDependencies'],
]

/** Puts the fields of a package.json into the order that all packages have. */
export function orderFields(manifest: Manifest): Manifest {
  const place = (field: string): number => (order.includes(field) ? order.indexOf(field) : order.length)
  const fields = Object.entries(manifest).toSorted(([one], [other]) => place(one) - place(other))
  return Object.fromEntries(fields) as Manifest
}
