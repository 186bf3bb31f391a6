import type { Command } from 'commander'
import { addConfigOptions } from '../options/config-options.ts'
import type { EstimateFlags } from './estimate.ts'

export function addEstimateCommand(program: Command): void {
  const command = program
    .command('estimate')
    .summary('what a run would take, before it is run')
    .description(
      'Samples the corpus and prints documents, tokens, windows, the bytes of every way to keep embeddings, and the time on this machine. The disk of --out (or of this folder) is measured; nothing stays there.',
    )
    .argument('[corpus...]', 'files, folders, globs or URLs')
  addConfigOptions(command, ['threads'])
    .option('--json', 'one JSON object on standard output')
    .action(async (corpus: string[], flags: EstimateFlags) => {
      const { estimate } = await import('./estimate.ts')
      await estimate(corpus, flags)
    })
}
