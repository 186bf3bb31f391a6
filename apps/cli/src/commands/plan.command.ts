import { Option, type Command } from 'commander'
import { batchEngines } from '../batch/batch-script.ts'
import { addConfigOptions } from '../options/config-options.ts'
import { parseInteger } from '../options/parse-integer.ts'
import type { PlanFlags } from './plan.ts'

export function addPlanCommand(program: Command): void {
  const command = program
    .command('plan')
    .summary('plan a run whose tasks a batch engine does')
    .description(
      'Plans a run and publishes the plan in its folder; `sluice work` then does its shards, on any number of machines that see the folder and the corpus, and `sluice commit` ends it. The output is that of `sluice run`, byte for byte.',
    )
    .argument('[corpus...]', 'files, folders, globs, http(s):// or s3:// URLs, or - for standard input')
  addConfigOptions(command, [])
    .addOption(
      new Option(
        '--emit <engine>',
        'print what does the run on a batch engine; nothing is submitted',
      ).choices(Object.keys(batchEngines)),
    )
    .option(
      '--shards <n>',
      'with --emit, jobs of each stage (default: a number that suits the tasks)',
      parseInteger('--shards', [1, 1_000_000]),
    )
    .option('--json', 'one JSON object on standard output')
    .option('-q, --quiet', 'nothing on standard error')
    .action(async (corpus: string[], flags: PlanFlags) => {
      const { plan } = await import('./plan.ts')
      await plan(corpus, flags)
    })
}
