import { Option, type Command } from 'commander'
import { configFlag } from '../options/config-flag.ts'
import { parseInteger } from '../options/parse-integer.ts'
import type { WorkFlags } from './work.ts'

export function addWorkCommand(program: Command): void {
  program
    .command('work')
    .summary('do one shard of a planned run')
    .description(
      'Does those tasks of a shard that are not done. Shards may overlap, be repeated, and be of another number in another attempt: what is done shows in the folder. Exit codes: 1 try again, 2 do not, 3 the stage before is not complete, 130 or 143 stopped.',
    )
    .argument('<dir>', 'folder of a run that `sluice plan` planned')
    .addOption(
      new Option('--stage <name>', 'what to do: parts need all tokens')
        .choices(['tokens', 'parts'])
        .makeOptionMandatory(),
    )
    .requiredOption(
      '--shard <index/count>',
      'which shard, from 0, of how many; env/COUNT takes the index that Slurm, Kubernetes, AWS Batch, SkyPilot, torchrun or GNU parallel says, or SLUICE_SHARD',
    )
    .option(
      '--shard-offset <n>',
      'is added to the index, for arrays that do not begin at 0',
      parseInteger('--shard-offset', [-1_000_000_000, 1_000_000_000]),
      0,
    )
    .addOption(configFlag('threads'))
    .addOption(configFlag('provider'))
    .option('--json', 'events as JSON lines on standard output')
    .option('-q, --quiet', 'no progress and no summary')
    .action(async (dir: string, flags: WorkFlags) => {
      const { work } = await import('./work.ts')
      await work(dir, flags)
    })
}
