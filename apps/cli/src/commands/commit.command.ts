import type { Command } from 'commander'
import { parseInteger } from '../options/parse-integer.ts'
import type { CommitFlags } from './commit.ts'

export function addCommitCommand(program: Command): void {
  program
    .command('commit')
    .summary('end a run whose shards are done')
    .description(
      'Publishes the manifest of a planned run whose tasks are all done. Where some are not, it lists them with the shards that have them, and ends with exit code 3.',
    )
    .argument('<dir>', 'folder of a run that `sluice plan` planned')
    .option(
      '--shards <n>',
      'how many shards there are, to name those with work left, as `--array` of Slurm takes them',
      parseInteger('--shards', [1, 1_000_000_000]),
    )
    .option('--json', 'one JSON object on standard output')
    .action(async (dir: string, flags: CommitFlags) => {
      const { commit } = await import('./commit.ts')
      await commit(dir, flags)
    })
}
