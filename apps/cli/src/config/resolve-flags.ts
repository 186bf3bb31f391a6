import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { resolveRunConfig, type RunConfig, type RunOptions } from '@sluice/pipeline'
import { CommandError } from '../errors.ts'
import type { ConfigFlags } from '../commands/config-options.ts'
import { readConfigFile } from './read-config-file.ts'

/** What a file may say besides the configuration: where to and how, which change nothing in the output. */
export interface RunSettings {
  readonly out: string | undefined
  readonly threads: number | undefined
}

/** A command's configuration and settings: flags over file over defaults. */
export interface Resolved {
  readonly config: RunConfig
  readonly settings: RunSettings
}

/** @throws RunError `invalid-config`, CommandError `invalid-option` */
export async function resolveFlags(
  corpus: readonly string[],
  {
    config: file,
    out,
    threads,
    ...flags
  }: ConfigFlags & { readonly out?: string; readonly threads?: number },
): Promise<Resolved> {
  const { out: fileOut, threads: fileThreads, ...fileOptions } = (await readConfigFile(file))?.options ?? {}
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  const options = { ...fileOptions, ...given, ...(corpus.length > 0 ? { corpus } : {}) }
  if (!('corpus' in options)) {
    throw new CommandError(
      'invalid-option',
      'Expected a corpus: name files, folders or URLs, or `corpus` in a configuration file',
    )
  }
  return {
    // Everything in it is checked there, by one schema, wherever it came from.
    config: resolveRunConfig(options as RunOptions),
    settings: {
      out: out ?? checkOptional('out', 'string', fileOut),
      threads: checkThreads(threads ?? checkOptional('threads', 'number', fileThreads)),
    },
  }
}

function checkOptional<Type extends 'string' | 'number'>(
  name: string,
  type: Type,
  value: unknown,
): (Type extends 'string' ? string : number) | undefined {
  if (value === undefined || typeof value === type) return value as never
  throw new CommandError(
    'invalid-option',
    `Expected \`${name}\` to be a ${type}, got ${JSON.stringify(value)}`,
  )
}

function checkThreads(threads: number | undefined): number | undefined {
  if (threads === undefined || (Number.isInteger(threads) && threads >= 1 && threads <= 1024)) return threads
  throw new CommandError('invalid-option', `Expected --threads to be from 1 to 1024, got ${threads}`)
}

/** @throws CommandError where no output folder was given, or it cannot be one */
export function requireOut({ out }: RunSettings): string {
  if (out === undefined || out === '')
    throw new CommandError('invalid-option', 'Expected --out DIR, the folder of the dataset')
  const file = fileOnTheWay(resolve(out))
  if (file === undefined) return out
  const message = `Expected --out ${out} to be a folder: ${file === resolve(out) ? 'it' : file} is a file; choose another`
  throw new CommandError('invalid-option', message)
}

/** What is there of a path, from its end on, if that is no folder. */
function fileOnTheWay(path: string): string | undefined {
  // A file as a parent answers ENOTDIR, which `throwIfNoEntry` takes for an entry that is not there.
  const entry = statSync(path, { throwIfNoEntry: false })
  if (entry?.isDirectory() === true) return undefined
  if (entry !== undefined) return path
  const parent = dirname(path)
  return parent === path ? undefined : fileOnTheWay(parent)
}
