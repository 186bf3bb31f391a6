import type { Command } from 'commander'
import { configFlag } from '../options/config-flag.ts'
import type { TokenizeFlags } from './tokenize.ts'

export function addTokenizeCommand(program: Command): void {
  program
    .command('tokenize')
    .summary('the ids of a text, or the text of ids')
    .description(
      'Writes the ids of a UTF-8 text as little-endian uint32: to --out, or to standard output. Memory does not grow with the text. With --decode the file holds ids, and their text is written.',
    )
    .argument('<file>', 'a text, plain or compressed (gz, zst, br, xz), or - for standard input')
    .addOption(configFlag('encoding', 'gpt2'))
    .addOption(configFlag('tokenizer'))
    .addOption(configFlag('tokenizerPattern'))
    .addOption(configFlag('tokenizerSpecials'))
    .addOption(configFlag('special', 'none'))
    .addOption(configFlag('bos'))
    .addOption(configFlag('bosId'))
    .addOption(configFlag('specialTokens'))
    .addOption(configFlag('invalid', 'fail'))
    .option('-o, --out <file>', 'file for the ids')
    .option('--text', 'ids as numbers, one a line, instead of raw uint32')
    .option('--decode', 'write the text of the ids in the file')
    .option('--count', 'print the number of ids instead')
    .action(async (file: string, flags: TokenizeFlags) => {
      const { tokenize } = await import('./tokenize.ts')
      await tokenize(file, flags)
    })
}
