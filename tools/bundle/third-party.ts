import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** A package of others, as its package.json names it. */
interface ThirdParty {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/**
 * The licences of the packages whose code is in a bundle, as one text, and what our own packages say of code that they re-express.
 *
 * @param modules - the paths of all modules in the bundle
 * @throws Error where a package says nothing about its licence
 */
export function thirdPartyLicences(modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((path) => packageFolder(path) ?? []))
  const texts = [...folders].map((folder) => {
    const { name, version, license } = readManifest(folder)
    const files = globSync('{licen[cs]e,LICEN[CS]E,Licen[cs]e,COPYING,NOTICE}*', { cwd: folder }).toSorted()
    if (license === undefined && files.length === 0)
      throw new Error(`${name}: expected a licence in ${folder}`)
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')
    return `${name} ${version} (${license ?? 'see below'})\n\n${text || `Licence: ${license}`}\n`
  })
  const ownFolders = new Set(
    modules.flatMap((path) => /^.*[\\/]packages[\\/][^\\/]+(?=[\\/]src[\\/])/.exec(path)?.[0] ?? []),
  )
  for (const folder of ownFolders) {
    const file = join(folder, 'THIRD-PARTY-LICENSES.txt')
    if (existsSync(file)) texts.push(`${readManifest(folder).name}\n\n${readFileSync(file, 'utf8').trim()}\n`)
  }
  const rule = `\n${'-'.repeat(80)}\n\n`
  return `The programs in this folder contain code of these packages.\n${rule}${texts.toSorted().join(rule)}`
}

/** The folder of the package of `node_modules` that a module is of; undefined for modules of this workspace. */
function packageFolder(module: string): string | undefined {
  if (!module.includes(`${sep}node_modules${sep}`)) return undefined
  let folder = dirname(module)
  // Some packages have a package.json without a name in their folders, to say what kind of modules those hold.
  while (!existsSync(join(folder, 'package.json')) || readManifest(folder).name === undefined)
    folder = dirname(folder)
  return folder
}

function readManifest(folder: string): ThirdParty {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as ThirdParty
}
