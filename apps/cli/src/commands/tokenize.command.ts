import { Option, type Command } from 'commander'

export interface TokenizeFlags {
  readonly encoding: string
  readonly special: 'end-of-text' | 'all' | 'none'
  readonly out?: string
  readonly count?: boolean
}

export function addTokenizeCommand(program: Command): void {
  program
    .command('tokenize')
    .summary('the ids of a text, as raw numbers')
    .description(
      'Writes the ids of a UTF-8 text as little-endian uint32: to --out, or to standard output. Memory does not grow with the text.',
    )
    .argument('<file>', 'a text file, or - for standard input')
    .option('--encoding <name>', 'tokenizer, by its tiktoken name', 'gpt2')
    .addOption(
      new Option('--special <which>', 'special tokens that are themselves when the text holds them')
        .choices(['end-of-text', 'all', 'none'])
        .default('none'),
    )
    .option('-o, --out <file>', 'where the ids go')
    .option('--count', 'print how many there are instead')
    .action(async (file: string, flags: TokenizeFlags) => {
      const { tokenize } = await import('./tokenize.ts')
      await tokenize(file, flags)
    })
}
