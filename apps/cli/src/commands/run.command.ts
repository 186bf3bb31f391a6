import { Option, type Command } from 'commander'
import { addConfigOptions, type ConfigFlags } from './config-options.ts'
import { parseInteger } from './parse-option.ts'

/** `sluice run`, as typed. The work is loaded when it is asked for, so that `--help` is quick. */
export interface RunFlags extends ConfigFlags {
  readonly out?: string
  readonly threads?: number
  readonly provider?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly printConfig?: boolean
}

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .summary('text into an Arrow dataset of input embeddings')
    .description(
      'Tokenizes a corpus, cuts the ids into windows, adds token and position embeddings, and writes Arrow parts and a manifest. The same command goes on where an earlier one stopped.',
    )
    .argument(
      '[corpus...]',
      'files, folders, globs, http(s):// or s3:// URLs, or - for standard input, in order',
    )
    .option('-o, --out <dir>', 'folder of the dataset; made when it is not there')
    .option('--threads <n>', 'threads that do the work (default: the number of cores)', parseInteger)
    .addOption(
      new Option(
        '--provider <name>',
        'what looks embeddings up; all give the same bits (default: wasm; cpu for large tables)',
      ).choices(['auto', 'cpu', 'wasm', 'webgpu', 'cuda', 'coreml', 'dml']),
    )
  addConfigOptions(command)
    .option('--print-config', 'print the configuration with its defaults, and do nothing')
    .option('--json', 'events as JSON lines on standard output')
    .option('-q, --quiet', 'no progress and no summary')
    .action(async (corpus: string[], flags: RunFlags) => {
      const { run } = await import('./run.ts')
      await run(corpus, flags)
    })
}
