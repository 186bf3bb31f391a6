import { resolveRunOptions, type RunConfig, type RunOptions, type RunSettings } from '@sluice/pipeline'
import { CommandError } from '../errors.ts'
import type { ConfigFlags } from '../options/config-options.ts'
import { readConfigFile } from './read-config-file.ts'

/** A command's configuration and settings: flags over file over defaults. */
export interface Resolved {
  readonly config: RunConfig
  readonly settings: RunSettings
}

/** @throws RunError `invalid-config`; CommandError `invalid-option` where no corpus is named or a file cannot be used */
export async function resolveFlags(
  corpus: readonly string[],
  { config: file, ...flags }: ConfigFlags,
): Promise<Resolved> {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  const options = {
    ...(await readConfigFile(file))?.options,
    ...given,
    ...(corpus.length > 0 && { corpus }),
  }
  if (!('corpus' in options)) {
    throw new CommandError(
      'invalid-option',
      'Expected a corpus: name files, folders or URLs, or `corpus` in a configuration file',
    )
  }
  return resolveRunOptions(options as RunOptions & RunSettings)
}
