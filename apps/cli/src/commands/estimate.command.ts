import type { Command } from 'commander'
import { addConfigOptions, type ConfigFlags } from './config-options.ts'

export interface EstimateFlags extends ConfigFlags {
  readonly out?: string
  readonly json?: boolean
}

export function addEstimateCommand(program: Command): void {
  const command = program
    .command('estimate')
    .summary('what a run would take, before it is run')
    .description(
      'Samples the corpus and prints documents, tokens, windows, the bytes of every way to keep embeddings, and the time on this machine. Writes nothing.',
    )
    .argument('[corpus...]', 'files, folders, globs or URLs')
    .option('-o, --out <dir>', 'folder of the dataset: whose disk is measured (default: here)')
  addConfigOptions(command)
    .option('--json', 'one JSON object on standard output')
    .action(async (corpus: string[], flags: EstimateFlags) => {
      const { estimate } = await import('./estimate.ts')
      await estimate(corpus, flags)
    })
}
