import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CommandError } from '../errors.ts'

const defaultNames = ['sluice.config.json', 'sluice.config.yaml', 'sluice.config.yml', 'sluice.config.ts']

/** What a configuration file holds, and where it is. */
export interface ConfigFile {
  readonly path: string
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Reads the configuration file that was named, or the one in the working folder, if there is one. A `.ts` file exports
 * its options by default; it is run, so use only your own.
 *
 * @throws CommandError `invalid-option` for a file that is missing, no object, or of an unknown kind
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile | undefined> {
  const path = named ?? defaultNames.find((name) => existsSync(name))
  if (path === undefined) return undefined
  const value = await readValue(path)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError('invalid-option', `${path}: expected an object of options`)
  }
  const { $schema: _, ...options } = value as Record<string, unknown>
  return { path, options }
}

async function readValue(path: string): Promise<unknown> {
  try {
    switch (extname(path)) {
      case '.json':
        return JSON.parse(await readFile(path, 'utf8'))
      case '.yaml':
      case '.yml': {
        const { parse } = await import('yaml')
        return parse(await readFile(path, 'utf8'))
      }
      case '.ts':
      case '.js':
      case '.mjs':
        return ((await import(pathToFileURL(resolve(path)).href)) as { readonly default?: unknown }).default
      default:
        throw new Error('expected a name that ends in .json, .yaml, .yml, .ts, .js or .mjs')
    }
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0]?.replace(/:$/, '') : String(error)
    throw new CommandError('invalid-option', `${path}: ${why}`, { cause: error })
  }
}
