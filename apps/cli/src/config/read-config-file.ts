import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { codeOf } from '@sluice/errors'
import { CommandError } from '../errors.ts'

/** Keys that are notes to readers, not options. */
const notes = new Set(['$schema', '$limits'])

const defaultNames = ['sluice.config.json', 'sluice.config.yaml', 'sluice.config.yml', 'sluice.config.ts']

/** What a configuration file holds, and where it is. */
export interface ConfigFile {
  readonly path: string
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Reads the configuration file that was named, or the one in the working folder, if there is one. A `.ts`, `.js` or `.mjs`
 * file exports its options by default. It is executed with the rights of the user, so it must be the user's own.
 *
 * @throws CommandError `invalid-option` for a file that cannot be read, holds no object, or is of an unknown kind
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile | undefined> {
  const path = named ?? defaultNames.find((name) => existsSync(name))
  if (path === undefined) return undefined
  const value = await readValue(path)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError('invalid-option', `${path}: expected an object of options`)
  }
  const entries = Object.entries(value)
  // `$schema` and the `$limits` of a printed configuration inform readers.
  return { path, options: Object.fromEntries(entries.filter(([name]) => !notes.has(name))) }
}

/** How a file is read, by the end of its name. */
const readers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  '.json': async (path) => parseJson(await readFile(path, 'utf8')),
  '.yaml': readYaml,
  '.yml': readYaml,
  '.ts': readModule,
  '.js': readModule,
  '.mjs': readModule,
}

async function readYaml(path: string): Promise<unknown> {
  const { parse } = await import('yaml')
  return parse(await readFile(path, 'utf8'), (_, value: unknown) => numberIfExact(value), {
    intAsBigInt: true,
  })
}

async function readModule(path: string): Promise<unknown> {
  return ((await import(pathToFileURL(resolve(path)).href)) as { readonly default?: unknown }).default
}

async function readValue(path: string): Promise<unknown> {
  try {
    const read = readers[extname(path)]
    if (read === undefined) throw new Error(`expected a name that ends in ${Object.keys(readers).join(', ')}`)
    return await read(path)
  } catch (error) {
    const why = describe(error)
    throw new CommandError('invalid-option', `${path}: ${why}`, { cause: error })
  }
}

/** Parses JSON. A byte order mark is passed over, and an integer beyond 2^53 stays exact, as its digits. */
function parseJson(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? value) : value
  return JSON.parse(text.replace(/^\uFEFF/, ''), revive)
}

function numberIfExact(value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function describe(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT') return 'no such file; check the path'
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return `could not be read (${code})`
  return error instanceof Error ? (error.message.split('\n')[0] ?? '').replace(/:$/, '') : String(error)
}
