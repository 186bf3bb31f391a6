import type { Command } from 'commander'
import { parseInteger } from './parse-option.ts'

export interface VerifyFlags {
  readonly deep?: number
  readonly json: boolean
}

export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .summary('prove that a dataset is complete and unchanged')
    .description(
      'Checks the manifest, the files, their sizes and hashes, rows, tables and receipts. Exit code 1 where something is wrong.',
    )
    .argument('<dir>', 'folder of the dataset')
    .option(
      '--deep <n>',
      'tokenize the corpus again and compare n windows, spread evenly, byte for byte',
      parseInteger,
    )
    .option('--json', 'one JSON object on standard output', false)
    .action(async (dir: string, flags: VerifyFlags) => {
      const { verify } = await import('./verify.ts')
      await verify(dir, flags)
    })
}
