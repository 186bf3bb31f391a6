import { Option, type Command } from 'commander'
import { parseInteger } from './parse-option.ts'

/** `sluice run`, as typed. The work is loaded when it is asked for, so that `--help` is quick. */
export interface RunFlags {
  readonly out: string
  readonly encoding?: 'gpt2'
  readonly maxLength?: number
  readonly stride?: number
  readonly dim?: number
  readonly contextLength?: number
  readonly seed?: number
  readonly invalid?: 'fail' | 'replace'
  readonly json: boolean
  readonly quiet: boolean
}

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .summary('text files into an Arrow dataset of input embeddings')
    .description(
      'Tokenizes the files, cuts the ids into windows, adds token and position embeddings, and writes Arrow parts and a manifest.',
    )
    .argument('<file...>', 'UTF-8 text files, in order')
    .requiredOption('-o, --out <dir>', 'folder of the dataset; made when it is not there')
    .addOption(
      new Option('--encoding <name>', 'tokenizer, by its tiktoken name (default: gpt2)').choices(['gpt2']),
    )
    .option('--max-length <n>', 'ids in a window (default: 256)', parseInteger)
    .option('--stride <n>', 'ids from one window to the next (default: max-length)', parseInteger)
    .option('--dim <n>', 'numbers in an embedding vector (default: 256)', parseInteger)
    .option('--context-length <n>', 'rows of the position table (default: max-length)', parseInteger)
    .option('--seed <n>', 'torch.manual_seed of the tables (default: 123)', parseInteger)
    .addOption(
      new Option(
        '--invalid <policy>',
        'bytes that are not UTF-8: stop, or put U+FFFD in their place (default: fail)',
      ).choices(['fail', 'replace']),
    )
    .option('--json', 'events as JSON lines on standard output', false)
    .option('-q, --quiet', 'no progress and no summary', false)
    .action(async (files: string[], flags: RunFlags) => {
      const { run } = await import('./run.ts')
      await run(files, flags)
    })
}
