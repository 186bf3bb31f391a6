import type { Command } from 'commander'
import type { RunOptions, RunSettings } from '@sluice/pipeline'
import { configFlag } from './config-flag.ts'
import { optionSchemas } from './option-schema.ts'

/** The flags of {@link addConfigOptions}, as typed: values are checked later, with those of the configuration file. */
export type ConfigFlags = Partial<Omit<RunOptions, 'corpus'>> &
  RunSettings & {
    /** Path of a configuration file. */
    readonly config?: string
  }

/** Options that change where and how fast a run works: a command has those that it uses. */
type SettingName = keyof RunSettings
const settingNames: readonly SettingName[] = ['out', 'threads', 'provider']

/** Adds every option of a configuration to a command, and the settings that it names. */
export function addConfigOptions(command: Command, settings: readonly SettingName[]): Command {
  const notShown = new Set<string>(['corpus', ...settingNames])
  command.addOption(configFlag('out'))
  command.option(
    '--config <file>',
    'file with options; .ts, .js and .mjs are executed (default: sluice.config.{json,yaml,yml,ts} in this folder)',
  )
  for (const name of Object.keys(optionSchemas)) if (!notShown.has(name)) command.addOption(configFlag(name))
  for (const name of settings) command.addOption(configFlag(name))
  return command
}
