import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { runConfigJsonSchema } from '@sluice/pipeline'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { addConfigOptions } from '../src/options/config-options.ts'
import { flagName } from '../src/options/flag-name.ts'
import { sluice } from './sluice.ts'

interface Property {
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Property[]
  readonly defaultText?: string
}
const { properties } = runConfigJsonSchema() as { readonly properties: Readonly<Record<string, Property>> }

test('every option of the schema that checks configurations is a flag with its choices', () => {
  const flags = addConfigOptions(new Command(), ['threads', 'provider']).options
  const byName = new Map(flags.map((flag) => [flag.attributeName(), flag]))
  for (const [name, property] of Object.entries(properties)) {
    if (name === 'corpus') continue
    const choices = property.enum ?? property.anyOf?.find((one) => one.enum)?.enum
    expect(byName.get(name)?.long, name).toBe(flagName(name))
    expect(byName.get(name)?.argChoices, name).toEqual(choices)
  }
  expect([...byName.keys()].toSorted()).toEqual(
    [...Object.keys(properties).filter((name) => name !== 'corpus'), 'config'].toSorted(),
  )
})

/** A default in words, with the options that it names as flags. */
function shownDefault(name: string): string | undefined {
  return properties[name]?.defaultText?.replaceAll(/`(\w+)`/g, (_, option: string) => flagName(option))
}

/** The defaults that a help text claims, by flag. */
function defaultsOf(help: string): ReadonlyMap<string, string> {
  const text = help.replaceAll(/\n {20,}/g, ' ')
  const claims = text.matchAll(/^ +(?:-\w, )?(--[a-z-]+) <.*?\(default: ([^)]*)\)/gm)
  return new Map([...claims].map(([, flag, value]) => [flag!, value!]))
}

test.each(['run', 'estimate', 'enqueue'])(
  'the defaults in the help of %s are those of a run',
  async (command) => {
    const claimed = defaultsOf((await sluice([command, '--help'])).stdout)
    const printed = (...args: string[]) => sluice(['run', 'a.txt', '--print-config', ...args])
    // Other values than the defaults for the options that others follow.
    const followed = '--max-length 32 --on-error replace --special-tokens model --format ids'.split(' ')
    const defaults = JSON.parse((await printed()).stdout) as Record<string, string | number | null>
    const config = JSON.parse((await printed(...followed)).stdout) as Record<string, unknown>
    const documents = JSON.parse((await printed('--per', 'document')).stdout) as Record<string, unknown>
    let checked = 0
    for (const name of Object.keys(properties)) {
      const claim = claimed.get(flagName(name))
      if (claim === undefined || !(name in defaults)) continue
      checked++
      if (claim === 'as --on-error') expect(config[name], name).toBe('replace')
      else if (claim === 'between; none with --special-tokens model or --per document')
        expect([defaults[name], config[name], documents[name]], name).toEqual(['between', 'none', 'none'])
      else if (claim === 'drop; error with --per document and no --max-length')
        expect([defaults[name], documents[name]], name).toEqual(['drop', 'error'])
      else if (claim.startsWith('256; with --per document --context-length or 8192'))
        expect([defaults[name], documents[name]], name).toEqual([256, 8192])
      else if (claim === 'gpt2; none with --format ids')
        expect([defaults[name], config[name]], name).toEqual(['gpt2', null])
      else if (claim === '--max-length') expect(config[name], name).toBe(config['maxLength'])
      else if (defaults[name] === null) expect(claim, name).toBe(shownDefault(name))
      else expect(claim, name).toBe(String(defaults[name]))
    }
    expect(checked).toBeGreaterThanOrEqual(24)
  },
)

test('the defaults in the help of tokenize are those that it uses', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.txt'), 'a <|endoftext|> b')
  const claimed = defaultsOf((await sluice(['tokenize', '--help'])).stdout)
  expect(claimed.get('--tokenizer')).toBe('--encoding')
  const flags = [...claimed].filter(([name]) => name !== '--tokenizer' && name !== '--bos-id').flat()
  expect(flags).toEqual([
    ...['--encoding', 'gpt2', '--special', 'none', '--special-tokens', 'none', '--invalid', 'fail'],
  ])
  const count = async (...args: string[]) =>
    (await sluice(['tokenize', 'a.txt', '--count', ...args], { cwd })).stdout
  expect(await count(...flags)).toBe(await count())
  expect(await count('--special', 'end-of-text')).not.toBe(await count())
})

test('a printed configuration is a configuration file that gives itself', async () => {
  const cwd = temporaryFolder()
  const args = ['--split', '0.25,7', '--shuffle', '18446744073709551615', '--stride', '8', '--threads', '2']
  const first = await sluice(['run', 'a.txt', '--print-config', '--provider', 'cpu', ...args], { cwd })
  writeFileSync(join(cwd, 'again.json'), first.stdout)
  const again = await sluice(['run', '--print-config', '--config', 'again.json'], { cwd })
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(first.stdout))
})
