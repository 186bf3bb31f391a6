import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'

/**
 * Sees that a program's package.json declares every package that its bundle loads when it runs: where packages are not
 * hoisted, only what is declared is found.
 *
 * @param imported - module names that the bundle leaves as they are
 * @throws Error that names what is not declared
 */
export function expectDeclared(folder: string, imported: ReadonlySet<string>): void {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly dependencies?: object
    readonly peerDependencies?: object
  }
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  const missing = [...imported]
    .map(packageOf)
    .filter((name) => !isBuiltin(name) && !Object.hasOwn(declared, name))
  if (missing.length > 0)
    throw new Error(
      `${folder}/package.json: expected ${missing.join(', ')} in dependencies, the bundle loads it`,
    )
}

function packageOf(module: string): string {
  const words = module.split('/')
  return module.startsWith('@') ? words.slice(0, 2).join('/') : words[0]!
}
