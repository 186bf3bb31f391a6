import type { Command } from 'commander'
import { addConfigOptions } from '../options/config-options.ts'
import type { RunFlags } from './run.ts'

/** Adds `sluice run`. Its work is loaded when it is asked for, so that `--help` is quick. */
export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .summary('text into an Arrow dataset of input embeddings')
    .description(
      'Tokenizes a corpus, cuts the ids into windows, adds token and position embeddings, and writes Arrow parts and a manifest. The same command resumes where an earlier one stopped.',
    )
    .argument(
      '[corpus...]',
      'files, folders, globs, http(s):// or s3:// URLs, or - for standard input, in order',
    )
  addConfigOptions(command, ['threads', 'provider'])
    .option('--print-config', 'print the configuration with its defaults, and do nothing')
    .option('--json', 'events as JSON lines on standard output')
    .option('-q, --quiet', 'no progress and no summary')
    .action(async (corpus: string[], flags: RunFlags) => {
      const { run } = await import('./run.ts')
      await run(corpus, flags)
    })
}
