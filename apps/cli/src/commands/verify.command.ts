import type { Command } from 'commander'
import { parseInteger } from '../options/parse-integer.ts'
import type { VerifyFlags } from './verify.ts'

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
      'tokenize the corpus again and compare n windows, spread evenly, byte for byte; of token files all ids',
      parseInteger('--deep', [1, Number.MAX_SAFE_INTEGER]),
    )
    .option(
      '--root <path...>',
      'with --deep, files or folders where sources may be read: a dataset names its sources, but does not decide',
      ['.'],
    )
    .option(
      '--model <dir>',
      "where the model's folder is, of a dataset that refers to its tensors (run --reference)",
    )
    .option('--json', 'one JSON object on standard output', false)
    .action(async (dir: string, flags: VerifyFlags) => {
      const { verify } = await import('./verify.ts')
      await verify(dir, flags)
    })
}
